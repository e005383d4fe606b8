//! Captured mail, shown, and every mail and page with sample data: only where mail is captured instead of sent.

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
    samples::{self, Sample, Samples},
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
        .route("/mail/preview/{id}", routing::get(Page(page)))
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
    languages: Vec<Previewed>,
}

#[derive(Serialize)]
struct Previewed {
    tag: &'static str,
    label: Key,
    mails: Vec<CapturedMail>,
    /// The names of their templates.
    pages: Vec<&'static str>,
}

/// GET /mail/preview: every mail and every page, in every language.
async fn preview(visit: Visit) -> Result<Response, Failure> {
    let previewed = |language: Language| {
        Ok(Previewed {
            tag: language.tag(),
            label: label::language(language),
            mails: mails(&visit, language)?,
            pages: pages(&visit, language)?.iter().map(|sample| sample.template).collect(),
        })
    };
    let languages = Language::ALL.into_iter().map(previewed).collect::<Result<_, Failure>>()?;
    visit.page(StatusCode::OK, "mail-preview", PreviewValues { languages })
}

fn mails(visit: &Visit, language: Language) -> Result<Vec<CapturedMail>, Failure> {
    Ok(visit.site.mails.samples(language, visit.app().clock.now())?)
}

fn pages(visit: &Visit, language: Language) -> Result<Vec<Sample>, Failure> {
    Samples::all(visit.site.pages.catalogue(language), visit.app().clock.now())
}

/// GET /mail/preview/{id}: a page, called by its template and language. Its forms go nowhere.
async fn page(Segment(id): Segment, visit: Visit) -> Result<Response, Failure> {
    let (template, language) = sampled(&id).ok_or(Failure::NotFound)?;
    let sample = pages(&visit, language)?.into_iter().find(|sample| sample.template == template);
    let html = sample.ok_or(Failure::NotFound)?.page(&visit.site, language)?;
    let policy = with_frames(&super::CONTENT_POLICY.replace("form-action 'self'", "form-action 'none'"));
    Ok(([(CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response())
}

/// The template and the language of a sample.
fn sampled(id: &str) -> Option<(&str, Language)> {
    let (template, tag) = id.split_once('.')?;
    Some((template, Language::from_tag(tag)?))
}

/// The policy of a page in which the HTML part of a mail is shown.
fn with_frames(policy: &str) -> String {
    format!("{policy}; frame-src 'self'")
}

#[derive(Serialize)]
struct MailValues {
    mail: CapturedMail,
}

async fn show(Segment(id): Segment, visit: Visit) -> Result<Response, Failure> {
    let mail = find(&visit, &id)?;
    let mut page = visit.page(StatusCode::OK, "mail", MailValues { mail })?;
    let policy = with_frames(super::CONTENT_POLICY).parse().map_err(domain::Error::internal)?;
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
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
    if let Some((_, language)) = sampled(id) {
        return mails(visit, language)?.into_iter().find(|sample| sample.id == id).ok_or(Failure::NotFound);
    }
    visit.site.captured.as_ref().and_then(|captured| captured.find(id)).ok_or(Failure::NotFound)
}

/// The pages with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let mail = CapturedMail {
        id: "invitation.en".to_owned(),
        to: samples::ADDRESS.to_owned(),
        from: samples::INVITER_ADDRESS.to_owned(),
        subject: samples::WORKSPACE.to_owned(),
        text: samples::MESSAGE.join("\n"),
        html: String::new(),
        message_id: String::new(),
        date: all.now.to_rfc3339(),
    };
    all.signed_out("mail-list", ListValues { mails: vec![mail.clone()] })?;
    let label = label::language(Language::En);
    let languages = vec![Previewed { tag: "en", label, mails: vec![mail.clone()], pages: vec!["join"] }];
    all.signed_out("mail-preview", PreviewValues { languages })?;
    all.signed_out("mail", MailValues { mail })
}
