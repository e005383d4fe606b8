//! Captured mail, shown: only where mail is captured instead of sent.

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::CONTENT_SECURITY_POLICY},
    response::{Html, IntoResponse, Response},
    routing,
};
use serde::Serialize;
use worker::{Captured, CapturedMail};

use super::{
    failure::{Failure, WithFailurePages as Page},
    visit::{Segment, Visit},
};
use crate::Site;

/// What the HTML part of a mail may do in its frame: be looked at, and have its links opened.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; \
                              sandbox allow-top-navigation-by-user-activation allow-popups";

/// The routes of captured mail.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/mail", routing::get(Page(list)))
        .route("/mail/{id}", routing::get(Page(show)))
        .route("/mail/{id}/html", routing::get(Page(html)))
        .route("/mail.json", routing::get(json))
}

async fn json(State(site): State<Site>) -> Json<Vec<CapturedMail>> {
    Json(site.captured.as_ref().map(Captured::all).unwrap_or_default())
}

#[derive(Serialize)]
struct ListValues {
    mails: Vec<CapturedMail>,
}

async fn list(visit: Visit) -> Result<Response, Failure> {
    let mails = visit.site.captured.as_ref().map(Captured::all).unwrap_or_default();
    visit.page(StatusCode::OK, "mail-list", ListValues { mails })
}

#[derive(Serialize)]
struct MailValues {
    mail: CapturedMail,
}

async fn show(Segment(id): Segment, visit: Visit) -> Result<Response, Failure> {
    let mail = find(&visit, &id)?;
    let mut page = visit.page(StatusCode::OK, "mail", MailValues { mail })?;
    let policy = format!("{}; frame-src 'self'", super::CONTENT_POLICY);
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy.parse().map_err(domain::Error::internal)?);
    Ok(page)
}

/// The HTML part itself, for the frame in which the mail is shown. Its links leave the frame: no page of ours lets itself
/// be framed.
async fn html(Segment(id): Segment, visit: Visit) -> Result<Response, Failure> {
    let html = find(&visit, &id)?.html.replacen("<head>", "<head><base target=\"_top\">", 1);
    Ok(([(CONTENT_SECURITY_POLICY, CONTENT_POLICY)], Html(html)).into_response())
}

fn find(visit: &Visit, id: &str) -> Result<CapturedMail, Failure> {
    visit.site.captured.as_ref().and_then(|captured| captured.find(id)).ok_or(Failure::NotFound)
}
