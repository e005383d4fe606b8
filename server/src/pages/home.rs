//! /: what this is, for somebody signed out; the own workspaces, for somebody signed in.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Error, UserError, membership,
    page::{self, Window},
    session::Viewer,
    workspace,
};
use serde::{Deserialize, Serialize};
use worker::catalogue::Key;

use super::{csrf::Posted, failure::Failure, form::FormErrors, label, visit::Visit};

/// The page `welcome` has no values of its own.
#[derive(Serialize)]
struct Welcome {}

/// The values of the page `home`.
#[derive(Serialize)]
struct Values<'a> {
    person: &'a str,
    email: &'a str,
    workspaces: Vec<Workspace>,
    /// Whether there are more workspaces than are shown.
    is_cut: bool,
    /// The name typed for a new workspace.
    name: &'a str,
    errors: FormErrors,
    /// Whether there is a playground.
    playground: bool,
}

#[derive(Serialize)]
struct Workspace {
    path: String,
    name: String,
    role: Key,
}

/// GET: the page.
pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    match &visit.viewer {
        Some(viewer) => home(&visit, viewer, StatusCode::OK, "", Vec::new()).await,
        None => visit.page(StatusCode::OK, "welcome", Welcome {}),
    }
}

async fn home(
    visit: &Visit,
    viewer: &Viewer,
    status: StatusCode,
    name: &str,
    errors: Vec<UserError>,
) -> Result<Response, Failure> {
    let own = membership::of_user(
        visit.app(),
        &viewer.user,
        &Window { after: None, before: None, limit: page::MAX, from_end: false },
    )
    .await?;
    let is_cut = own.has_next;
    let workspaces = own.map(|membership| Workspace {
        path: label::workspace_path(membership.workspace.id),
        name: membership.workspace.name,
        role: label::role(membership.row.role),
    });
    let values = Values {
        person: &viewer.user.name,
        email: &viewer.user.email,
        workspaces: workspaces.rows,
        is_cut,
        name,
        errors: visit.errors(&errors),
        playground: visit.site.playground.is_some(),
    };
    visit.page(status, "home", values)
}

/// What was typed.
#[derive(Deserialize)]
pub(super) struct NewWorkspace {
    #[serde(default)]
    name: String,
}

/// POST /workspaces: creates one and opens it.
pub(super) async fn create_workspace(visit: Visit, Posted(new): Posted<NewWorkspace>) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    match workspace::create(visit.app(), viewer, &new.name).await {
        Ok(member) => Ok(Redirect::to(&label::workspace_path(member.workspace.id)).into_response()),
        Err(Error::User(errors)) => home(&visit, viewer, StatusCode::UNPROCESSABLE_ENTITY, &new.name, errors).await,
        Err(error) => Err(error.into()),
    }
}
