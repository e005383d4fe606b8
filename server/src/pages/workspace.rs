//! /w/{workspaceId}/…: the locations, members and invitations of a workspace, to read.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    id::Kind,
    invitation::{self, Filter},
    location,
    membership::{self, Member, MemberFilter},
    page::{self, Page, Window},
    policy::Action,
};
use serde::Serialize;
use worker::catalogue::Key;

use super::{
    failure::Failure,
    label::{self, Moment},
    visit::{Segment, Visit},
};

/// The values of the pages `locations`, `members` and `invitations`.
#[derive(Serialize)]
struct Values<'a, T> {
    workspace: &'a str,
    role: Key,
    /// The path that the pages of this workspace begin with.
    path: String,
    may_see_invitations: bool,
    sees_all_locations: bool,
    rows: Vec<T>,
    /// How much is missing, when not all rows are shown.
    cut: Option<Cut>,
}

#[derive(Serialize)]
struct Cut {
    shown: usize,
    total: u64,
}

#[derive(Serialize)]
struct LocationRow {
    name: String,
    address: Option<String>,
}

#[derive(Serialize)]
struct MemberRow {
    name: String,
    email: String,
    role: Key,
}

#[derive(Serialize)]
struct InvitationRow {
    email: String,
    role: Key,
    status: Key,
    delivery: Key,
    ends: Moment,
}

/// GET /w/{id}: on to its first page.
pub(super) async fn open(visit: Visit, Segment(id): Segment) -> Result<Response, Failure> {
    let member = member(&visit, &id).await?;
    Ok(Redirect::to(&label::workspace_path(member.workspace.id)).into_response())
}

/// GET …/locations: those the viewer may see.
pub(super) async fn locations(visit: Visit, Segment(id): Segment) -> Result<Response, Failure> {
    let member = member(&visit, &id).await?;
    let found = location::list(visit.app(), &member, &first_page()).await?;
    let count = location::count(visit.app(), &member).await?;
    let rows = found.map(|location| LocationRow { name: location.name, address: location.address });
    list(&visit, "locations", &member, rows, count)
}

/// GET …/members.
pub(super) async fn members(visit: Visit, Segment(id): Segment) -> Result<Response, Failure> {
    let member = member(&visit, &id).await?;
    let everybody = MemberFilter::default();
    let found = membership::list(visit.app(), &member, &everybody, &first_page()).await?;
    let count = membership::count(visit.app(), &member, &everybody).await?;
    let rows = found.map(|membership| MemberRow {
        name: membership.user.name,
        email: membership.user.email,
        role: label::role(membership.row.role),
    });
    list(&visit, "members", &member, rows, count)
}

/// GET …/invitations: for those who manage them.
pub(super) async fn invitations(visit: Visit, Segment(id): Segment) -> Result<Response, Failure> {
    let member = member(&visit, &id).await?;
    let all = Filter::default();
    let found = invitation::list(visit.app(), &member, &all, &first_page()).await?;
    let count = invitation::count(visit.app(), &member, &all).await?;
    let now = visit.app().clock.now();
    let rows = found.map(|invitation| InvitationRow {
        role: label::invited_role(invitation.row.role),
        status: label::invitation(invitation.status(now)),
        delivery: label::delivery(invitation.delivery.status),
        ends: invitation.row.expires_at.into(),
        email: invitation.row.email,
    });
    list(&visit, "invitations", &member, rows, count)
}

async fn member(visit: &Visit, id: &str) -> Result<Member, Failure> {
    let viewer = visit.signed_in()?;
    Ok(Member::load(&visit.app().db, viewer.user.id, Kind::Workspace.parse(id)?).await?)
}

/// The beginning of a list, as long as the domain allows.
pub(super) const fn first_page<C>() -> Window<C> {
    Window { after: None, before: None, limit: page::MAX, from_end: false }
}

fn list<T: Serialize>(
    visit: &Visit,
    template: &str,
    member: &Member,
    page: Page<T>,
    count: u64,
) -> Result<Response, Failure> {
    let values = Values {
        workspace: &member.workspace.name,
        role: label::role(member.membership.role),
        path: format!("/w/{}", Kind::Workspace.id(member.workspace.id)),
        may_see_invitations: member.may(Action::ManageInvitations),
        sees_all_locations: member.may(Action::ManageLocations),
        cut: page.has_next.then_some(Cut { shown: page.rows.len(), total: count }),
        rows: page.rows,
    };
    visit.page(StatusCode::OK, template, values)
}
