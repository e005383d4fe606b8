//! /reset/{token}: sets a new password through the link in a mail. GET shows and changes nothing, because mail scanners
//! open links too.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{Code, Error, UserError, password, password_reset};
use serde::{Deserialize, Serialize};

use super::{
    csrf::Posted,
    failure::Failure,
    form::FormErrors,
    samples::{self, Samples},
    visit::{Segment, Visit},
};

/// The values of the page `reset`.
#[derive(Serialize)]
struct Values<'a> {
    token: &'a str,
    email: &'a str,
    password_min: usize,
    errors: FormErrors,
}

/// The page `reset-dead-link` has none of its own.
#[derive(Serialize)]
struct DeadLink {}

/// GET: the form, or what is wrong with the link.
pub(super) async fn show(visit: Visit, Segment(token): Segment) -> Result<Response, Failure> {
    form(&visit, StatusCode::OK, &token, Vec::new()).await
}

/// What was typed.
#[derive(Deserialize)]
pub(super) struct NewPassword {
    #[serde(default)]
    password: String,
}

/// POST: sets the password.
pub(super) async fn submit(
    visit: Visit,
    Segment(token): Segment,
    Posted(new): Posted<NewPassword>,
) -> Result<Response, Failure> {
    match password_reset::reset(visit.app(), &token, &new.password.into()).await {
        Ok(_) => Ok(Redirect::to("/login?reset=1").into_response()),
        Err(Error::User(errors)) => form(&visit, StatusCode::UNPROCESSABLE_ENTITY, &token, errors).await,
        Err(error) => Err(error.into()),
    }
}

async fn form(visit: &Visit, status: StatusCode, token: &str, errors: Vec<UserError>) -> Result<Response, Failure> {
    match password_reset::by_token(visit.app(), token).await {
        Ok((_, user)) => {
            visit.is_for(user.language);
            let errors = visit.errors(&errors);
            visit.page(status, "reset", Values { token, email: &user.email, password_min: password::MIN, errors })
        }
        Err(Error::User(dead)) if dead.iter().any(|error| error.code == Code::TokenInvalid) => {
            visit.page(StatusCode::NOT_FOUND, "reset-dead-link", DeadLink {})
        }
        Err(error) => Err(error.into()),
    }
}

/// The pages with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let values = Values {
        token: samples::TOKEN,
        email: samples::ADDRESS,
        password_min: password::MIN,
        errors: FormErrors::default(),
    };
    all.signed_out("reset", values)?;
    all.signed_out("reset-dead-link", DeadLink {})
}
