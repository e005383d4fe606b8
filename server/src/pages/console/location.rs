//! …/locations/new and …/locations/{id}: one location: create, rename, address, delete.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{UserError, id::Kind, location, membership::Member, policy::Action};
use entity::location::Model;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{member, outcomes, page, path};
use crate::pages::{
    csrf::Posted,
    failure::Failure,
    form::FormErrors,
    samples::{self, Samples},
    visit::{Segment, Visit},
};

/// The values of the page `location`.
#[derive(Serialize)]
struct Values<'a> {
    /// None for a new one.
    id: Option<String>,
    name: &'a str,
    address: &'a str,
    errors: FormErrors,
}

/// What was typed and pressed.
#[derive(Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    action: String,
}

/// GET …/new: the form.
pub(super) async fn form(visit: Visit, Segment(id): Segment) -> Result<Response, Failure> {
    let member = manager(&visit, &id).await?;
    render(&visit, &member, StatusCode::OK, None, &Typed::default(), &[])
}

/// POST …/new: creates one.
pub(super) async fn create(
    visit: Visit,
    Segment(id): Segment,
    Posted(typed): Posted<Typed>,
) -> Result<Response, Failure> {
    let member = manager(&visit, &id).await?;
    let viewer = visit.signed_in()?;
    let created = location::create(visit.app(), viewer, member.workspace.id, &typed.name, Some(&typed.address)).await;
    finish(&visit, &member, None, &typed, created.map(drop))
}

/// GET …/{id}: the location in a form.
pub(super) async fn show(visit: Visit, Segment(ids): Segment<(String, String)>) -> Result<Response, Failure> {
    let (member, row) = find(&visit, &ids).await?;
    let typed =
        Typed { name: row.name.clone(), address: row.address.clone().unwrap_or_default(), action: String::new() };
    render(&visit, &member, StatusCode::OK, Some(&row), &typed, &[])
}

/// POST …/{id}: changes or deletes it.
pub(super) async fn act(
    visit: Visit,
    Segment(ids): Segment<(String, String)>,
    Posted(typed): Posted<Typed>,
) -> Result<Response, Failure> {
    let (member, row) = find(&visit, &ids).await?;
    let (app, viewer) = (visit.app(), visit.signed_in()?);
    let done = match typed.action.as_str() {
        "update" => {
            location::update(app, viewer, row.id, Some(&typed.name), Some(Some(&typed.address))).await.map(drop)
        }
        "delete" => location::delete(app, viewer, row.id).await,
        _ => return Err(Failure::BadInput),
    };
    finish(&visit, &member, Some(&row), &typed, done)
}

async fn manager(visit: &Visit, workspace: &str) -> Result<Member, Failure> {
    let member = member(visit, workspace).await?;
    member.require(Action::ManageLocations)?;
    Ok(member)
}

async fn find(visit: &Visit, (workspace, id): &(String, String)) -> Result<(Member, Model), Failure> {
    let member = manager(visit, workspace).await?;
    let row = location::find_for(visit.app(), member.membership.user_id, Kind::Location.parse(id)?).await?;
    let row = row.filter(|row| row.workspace_id == member.workspace.id).ok_or(Failure::NotFound)?;
    Ok((member, row))
}

fn finish(
    visit: &Visit,
    member: &Member,
    row: Option<&Model>,
    typed: &Typed,
    done: domain::Result<()>,
) -> Result<Response, Failure> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{}/locations", path(member))).into_response()),
        Err(error) => render(visit, member, StatusCode::UNPROCESSABLE_ENTITY, row, typed, &outcomes(error)?),
    }
}

fn render(
    visit: &Visit,
    member: &Member,
    status: StatusCode,
    row: Option<&Model>,
    typed: &Typed,
    errors: &[UserError],
) -> Result<Response, Failure> {
    let values = Values {
        id: row.map(|row| Kind::Location.id(row.id)),
        name: &typed.name,
        address: &typed.address,
        errors: visit.errors(errors),
    };
    page(visit, member, status, "location", values)
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let [name, _] = samples::LOCATIONS;
    let id = Some(Kind::Location.id(Uuid::nil()));
    super::sample(all, "location", Values { id, name, address: "Brīvības iela 1", errors: FormErrors::default() })
}
