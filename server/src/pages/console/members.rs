//! …/members: who belongs to the workspace.

use axum::{http::StatusCode, response::Response};
use domain::{
    Error,
    id::Kind,
    membership::{self, MemberFilter, NamePosition, Sight},
    policy::{self, Action},
    text,
};
use entity::membership::Role;
use serde::Serialize;
use uuid::Uuid;
use worker::catalogue::Key;

use super::{
    list::{Address, FilterOption, Question, Rows},
    member, page, path,
};
use crate::pages::{
    failure::Failure,
    label,
    samples::{self, Samples},
    visit::{Asked, Segment, Visit},
};

/// The values of the page `members`.
#[derive(Serialize)]
struct Values {
    search: String,
    roles: Vec<FilterOption>,
    #[serde(flatten)]
    rows: Rows<Row>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    email: String,
    role: Key,
    /// Whether it has all locations.
    has_all: bool,
    /// Those of its locations that the viewer sees.
    locations: Vec<String>,
    /// Whether the viewer can do something about it.
    opens: bool,
}

const ROLES: [(&str, Role); 3] = [("OWNER", Role::Owner), ("ADMINISTRATOR", Role::Administrator), ("USER", Role::User)];

/// GET …/members.
pub(super) async fn list(
    visit: Visit,
    Segment(id): Segment,
    Asked(question): Asked<Question>,
) -> Result<Response, Failure> {
    let (app, member) = (visit.app(), member(&visit, &id).await?);
    let search = Some(text::search(&question.search)?).filter(|search| !search.is_empty());
    let filter = MemberFilter { search, role: question.chosen(&ROLES) };
    let found = membership::list(app, &member, &filter, &question.window()?).await?;
    let total = membership::count(app, &member, &filter).await?;
    let sights: Vec<Sight> = found.rows.iter().filter_map(|found| Sight::of(&found.row, &member)).collect();
    let seen = membership::locations(&app.db, &sights).await.map_err(Error::from)?;
    let names = |sight: Sight| seen.get(&sight).into_iter().flatten().map(|location| location.name.clone()).collect();
    let address = Address {
        path: format!("{}/members", path(&member)),
        filters: vec![("role", question.only.clone()), ("search", question.search.clone())],
    };
    let position = |row: &membership::Membership| NamePosition { name: row.user.name_key.clone(), id: row.row.id };
    let make = |membership: membership::Membership| Row {
        opens: member.may(Action::ManageMembers) || membership.row.id == member.membership.id,
        has_all: policy::allows(Some(membership.row.role), Action::ManageLocations),
        locations: Sight::of(&membership.row, &member).map(names).unwrap_or_default(),
        id: Kind::Membership.id(membership.row.id),
        role: label::role(membership.row.role),
        name: membership.user.name,
        email: membership.user.email,
    };
    let values = Values {
        roles: question.options(&ROLES, label::role),
        rows: Rows::new(found, total, &address, position, make),
        search: question.search,
    };
    page(&visit, &member, StatusCode::OK, "members", values)
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let row = |name: &str, email: &str, role, locations| Row {
        id: Kind::Membership.id(Uuid::nil()),
        name: name.to_owned(),
        email: email.to_owned(),
        role: label::role(role),
        has_all: role == Role::Owner,
        locations,
        opens: true,
    };
    let owner = row(samples::INVITER, samples::INVITER_ADDRESS, Role::Owner, Vec::new());
    let user = row(samples::PERSON, samples::ADDRESS, Role::User, samples::texts(samples::LOCATIONS));
    let roles = Question::default().options(&ROLES, label::role);
    super::sample(all, "members", Values { search: String::new(), roles, rows: Rows::sample([owner, user]) })
}
