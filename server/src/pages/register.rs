//! /register: asks for an account. With an invitation it is made at once; without one a mail is sent, which reads the
//! same to us whether or not the address is taken.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Error, UserError, password,
    registration::{self, Registered},
};
use serde::{Deserialize, Serialize};

use super::{
    csrf::Posted,
    failure::Failure,
    form::FormErrors,
    link::{DeadLink, Link},
    login::Invitation,
    samples::{self, Samples},
    visit::{Asked, Visit},
};

/// The values of the page `register`.
#[derive(Serialize)]
struct Values<'a> {
    email: &'a str,
    name: &'a str,
    password_min: usize,
    invitation: Option<Invitation<'a>>,
    errors: FormErrors,
}

/// The values of the page `mail-sent`.
#[derive(Serialize)]
struct MailSent<'a> {
    email: &'a str,
}

/// What the address of the page asks for.
#[derive(Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    invitation: String,
}

/// GET: the form.
pub(super) async fn show(visit: Visit, Asked(question): Asked<Question>) -> Result<Response, Failure> {
    form(
        &visit,
        StatusCode::OK,
        &Registration { invitation: question.invitation, ..Registration::default() },
        Vec::new(),
    )
    .await
}

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Registration {
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    invitation: String,
}

impl Registration {
    fn token(&self) -> Option<&str> {
        Some(self.invitation.as_str()).filter(|token| !token.is_empty())
    }
}

/// POST: registers.
pub(super) async fn submit(visit: Visit, Posted(mut typed): Posted<Registration>) -> Result<Response, Failure> {
    let password = std::mem::take(&mut typed.password).into();
    let language = visit.accepted_language();
    let (token, client) = (typed.token(), &visit.client);
    match registration::register(visit.app(), &typed.email, &typed.name, &password, token, language, client).await {
        Ok(Registered::Account(_) | Registered::HasAccount) => Ok(to_login(&typed)),
        Ok(Registered::MailSent) => visit.page(StatusCode::OK, "mail-sent", MailSent { email: typed.email.trim() }),
        Err(Error::User(errors)) => match errors.iter().find(|error| DeadLink::is_told_by(error.code)) {
            Some(error) => DeadLink::refused(&visit, &typed.invitation, error).await?.page(&visit, None),
            None => form(&visit, StatusCode::UNPROCESSABLE_ENTITY, &typed, errors).await,
        },
        Err(error) => Err(error.into()),
    }
}

async fn form(
    visit: &Visit,
    status: StatusCode,
    typed: &Registration,
    errors: Vec<UserError>,
) -> Result<Response, Failure> {
    let values = || Values {
        email: &typed.email,
        name: &typed.name,
        password_min: password::MIN,
        invitation: None,
        errors: visit.errors(&errors),
    };
    let Some(token) = typed.token() else { return visit.page(status, "register", values()) };
    match Link::find(visit, token).await? {
        Link::Open(preview) => {
            let invitation = Some(Invitation::new(token, &preview));
            visit.page(status, "register", Values { email: &preview.email, invitation, ..values() })
        }
        Link::Accepted(_) => Ok(to_login(typed)),
        Link::Dead(link) => link.page(visit, None),
    }
}

fn to_login(typed: &Registration) -> Response {
    Redirect::to(&format!("/login?invitation={}", typed.invitation)).into_response()
}

/// The pages with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let values = Values {
        email: samples::ADDRESS,
        name: samples::PERSON,
        password_min: password::MIN,
        invitation: None,
        errors: FormErrors::default(),
    };
    all.signed_out("register", values)?;
    all.signed_out("mail-sent", MailSent { email: samples::ADDRESS })
}
