//! The console of a workspace: what its members see and its administrators do, under /w/{workspaceId}/…

mod addresses;
mod invitation;
mod invitations;
mod locations;
mod members;
mod send;

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use domain::{
    Error, UserError,
    id::Kind,
    location,
    membership::Member,
    page::{self, Page, Window},
    policy::Action,
};
use serde::Serialize;
use uuid::Uuid;
use worker::catalogue::Key;

use super::{
    failure::{Failure, WithFailurePages as Handler},
    label,
    visit::{Segment, Visit},
};
use crate::{Site, graphql::connection::Position};

/// How many rows a list shows at once.
const ROWS: u64 = 25;

/// The routes of the console.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/w/{workspace_id}", get(Handler(open)))
        .route("/w/{workspace_id}/locations", get(Handler(locations::list)))
        .route("/w/{workspace_id}/members", get(Handler(members::list)))
        .route("/w/{workspace_id}/invitations", get(Handler(invitations::list)))
        .route("/w/{workspace_id}/invitations/new", get(Handler(send::form)).post(Handler(send::submit)))
        .route("/w/{workspace_id}/invitations/send", post(Handler(send::confirm)))
        .route(
            "/w/{workspace_id}/invitations/{invitation_id}",
            get(Handler(invitation::show)).post(Handler(invitation::act)),
        )
}

/// GET /w/{id}: on to its first page.
async fn open(visit: Visit, Segment(id): Segment) -> Result<Response, Failure> {
    let member = member(&visit, &id).await?;
    Ok(Redirect::to(&label::workspace_path(member.workspace.id)).into_response())
}

/// The viewer as a member of the workspace that a path names.
async fn member(visit: &Visit, id: &str) -> Result<Member, Failure> {
    let viewer = visit.signed_in()?;
    Ok(Member::load(&visit.app().db, viewer.user.id, Kind::Workspace.parse(id)?).await?)
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

/// Part of a list: its rows, how many there are in all, and the way to the other parts.
#[derive(Serialize)]
struct Rows<T> {
    rows: Vec<T>,
    total: u64,
    /// The address of the part before, if there is one.
    previous: Option<String>,
    /// The address of the part after, if there is one.
    next: Option<String>,
}

impl<T> Rows<T> {
    /// The rows of `page`; `address` is the list's own with its filters, `position` where a row stands in it.
    fn new<R, C: Position>(
        page: Page<R>,
        total: u64,
        address: &Address,
        position: impl Fn(&R) -> C,
        make: impl FnMut(R) -> T,
    ) -> Self {
        let link = |name: &str, row: Option<&R>| row.map(|row| address.with(name, &position(row).cursor()));
        let previous = link("before", page.rows.first().filter(|_| page.has_previous));
        let next = link("after", page.rows.last().filter(|_| page.has_next));
        Self { previous, next, total, rows: page.rows.into_iter().map(make).collect() }
    }
}

/// The address of a list with its filters.
struct Address {
    path: String,
    filters: Vec<(&'static str, String)>,
}

impl Address {
    /// The address with one more parameter.
    fn with(&self, name: &str, value: &str) -> String {
        let filters = self.filters.iter().filter(|(_, value)| !value.is_empty());
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(filters.map(|(name, value)| (*name, value.as_str())))
            .append_pair(name, value)
            .finish();
        format!("{}?{query}", self.path)
    }
}

/// The part of a list that two cursors ask for; one that cannot be read leads nowhere.
fn window<C: Position>(after: &str, before: &str) -> Result<Window<C>, Failure> {
    let read = |text: &str| match text {
        "" => Ok(None),
        text => C::read(text).map(Some).map_err(|_| Failure::NotFound),
    };
    let (after, before) = (read(after)?, read(before)?);
    Ok(Window { from_end: before.is_some(), after, before, limit: ROWS })
}

/// A location that can be chosen.
#[derive(Serialize)]
struct Choice {
    id: String,
    name: String,
    chosen: bool,
}

/// The locations of the workspace, with those of `chosen` ticked.
async fn choices(visit: &Visit, member: &Member, chosen: &[Uuid]) -> Result<Vec<Choice>, Failure> {
    let all = Window { after: None, before: None, limit: page::MAX, from_end: false };
    let locations = location::list(visit.app(), member, &all).await?;
    let choice = |row: entity::location::Model| Choice {
        id: Kind::Location.id(row.id),
        name: row.name,
        chosen: chosen.contains(&row.id),
    };
    Ok(locations.rows.into_iter().map(choice).collect())
}

/// The expected outcomes of a domain's answer; another error becomes a page of its own.
fn outcomes(error: Error) -> Result<Vec<UserError>, Failure> {
    match error {
        Error::User(errors) => Ok(errors),
        error => Err(error.into()),
    }
}
