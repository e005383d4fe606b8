//! /account: what somebody signed in does with the own account: name and language, password, sessions, invitations.

mod invitations;
mod password;
mod sessions;

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use domain::{Error, UserError, session::Viewer, user};
use entity::language::Language;
use serde::{Deserialize, Serialize};

use super::{
    csrf::Posted,
    failure::{Failure, WithFailurePages as Handler},
    form::FormErrors,
    label,
    samples::{self, Samples},
    visit::{Asked, Visit},
};
use crate::Site;

/// The routes of the account.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/account", get(Handler(show)).post(Handler(submit)))
        .route("/account/password", get(Handler(password::show)).post(Handler(password::submit)))
        .route("/account/sessions", get(Handler(sessions::list)).post(Handler(sessions::end)))
        .route("/account/invitations", get(Handler(invitations::list)).post(Handler(invitations::reply)))
}

/// The values of the page `account`.
#[derive(Serialize)]
struct Values<'a> {
    email: &'a str,
    name: &'a str,
    languages: Vec<label::LanguageOption>,
    saved: bool,
    errors: FormErrors,
}

/// What the address of a form that has been sent says.
#[derive(Deserialize)]
pub(super) struct Question {
    saved: Option<String>,
}

/// GET: the form.
async fn show(visit: Visit, Asked(question): Asked<Question>) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let (name, language) = (viewer.user.name.as_str(), viewer.user.language);
    render(&visit, viewer, StatusCode::OK, name, language, question.saved.is_some(), &[])
}

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    language: String,
}

/// POST: changes name and language.
async fn submit(visit: Visit, Posted(typed): Posted<Typed>) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let language = Language::from_tag(&typed.language);
    match user::update(visit.app(), viewer, Some(&typed.name), Some(language)).await {
        Ok(_) => Ok(Redirect::to("/account?saved=1").into_response()),
        Err(Error::User(errors)) => {
            render(&visit, viewer, StatusCode::UNPROCESSABLE_ENTITY, &typed.name, language, false, &errors)
        }
        Err(error) => Err(error.into()),
    }
}

fn render(
    visit: &Visit,
    viewer: &Viewer,
    status: StatusCode,
    name: &str,
    language: Option<Language>,
    saved: bool,
    errors: &[UserError],
) -> Result<Response, Failure> {
    let values = Values {
        email: &viewer.user.email,
        name,
        languages: label::languages(language),
        saved,
        errors: visit.errors(errors),
    };
    visit.page(status, "account", values)
}

/// The pages with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let values = Values {
        email: samples::INVITER_ADDRESS,
        name: samples::INVITER,
        languages: label::languages(None),
        saved: true,
        errors: FormErrors::default(),
    };
    all.signed_in("account", values)?;
    password::sample(all)?;
    sessions::sample(all)?;
    invitations::sample(all)
}
