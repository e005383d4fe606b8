//! /logout: ends the session, and leads back to an invitation when somebody else's account stood in its way.

use axum::{
    http::header::SET_COOKIE,
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use domain::session;
use serde::Deserialize;

use super::{csrf::Posted, failure::Failure, visit::Visit};
use crate::auth;

/// Where to go afterwards.
#[derive(Deserialize)]
pub(super) struct Logout {
    #[serde(default)]
    next: String,
}

/// POST: logs out.
pub(super) async fn submit(visit: Visit, Posted(logout): Posted<Logout>) -> Result<Response, Failure> {
    if let Some(viewer) = &visit.viewer {
        session::logout(visit.app(), viewer).await?;
    }
    let next = if is_join_page(&logout.next) { logout.next.as_str() } else { "/" };
    let cookie = AppendHeaders([(SET_COOKIE, auth::ended_session_cookie(&visit.site))]);
    Ok((cookie, Redirect::to(next)).into_response())
}

/// Only our own page of an invitation, so that nobody is led to another site.
fn is_join_page(path: &str) -> bool {
    let is_token_character = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    path.strip_prefix("/join/").is_some_and(|token| !token.is_empty() && token.bytes().all(is_token_character))
}
