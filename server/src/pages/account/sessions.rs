//! /account/sessions: where the account is signed in; one session ended, or all others.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{id::Kind, session};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::pages::{csrf::Posted, failure::Failure, label::Moment, samples::Samples, visit::Visit};

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

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let row = |current| Row {
        id: Kind::Session.id(Uuid::nil()),
        client: Some("Mozilla/5.0 (X11; Linux x86_64)".to_owned()),
        began: all.began(),
        seen: all.began(),
        current,
    };
    let values = Values { sessions: vec![row(true), row(false)], has_others: true };
    all.signed_in("account-sessions", values)
}
