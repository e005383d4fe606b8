//! /account/password: the password changed, which ends every other session of the account.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{Error, UserError, password, user};
use serde::{Deserialize, Serialize};

use super::Question;
use crate::pages::{
    csrf::Posted,
    failure::Failure,
    form::FormErrors,
    samples::{self, Samples},
    visit::{Asked, Visit},
};

/// The values of the page `account-password`.
#[derive(Serialize)]
struct Values<'a> {
    email: &'a str,
    password_min: usize,
    saved: bool,
    errors: FormErrors,
}

/// GET: the form.
pub(super) async fn show(visit: Visit, Asked(question): Asked<Question>) -> Result<Response, Failure> {
    render(&visit, StatusCode::OK, question.saved.is_some(), &[])
}

/// What was typed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Typed {
    #[serde(default)]
    current_password: String,
    #[serde(default)]
    new_password: String,
}

/// POST: changes it.
pub(super) async fn submit(visit: Visit, Posted(typed): Posted<Typed>) -> Result<Response, Failure> {
    let (current, new) = (typed.current_password.into(), typed.new_password.into());
    match user::change_password(visit.app(), visit.signed_in()?, &current, &new).await {
        Ok(()) => Ok(Redirect::to("/account/password?saved=1").into_response()),
        Err(Error::User(errors)) => render(&visit, StatusCode::UNPROCESSABLE_ENTITY, false, &errors),
        Err(error) => Err(error.into()),
    }
}

fn render(visit: &Visit, status: StatusCode, saved: bool, errors: &[UserError]) -> Result<Response, Failure> {
    let email = visit.signed_in()?.user.email.as_str();
    let values = Values { email, password_min: password::MIN, saved, errors: visit.errors(errors) };
    visit.page(status, "account-password", values)
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let (email, password_min) = (samples::INVITER_ADDRESS, password::MIN);
    all.signed_in("account-password", Values { email, password_min, saved: false, errors: FormErrors::default() })
}
