//! …/members/{id}: one member, and what the viewer can do with him or her: change role and locations, remove, leave.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Error, UserError,
    id::Kind,
    membership::{self, Change, Member, Membership, Sight},
    policy::{self, Action},
};
use entity::{
    invitation::InvitableRole,
    membership::{Model, Role},
};
use serde::Serialize;
use uuid::Uuid;
use worker::catalogue::Key;

use super::{
    choice::{self, Choice},
    member, outcomes, page, path,
};
use crate::pages::{
    csrf::Fields,
    failure::Failure,
    form::FormErrors,
    label::{self, Moment},
    samples::{self, Samples},
    visit::{Segment, Visit},
};

/// The values of the page `member`.
#[derive(Serialize)]
struct Values {
    id: String,
    name: String,
    email: String,
    role_held: Key,
    joined: Moment,
    /// The locations a User may see.
    seen: Vec<String>,
    /// Whether the viewer can change role and locations.
    can_change: bool,
    /// Whether the viewer can remove the person, who is somebody else.
    can_remove: bool,
    /// Whether it is the viewer's own membership, which he or she can end.
    can_leave: bool,
    /// Whether it is that of the owner, who cannot leave.
    is_own_and_owner: bool,
    administrator: bool,
    locations: Vec<Choice>,
    errors: FormErrors,
}

/// What is shown in the form: what there is, or what was typed.
struct Shown {
    administrator: bool,
    location_ids: Vec<Uuid>,
}

/// GET: the member.
pub(super) async fn show(visit: Visit, Segment(ids): Segment<(String, String)>) -> Result<Response, Failure> {
    let (viewer, found) = find(&visit, &ids).await?;
    let shown = Shown {
        administrator: found.row.role == Role::Administrator,
        location_ids: seen(&visit, &viewer, &found.row).await?.into_iter().map(|location| location.id).collect(),
    };
    render(&visit, &viewer, found, StatusCode::OK, &shown, &[]).await
}

/// POST: changes, removes or leaves.
pub(super) async fn act(
    visit: Visit,
    Segment(ids): Segment<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let (member, found) = find(&visit, &ids).await?;
    let (app, viewer, id) = (visit.app(), visit.signed_in()?, found.row.id);
    let members = format!("{}/members", path(&member));
    let administrator = fields.text("role") == "ADMINISTRATOR";
    // Locations stay ticked, and hidden, when somebody turns to the role that has all of them.
    let ticked = fields.all("location").filter(|_| !administrator).map(|id| Kind::Location.parse(id));
    let shown = Shown { administrator, location_ids: ticked.collect::<Result<_, _>>()? };
    let (done, next) = match fields.text("action") {
        "update" => {
            let role = if administrator { InvitableRole::Administrator } else { InvitableRole::User };
            let change = Change { role: Some(role), location_ids: Some(shown.location_ids.clone()) };
            (membership::update(app, viewer, id, &change).await.map(drop), members)
        }
        "remove" => (membership::remove(app, viewer, id).await, members),
        "leave" => (membership::leave(app, viewer, member.workspace.id).await, "/".to_owned()),
        _ => return Err(Failure::BadInput),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&next).into_response()),
        Err(error) => {
            let errors = outcomes(error)?;
            render(&visit, &member, found, StatusCode::CONFLICT, &shown, &errors).await
        }
    }
}

/// A member of this workspace, for somebody who is one too.
async fn find(visit: &Visit, (workspace, id): &(String, String)) -> Result<(Member, Membership), Failure> {
    let member = member(visit, workspace).await?;
    let found = membership::find_for(visit.app(), member.membership.user_id, Kind::Membership.parse(id)?).await?;
    let found = found.filter(|(found, _)| found.row.workspace_id == member.workspace.id);
    let (found, _) = found.ok_or(Failure::NotFound)?;
    Ok((member, found))
}

/// The locations of a User that the viewer may see; owner and administrators have none of their own.
async fn seen(visit: &Visit, viewer: &Member, row: &Model) -> Result<Vec<entity::location::Model>, Failure> {
    let Some(sight) = Sight::of(row, viewer) else { return Ok(Vec::new()) };
    let found = membership::locations(&visit.app().db, &[sight]).await.map_err(Error::from)?;
    Ok(found.into_values().flatten().collect())
}

async fn render(
    visit: &Visit,
    viewer: &Member,
    found: Membership,
    status: StatusCode,
    shown: &Shown,
    errors: &[UserError],
) -> Result<Response, Failure> {
    let (row, own) = (&found.row, &viewer.membership);
    let is_own = row.id == own.id;
    let can_change =
        viewer.may(Action::ManageMembers) && policy::reaches(own.role, row.role) && row.role != Role::Owner;
    let values = Values {
        id: Kind::Membership.id(row.id),
        role_held: label::role(row.role),
        joined: row.joined_at.into(),
        seen: seen(visit, viewer, row).await?.into_iter().map(|location| location.name).collect(),
        can_change,
        can_remove: can_change && !is_own,
        can_leave: is_own && row.role != Role::Owner,
        is_own_and_owner: is_own && row.role == Role::Owner,
        administrator: shown.administrator,
        locations: if can_change { choice::locations(visit, viewer, &shown.location_ids).await? } else { Vec::new() },
        errors: visit.errors(errors),
        name: found.user.name,
        email: found.user.email,
    };
    page(visit, viewer, status, "member", values)
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let values = Values {
        id: Kind::Membership.id(Uuid::nil()),
        name: samples::PERSON.to_owned(),
        email: samples::ADDRESS.to_owned(),
        role_held: label::role(Role::User),
        joined: all.began(),
        seen: samples::texts(samples::LOCATIONS),
        can_change: true,
        can_remove: true,
        can_leave: false,
        is_own_and_owner: false,
        administrator: false,
        locations: choice::sample(),
        errors: FormErrors::default(),
    };
    super::sample(all, "member", values)
}
