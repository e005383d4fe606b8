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

use std::time::Duration;

use axum::{
    Router,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use domain::{Error, UserError, id::Kind, membership::Member, policy::Action};
use entity::membership::Role;
use serde::Serialize;
use uuid::Uuid;
use worker::catalogue::Key;

use super::{
    failure::{Failure, WithFailurePages as Handler, try_again_in},
    form::FormErrors,
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

/// GET /w/{id}: on to its first page, which is the list of invitations for who manages them; home from one that the viewer
/// does not belong to any more.
async fn open(visit: Visit, Segment(id): Segment) -> Result<Response, Failure> {
    let member = match member(&visit, &id).await {
        Ok(member) => member,
        Err(Failure::NotFound) => return Ok(Redirect::to("/").into_response()),
        Err(failure) => return Err(failure),
    };
    let first = if member.may(Action::ManageInvitations) { "invitations" } else { "locations" };
    Ok(Redirect::to(&format!("{}/{first}", path(&member))).into_response())
}

/// The viewer as a member of the workspace that a path names.
async fn member(visit: &Visit, id: &str) -> Result<Member, Failure> {
    let viewer = visit.signed_in()?;
    Ok(Member::load(visit.app(), viewer.user.id, Kind::Workspace.parse(id)?).await?)
}

fn path(member: &Member) -> String {
    label::workspace_path(member.workspace.id)
}

/// What every page of the console says around its own values.
#[derive(Serialize)]
struct Values<'a, T> {
    workspace: &'a str,
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
        role: label::role(member.membership.role),
        path: path(member),
        manages: member.may(Action::ManageInvitations),
        page,
    };
    visit.page_in(Some(member.workspace.id), status, template, values)
}

/// What a form says of a domain's answer, and with which status; by default nothing, and that all is well.
#[derive(Default)]
struct Refusal {
    status: StatusCode,
    errors: FormErrors,
    /// When to try again, of what was tried too often.
    retry_after: Option<Duration>,
}

impl Refusal {
    /// The expected outcomes beside their fields, and a limit above them; another error becomes a page of its own.
    fn new(visit: &Visit, error: Error) -> Result<Self, Failure> {
        let Error::RateLimited { retry_after } = error else {
            return Ok(Self::of(visit, &outcomes(error)?));
        };
        let mut errors = FormErrors::default();
        errors.say("form", try_again_in(visit.catalogue(), retry_after)?);
        Ok(Self { status: StatusCode::TOO_MANY_REQUESTS, errors, retry_after: Some(retry_after) })
    }

    /// Expected outcomes.
    fn of(visit: &Visit, errors: &[UserError]) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, errors: visit.errors(errors), retry_after: None }
    }

    /// The form that says so.
    fn page<T: Serialize>(
        self,
        visit: &Visit,
        member: &Member,
        template: &str,
        values: impl FnOnce(FormErrors) -> T,
    ) -> Result<Response, Failure> {
        let mut response = page(visit, member, self.status, template, values(self.errors))?;
        if let Some(retry_after) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().into());
        }
        Ok(response)
    }
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
    let path = label::workspace_path(Uuid::nil());
    let (workspace, role) = (samples::WORKSPACE, label::role(Role::Owner));
    all.signed_in(template, Values { workspace, role, path, manages: true, page })
}
