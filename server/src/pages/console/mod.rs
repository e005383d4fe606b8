//! The console of a workspace: what its members see and its administrators do, under /w/{workspaceId}/…

mod addresses;
mod choice;
mod invitation;
mod invitations;
mod list;
mod location;
mod locations;
mod member;
mod members;
mod send;
mod settings;

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use domain::{Error, UserError, id::Kind, membership::Member, policy::Action};
use entity::membership::Role;
use serde::Serialize;
use uuid::Uuid;
use worker::catalogue::Key;

use super::{
    failure::{Failure, WithFailurePages as Handler},
    label,
    samples::{self, Samples},
    visit::{Segment, Visit},
};
use crate::Site;

/// The routes of the console.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/w/{workspace_id}", get(Handler(open)))
        .route("/w/{workspace_id}/locations", get(Handler(locations::list)))
        .route("/w/{workspace_id}/locations/new", get(Handler(location::form)).post(Handler(location::create)))
        .route("/w/{workspace_id}/locations/{location_id}", get(Handler(location::show)).post(Handler(location::act)))
        .route("/w/{workspace_id}/members", get(Handler(members::list)))
        .route("/w/{workspace_id}/members/{membership_id}", get(Handler(member::show)).post(Handler(member::act)))
        .route("/w/{workspace_id}/invitations", get(Handler(invitations::list)))
        .route("/w/{workspace_id}/invitations/new", get(Handler(send::form)).post(Handler(send::submit)))
        .route("/w/{workspace_id}/invitations/send", get(Handler(send::unconfirmed)).post(Handler(send::confirm)))
        .route(
            "/w/{workspace_id}/invitations/{invitation_id}",
            get(Handler(invitation::show)).post(Handler(invitation::act)),
        )
        .merge(settings::routes())
}

/// GET /w/{id}: on to its first page.
async fn open(visit: Visit, Segment(id): Segment) -> Result<Response, Failure> {
    let member = member(&visit, &id).await?;
    Ok(Redirect::to(&label::workspace_path(member.workspace.id)).into_response())
}

/// The viewer as a member of the workspace that a path names.
async fn member(visit: &Visit, id: &str) -> Result<Member, Failure> {
    let viewer = visit.signed_in()?;
    Ok(Member::load(visit.app(), viewer.user.id, Kind::Workspace.parse(id)?).await?)
}

fn path(member: &Member) -> String {
    format!("/w/{}", Kind::Workspace.id(member.workspace.id))
}

/// What every page of the console says around its own values.
#[derive(Serialize)]
struct Values<'a, T> {
    workspace: &'a str,
    workspace_id: String,
    role: Key,
    /// The path that the pages of this workspace begin with.
    path: String,
    /// Whether the viewer manages members and invitations, and sees every location.
    manages: bool,
    #[serde(flatten)]
    page: T,
}

/// A page of the console.
fn page<T: Serialize>(
    visit: &Visit,
    member: &Member,
    status: StatusCode,
    template: &str,
    page: T,
) -> Result<Response, Failure> {
    let values = Values {
        workspace: &member.workspace.name,
        workspace_id: Kind::Workspace.id(member.workspace.id),
        role: label::role(member.membership.role),
        path: path(member),
        manages: member.may(Action::ManageInvitations),
        page,
    };
    visit.page(status, template, values)
}

/// The expected outcomes of a domain's answer; another error becomes a page of its own.
fn outcomes(error: Error) -> Result<Vec<UserError>, Failure> {
    match error {
        Error::User(errors) => Ok(errors),
        error => Err(error.into()),
    }
}

/// The pages with sample data.
pub(super) fn samples(all: &mut Samples<'_>) -> Result<(), Failure> {
    locations::sample(all)?;
    location::sample(all)?;
    members::sample(all)?;
    member::sample(all)?;
    invitations::sample(all)?;
    invitation::sample(all)?;
    send::sample(all)?;
    settings::samples(all)
}

/// A page with sample data, as the owner sees it.
fn sample<T: Serialize>(all: &mut Samples<'_>, template: &'static str, page: T) -> Result<(), Failure> {
    let workspace_id = Kind::Workspace.id(Uuid::nil());
    let path = format!("/w/{workspace_id}");
    let (workspace, role) = (samples::WORKSPACE, label::role(Role::Owner));
    all.signed_in(template, Values { workspace, workspace_id, role, path, manages: true, page })
}
