//! /account/sessions: where the account is signed in; one session ended, or all others.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{id::Kind, session};
use serde::{Deserialize, Serialize};

use crate::pages::{csrf::Posted, failure::Failure, label::Moment, visit::Visit};

/// The values of the page `account-sessions`.
#[derive(Serialize)]
struct Values {
    sessions: Vec<Row>,
    /// Whether there is another than this one.
    has_others: bool,
}

#[derive(Serialize)]
struct Row {
    id: String,
    /// What the client calls itself.
    client: Option<String>,
    began: Moment,
    seen: Moment,
    current: bool,
}

/// GET: the list.
pub(super) async fn list(visit: Visit) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let rows = session::list(visit.app(), viewer).await?.into_iter().map(|row| Row {
        id: Kind::Session.id(row.id),
        current: row.id == viewer.session.id,
        client: row.user_agent,
        began: row.created_at.into(),
        seen: row.last_seen_at.into(),
    });
    let sessions: Vec<Row> = rows.collect();
    let has_others = sessions.iter().any(|row| !row.current);
    visit.page(StatusCode::OK, "account-sessions", Values { sessions, has_others })
}

/// Which are to be ended: one, or all others when none is named.
#[derive(Deserialize)]
pub(super) struct Pressed {
    #[serde(default)]
    session: String,
}

/// POST: ends one or all others.
pub(super) async fn end(visit: Visit, Posted(pressed): Posted<Pressed>) -> Result<Response, Failure> {
    let (app, viewer) = (visit.app(), visit.signed_in()?);
    match pressed.session.as_str() {
        "" => drop(session::revoke_others(app, viewer).await?),
        id => session::revoke(app, viewer, Kind::Session.parse(id)?).await?,
    }
    Ok(Redirect::to("/account/sessions").into_response())
}
