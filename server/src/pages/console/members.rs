//! …/members: who belongs to the workspace.

use axum::{extract::Query, http::StatusCode, response::Response};
use domain::{
    id::Kind,
    membership::{self, MemberFilter, NamePosition},
    text,
};
use entity::membership::Role;
use serde::{Deserialize, Serialize};
use worker::catalogue::Key;

use super::{Address, Rows, member, page, path, window};
use crate::pages::{
    failure::Failure,
    label,
    visit::{Segment, Visit},
};

/// What the address of the list asks for.
#[derive(Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    role: String,
    #[serde(default)]
    search: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    before: String,
}

/// The values of the page `members`.
#[derive(Serialize)]
struct Values {
    search: String,
    roles: Vec<RoleChoice>,
    #[serde(flatten)]
    rows: Rows<Row>,
}

#[derive(Serialize)]
struct RoleChoice {
    value: &'static str,
    label: Key,
    chosen: bool,
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    email: String,
    role: Key,
}

const ROLES: [(&str, Role); 3] = [("OWNER", Role::Owner), ("ADMINISTRATOR", Role::Administrator), ("USER", Role::User)];

/// GET …/members.
pub(super) async fn list(
    visit: Visit,
    Segment(id): Segment,
    Query(question): Query<Question>,
) -> Result<Response, Failure> {
    let (app, member) = (visit.app(), member(&visit, &id).await?);
    let role = ROLES.into_iter().find(|(name, _)| *name == question.role).map(|(_, role)| role);
    let search = Some(text::search(&question.search)?).filter(|search| !search.is_empty());
    let filter = MemberFilter { search, role };
    let found = membership::list(app, &member, &filter, &window(&question.after, &question.before)?).await?;
    let total = membership::count(app, &member, &filter).await?;
    let address = Address {
        path: format!("{}/members", path(&member)),
        filters: vec![("role", question.role.clone()), ("search", question.search.clone())],
    };
    let position = |row: &membership::Membership| NamePosition { name: row.user.name_key.clone(), id: row.row.id };
    let make = |membership: membership::Membership| Row {
        id: Kind::Membership.id(membership.row.id),
        role: label::role(membership.row.role),
        name: membership.user.name,
        email: membership.user.email,
    };
    let chosen = |(value, role)| RoleChoice { value, label: label::role(role), chosen: value == question.role };
    let values = Values {
        roles: ROLES.into_iter().map(chosen).collect(),
        rows: Rows::new(found, total, &address, position, make),
        search: question.search,
    };
    page(&visit, &member, StatusCode::OK, "members", values)
}
