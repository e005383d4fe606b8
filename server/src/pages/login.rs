//! /login: opens a session. With an invitation the address is fixed, and the invitation is accepted with the login.

use axum::{
    http::{StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Code, Error, UserError,
    invitation::Preview,
    session::{self, Login},
};
use serde::{Deserialize, Serialize};
use worker::catalogue::Key;

use super::{
    csrf::Posted,
    failure::Failure,
    form::FormErrors,
    label,
    link::{DeadLink, Link},
    next::{self, own_path},
    samples::{self, Samples},
    visit::{Asked, Visit},
};
use crate::auth;

/// The values of the page `login`.
#[derive(Default, Serialize)]
struct Values<'a> {
    email: &'a str,
    invitation: Option<Invitation<'a>>,
    /// An address was verified just now.
    verified: bool,
    /// A new password was set just now.
    reset: bool,
    /// Where the login leads on to, when that is not the workspace.
    next: &'a str,
    errors: FormErrors,
}

/// What a form with an invitation is for.
#[derive(Serialize)]
pub(super) struct Invitation<'a> {
    token: &'a str,
    workspace: &'a str,
}

impl<'a> Invitation<'a> {
    /// The invitation with this token.
    pub(super) fn new(token: &'a str, preview: &'a Preview) -> Self {
        Self { token, workspace: &preview.workspace_name }
    }
}

/// What the address of the page asks for.
#[derive(Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    invitation: String,
    verified: Option<String>,
    reset: Option<String>,
    #[serde(default)]
    next: String,
}

/// GET: the form.
pub(super) async fn show(visit: Visit, Asked(question): Asked<Question>) -> Result<Response, Failure> {
    let token = question.invitation.as_str();
    let (verified, reset) = (question.verified.is_some(), question.reset.is_some());
    let remembered = next::remembered(&visit.headers).filter(|_| question.next.is_empty() && (verified || reset));
    let next = remembered.as_deref().unwrap_or(&question.next);
    let values = Values { verified, reset, next, ..Values::default() };
    if token.is_empty() {
        let page = visit.page(StatusCode::OK, "login", values)?;
        return Ok(next::remember(&visit.site, next, page));
    }
    match Link::find(&visit, token).await? {
        Link::Open(preview) | Link::Accepted(preview) => {
            let invitation = Some(Invitation::new(token, &preview));
            visit.page(StatusCode::OK, "login", Values { email: &preview.email, invitation, ..values })
        }
        Link::Dead(link) => link.page(&visit, None),
    }
}

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    invitation: String,
    #[serde(default)]
    next: String,
}

/// POST: logs in, and joins with the invitation that came along.
pub(super) async fn submit(visit: Visit, Posted(typed): Posted<Credentials>) -> Result<Response, Failure> {
    let token = Some(typed.invitation.as_str()).filter(|token| !token.is_empty());
    match session::login(visit.app(), &typed.email, &typed.password.into(), token, &visit.client).await {
        Ok(login) => begin_session(visit, login, &typed.invitation, &typed.next).await,
        Err(Error::User(errors)) => show_again(&visit, &typed.email, token, &typed.next, errors).await,
        Err(error) => Err(error.into()),
    }
}

async fn begin_session(mut visit: Visit, login: Login, token: &str, next: &str) -> Result<Response, Failure> {
    if let Some(before) = &visit.viewer {
        // Its cookie is about to be replaced, after which nobody could end it.
        session::logout(visit.app(), before).await?;
    }
    let cookie = auth::session_cookie(&visit.site, &login.token);
    let workspace = || login.viewer.session.workspace_id.map_or_else(|| "/".to_owned(), label::workspace_path);
    let next = own_path(next).map_or_else(workspace, str::to_owned);
    visit.viewer = Some(login.viewer);
    let mut response = match login.join_error {
        None => Redirect::to(&next).into_response(),
        Some(error) => DeadLink::refused(&visit, token, &error).await?.page(&visit, Some(&next))?,
    };
    response.headers_mut().append(SET_COOKIE, cookie);
    Ok(next::forget(&visit.site, response))
}

async fn show_again(
    visit: &Visit,
    email: &str,
    token: Option<&str>,
    next: &str,
    errors: Vec<UserError>,
) -> Result<Response, Failure> {
    let link = match token {
        Some(token) => Some((token, Link::find(visit, token).await?)),
        None => None,
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let mut said = visit.errors(&errors);
    if errors.iter().any(|error| error.code == Code::InvalidCredentials) {
        // Here alone an address is asked, too.
        said.say("password", visit.catalogue().text(Key("error-invalid-credentials").0, [])?);
    }
    let values = Values { email, errors: said, next, ..Values::default() };
    match link {
        Some((token, Link::Open(preview) | Link::Accepted(preview))) => {
            let invitation = Some(Invitation::new(token, &preview));
            visit.page(status, "login", Values { email: &preview.email, invitation, ..values })
        }
        Some((_, Link::Dead(_))) | None => visit.page(status, "login", values),
    }
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let invitation = Some(Invitation { token: samples::TOKEN, workspace: samples::WORKSPACE });
    all.signed_out("login", Values { email: samples::ADDRESS, invitation, ..Values::default() })
}
