//! /verify/{token}: makes the account of a registration when the link in the mail and its password come together. GET
//! shows and changes nothing.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{Code, Error, UserError, registration};
use serde::{Deserialize, Serialize};

use super::{
    csrf::Posted,
    failure::Failure,
    form::FormErrors,
    samples::{self, Samples},
    visit::{Segment, Visit},
};

/// The values of the page `verify`.
#[derive(Serialize)]
struct Values<'a> {
    token: &'a str,
    email: &'a str,
    errors: FormErrors,
}

/// The page `verify-dead-link` has none of its own.
#[derive(Serialize)]
struct DeadLink {}

/// GET: the form, or what is wrong with the link.
pub(super) async fn show(visit: Visit, Segment(token): Segment) -> Result<Response, Failure> {
    form(&visit, StatusCode::OK, &token, Vec::new()).await
}

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Proof {
    #[serde(default)]
    password: String,
}

/// POST: verifies the address.
pub(super) async fn submit(
    visit: Visit,
    Segment(token): Segment,
    Posted(proof): Posted<Proof>,
) -> Result<Response, Failure> {
    match registration::verify(visit.app(), &token, &proof.password.into(), &visit.client).await {
        Ok(_) => Ok(Redirect::to("/login?verified=1").into_response()),
        Err(Error::User(errors)) => form(&visit, StatusCode::UNPROCESSABLE_ENTITY, &token, errors).await,
        Err(error) => Err(error.into()),
    }
}

async fn form(visit: &Visit, status: StatusCode, token: &str, errors: Vec<UserError>) -> Result<Response, Failure> {
    match registration::by_token(visit.app(), token).await {
        Ok(row) => {
            visit.is_for(row.language);
            visit.page(status, "verify", Values { token, email: &row.email, errors: visit.errors(&errors) })
        }
        Err(Error::User(dead)) if dead.iter().any(|error| error.code == Code::TokenInvalid) => {
            visit.page(StatusCode::NOT_FOUND, "verify-dead-link", DeadLink {})
        }
        Err(error) => Err(error.into()),
    }
}

/// The pages with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let values = Values { token: samples::TOKEN, email: samples::ADDRESS, errors: FormErrors::default() };
    all.signed_out("verify", values)?;
    all.signed_out("verify-dead-link", DeadLink {})
}
