//! /cancel-deletion/{token}: keeps a deleted workspace through the link in a mail. GET shows and changes nothing, because
//! mail scanners open links too. Who is signed out reads the language of the workspace: the link is no one person's.

use axum::{http::StatusCode, response::Response};
use domain::{
    Error,
    workspace::{self, Deletion},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    csrf::Posted,
    failure::Failure,
    form::Pressed,
    label::{self, Moment},
    samples::{self, Samples},
    visit::{Segment, Visit},
};

/// The values of the page `cancel-deletion`.
#[derive(Serialize)]
struct Values<'a> {
    token: &'a str,
    workspace: &'a str,
    ends: Option<Moment>,
}

/// The values of the page `deletion-cancelled`.
#[derive(Serialize)]
struct Kept<'a> {
    workspace: &'a str,
    path: String,
}

/// The page `cancel-deletion-dead-link` has none of its own.
#[derive(Serialize)]
struct DeadLink {}

/// GET: what was deleted and until when it can be kept, or that the link is not valid.
pub(super) async fn show(visit: Visit, Segment(token): Segment) -> Result<Response, Failure> {
    match workspace::deleted_by_token(visit.app(), &token).await {
        Ok(workspace) => {
            visit.is_for(workspace.language);
            let ends = workspace.deletes_at.map(Moment::from);
            let values = Values { token: &token, workspace: &workspace.name, ends };
            visit.page(StatusCode::OK, "cancel-deletion", values)
        }
        Err(Error::User(_)) => dead_link(&visit),
        Err(error) => Err(error.into()),
    }
}

/// POST: keeps the workspace.
pub(super) async fn submit(
    visit: Visit,
    Segment(token): Segment,
    Posted(Pressed {}): Posted<Pressed>,
) -> Result<Response, Failure> {
    match workspace::cancel_deletion(visit.app(), visit.viewer.as_ref(), Deletion::Token(&token)).await {
        Ok((workspace, _)) => {
            visit.is_for(workspace.language);
            let path = label::workspace_path(workspace.id);
            visit.page(StatusCode::OK, "deletion-cancelled", Kept { workspace: &workspace.name, path })
        }
        Err(Error::User(_)) => dead_link(&visit),
        Err(error) => Err(error.into()),
    }
}

fn dead_link(visit: &Visit) -> Result<Response, Failure> {
    visit.page(StatusCode::NOT_FOUND, "cancel-deletion-dead-link", DeadLink {})
}

/// The pages with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let (token, workspace) = (samples::TOKEN, samples::WORKSPACE);
    all.signed_out("cancel-deletion", Values { token, workspace, ends: Some(all.ends()) })?;
    all.signed_out("deletion-cancelled", Kept { workspace, path: label::workspace_path(Uuid::nil()) })?;
    all.signed_out("cancel-deletion-dead-link", DeadLink {})
}
