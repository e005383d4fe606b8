//! …/locations: those the viewer may see.

use axum::{extract::Query, http::StatusCode, response::Response};
use domain::{location, membership::NamePosition};
use serde::{Deserialize, Serialize};

use super::{Address, Rows, member, page, path, window};
use crate::pages::{
    failure::Failure,
    visit::{Segment, Visit},
};

/// What the address of the list asks for.
#[derive(Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    after: String,
    #[serde(default)]
    before: String,
}

#[derive(Serialize)]
struct Row {
    name: String,
    address: Option<String>,
}

/// GET …/locations.
pub(super) async fn list(
    visit: Visit,
    Segment(id): Segment,
    Query(question): Query<Question>,
) -> Result<Response, Failure> {
    let (app, member) = (visit.app(), member(&visit, &id).await?);
    let found = location::list(app, &member, &window(&question.after, &question.before)?).await?;
    let total = location::count(app, &member).await?;
    let address = Address { path: format!("{}/locations", path(&member)), filters: Vec::new() };
    let position = |row: &entity::location::Model| NamePosition { name: row.name_key.clone(), id: row.id };
    let make = |row: entity::location::Model| Row { name: row.name, address: row.address };
    page(&visit, &member, StatusCode::OK, "locations", Rows::new(found, total, &address, position, make))
}
