//! …/locations: those the viewer may see.

use axum::{http::StatusCode, response::Response};
use domain::{id::Kind, location, membership::NamePosition};
use serde::Serialize;
use uuid::Uuid;

use super::{
    list::{Address, Question, Rows},
    member, page, path,
};
use crate::pages::{
    failure::Failure,
    samples::{self, Samples},
    visit::{Asked, Segment, Visit},
};

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    address: Option<String>,
}

/// GET …/locations.
pub(super) async fn list(
    visit: Visit,
    Segment(id): Segment,
    Asked(question): Asked<Question>,
) -> Result<Response, Failure> {
    let (app, member) = (visit.app(), member(&visit, &id).await?);
    let found = location::list(app, &member, &question.window()?).await?;
    let total = location::count(app, &member).await?;
    let address = Address { path: format!("{}/locations", path(&member)), filters: Vec::new() };
    let position = |row: &entity::location::Model| NamePosition { name: row.name_key.clone(), id: row.id };
    let make =
        |row: entity::location::Model| Row { id: Kind::Location.id(row.id), name: row.name, address: row.address };
    page(&visit, &member, StatusCode::OK, "locations", Rows::new(found, total, &address, position, make))
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let row = |name: &str| Row { id: Kind::Location.id(Uuid::nil()), name: name.to_owned(), address: None };
    super::sample(all, "locations", Rows::sample(samples::LOCATIONS.map(row)))
}
