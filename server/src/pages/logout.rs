//! /logout: ends the session, and leads back to an invitation when somebody else's account stood in its way.

use axum::{
    http::header::SET_COOKIE,
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use domain::session;
use serde::Deserialize;

use super::{csrf::Posted, failure::Failure, next::own_path, visit::Visit};
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
    let next = own_path(&logout.next).unwrap_or("/");
    let cookie = AppendHeaders([(SET_COOKIE, auth::ended_session_cookie(&visit.site))]);
    Ok((cookie, Redirect::to(next)).into_response())
}
