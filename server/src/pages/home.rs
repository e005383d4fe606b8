//! /: what this is, for somebody signed out; the own workspaces, for somebody signed in.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Error, UserError,
    id::Kind,
    invitation, membership,
    page::{self, Window},
    session::Viewer,
    workspace::{self, Deletion},
};
use entity::membership::Role;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use worker::catalogue::Key;

use super::{
    csrf::Posted,
    failure::Failure,
    form::FormErrors,
    label::{self, Moment},
    samples::{self, Samples},
    visit::{Segment, Visit},
};

/// GET of what is only sent to: an address that a browser keeps of an answered form, opened anew.
pub(super) async fn instead() -> Redirect {
    Redirect::to("/")
}

/// The page `welcome` has no values of its own.
#[derive(Serialize)]
struct Welcome {}

/// The values of the page `home`.
#[derive(Serialize)]
struct Values<'a> {
    person: &'a str,
    email: &'a str,
    /// How many open invitations are addressed to the viewer.
    invitations: u64,
    workspaces: Vec<Workspace>,
    /// Whether there are more workspaces than are shown.
    is_cut: bool,
    /// Deleted ones that the viewer can keep.
    deleted: Vec<Deleted>,
    /// The name typed for a new workspace.
    name: &'a str,
    errors: FormErrors,
    /// Whether there is a playground.
    playground: bool,
}

#[derive(Serialize)]
struct Workspace {
    id: String,
    name: String,
    role: Key,
    /// Whether the session is switched to it.
    current: bool,
}

#[derive(Serialize)]
struct Deleted {
    id: String,
    name: String,
    ends: Option<Moment>,
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
    let app = visit.app();
    let first = Window { after: None, before: None, limit: page::MAX, from_end: false };
    let own = membership::of_user(app, &viewer.user, &first).await?;
    let deleted = workspace::deletions_of(app, viewer).await?;
    let is_cut = own.has_next;
    let workspaces = own.map(|membership| Workspace {
        id: Kind::Workspace.id(membership.workspace.id),
        current: viewer.session.workspace_id == Some(membership.workspace.id),
        name: membership.workspace.name,
        role: label::role(membership.row.role),
    });
    let deleted = deleted.into_iter().map(|row| Deleted {
        id: Kind::Workspace.id(row.id),
        ends: row.deletes_at.map(Moment::from),
        name: row.name,
    });
    let values = Values {
        person: &viewer.user.name,
        email: &viewer.user.email,
        invitations: invitation::count_addressed_to(app, &viewer.user).await?,
        workspaces: workspaces.rows,
        is_cut,
        deleted: deleted.collect(),
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

/// What was pressed at one of the workspaces.
#[derive(Deserialize)]
pub(super) struct Pressed {
    action: Action,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Open,
    Keep,
}

/// POST /workspaces/{id}: switches the session to it, or keeps a deleted one; and opens it.
pub(super) async fn act(
    visit: Visit,
    Segment(id): Segment,
    Posted(pressed): Posted<Pressed>,
) -> Result<Response, Failure> {
    let (app, viewer, id) = (visit.app(), visit.signed_in()?, Kind::Workspace.parse(&id)?);
    match pressed.action {
        Action::Open => drop(workspace::switch(app, viewer, id).await?),
        Action::Keep => drop(workspace::cancel_deletion(app, Some(viewer), Deletion::Of(id)).await?),
    }
    Ok(Redirect::to(&label::workspace_path(id)).into_response())
}

/// The pages with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    all.signed_out("welcome", Welcome {})?;
    let name = |name: &str| name.to_owned();
    let current = Workspace {
        id: Kind::Workspace.id(Uuid::nil()),
        name: name(samples::WORKSPACE),
        role: label::role(Role::Owner),
        current: true,
    };
    let deleted = Deleted { id: Kind::Workspace.id(Uuid::nil()), name: name("Summer Terrace"), ends: Some(all.ends()) };
    let values = Values {
        person: samples::INVITER,
        email: samples::INVITER_ADDRESS,
        invitations: 1,
        workspaces: vec![current],
        is_cut: false,
        deleted: vec![deleted],
        name: "",
        errors: FormErrors::default(),
        playground: true,
    };
    all.signed_in("home", values)
}
