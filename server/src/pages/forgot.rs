//! /forgot: mails a link for a new password. What it answers is the same for every address.

use axum::{http::StatusCode, response::Response};
use domain::{Error, UserError, password_reset};
use serde::{Deserialize, Serialize};

use super::{
    csrf::Posted,
    failure::Failure,
    form::FormErrors,
    samples::{self, Samples},
    visit::Visit,
};

/// The values of the page `forgot`.
#[derive(Serialize)]
struct Values<'a> {
    email: &'a str,
    errors: FormErrors,
}

/// The values of the page `reset-sent`.
#[derive(Serialize)]
struct ResetSent<'a> {
    email: &'a str,
}

/// GET: the form.
pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    form(&visit, StatusCode::OK, "", Vec::new())
}

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Forgotten {
    #[serde(default)]
    email: String,
}

/// POST: asks for the mail.
pub(super) async fn submit(visit: Visit, Posted(typed): Posted<Forgotten>) -> Result<Response, Failure> {
    match password_reset::request(visit.app(), &typed.email, &visit.client).await {
        Ok(()) => visit.page(StatusCode::OK, "reset-sent", ResetSent { email: typed.email.trim() }),
        Err(Error::User(errors)) => form(&visit, StatusCode::UNPROCESSABLE_ENTITY, &typed.email, errors),
        Err(error) => Err(error.into()),
    }
}

fn form(visit: &Visit, status: StatusCode, email: &str, errors: Vec<UserError>) -> Result<Response, Failure> {
    visit.page(status, "forgot", Values { email, errors: visit.errors(&errors) })
}

/// The pages with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    all.signed_out("forgot", Values { email: samples::ADDRESS, errors: FormErrors::default() })?;
    all.signed_out("reset-sent", ResetSent { email: samples::ADDRESS })
}
