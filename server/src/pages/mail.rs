//! Captured mail, shown, and every mail with sample data: only where mail is captured instead of sent.

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::CONTENT_SECURITY_POLICY},
    response::{Html, IntoResponse, Response},
    routing,
};
use entity::language::Language;
use serde::Serialize;
use worker::{Captured, CapturedMail, catalogue::Key};

use super::{
    failure::{Failure, WithFailurePages as Page},
    label,
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
        .route("/mail/preview", routing::get(Page(preview)))
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
struct PreviewValues {
    languages: Vec<Samples>,
}

#[derive(Serialize)]
struct Samples {
    tag: &'static str,
    label: Key,
    mails: Vec<CapturedMail>,
}

/// GET /mail/preview: every mail, in every language.
async fn preview(visit: Visit) -> Result<Response, Failure> {
    let samples = |language: Language| {
        let mails = samples(&visit, language)?;
        Ok(Samples { tag: language.tag(), label: label::language(language), mails })
    };
    let languages = Language::ALL.into_iter().map(samples).collect::<Result<_, Failure>>()?;
    visit.page(StatusCode::OK, "mail-preview", PreviewValues { languages })
}

fn samples(visit: &Visit, language: Language) -> Result<Vec<CapturedMail>, Failure> {
    Ok(visit.site.mails.samples(language, visit.app().clock.now())?)
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

/// A captured mail, or a sample, which is called by its template and language.
fn find(visit: &Visit, id: &str) -> Result<CapturedMail, Failure> {
    if let Some(language) = id.split_once('.').and_then(|(_, tag)| Language::from_tag(tag)) {
        return samples(visit, language)?.into_iter().find(|sample| sample.id == id).ok_or(Failure::NotFound);
    }
    visit.site.captured.as_ref().and_then(|captured| captured.find(id)).ok_or(Failure::NotFound)
}
