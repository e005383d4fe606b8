//! …/settings/audit: what happened in the workspace, newest first.

use std::collections::HashMap;

use axum::{http::StatusCode, response::Response};
use domain::{Error, event, invitation, policy::Action};
use entity::{event::Model, membership::Role};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use worker::catalogue::{Catalogue, Key};

use super::{allowed, framed, path};
use crate::pages::{
    console::list::{Address, Question, Rows},
    failure::Failure,
    label::{self, Moment},
    reason::Told,
    samples::{self, Samples},
    visit::{Asked, Segment, Visit},
};

#[derive(Serialize)]
struct Row {
    at: Moment,
    what: String,
    /// Who did it, when a signed-in person did whose account is still there.
    actor: Option<String>,
}

/// GET: a part of the log.
pub(super) async fn list(
    visit: Visit,
    Segment(id): Segment,
    Asked(question): Asked<Question>,
) -> Result<Response, Failure> {
    let (app, member) = (visit.app(), allowed(&visit, &id, Action::ReadEvents).await?);
    let mut window = question.window()?;
    // The log itself begins with the oldest.
    window.from_end = window.after.is_none();
    let found = event::list(app, &member, &window).await?;
    let total = event::count(app, &member).await?;
    let ids: Vec<Uuid> = found.rows.iter().filter_map(|row| row.actor_id).collect();
    let people = invitation::people(&app.db, &ids).await.map_err(Error::from)?;
    let name = |id: Uuid| people.get(&id).map(|person| person.name.clone());
    let catalogue = visit.catalogue();
    let make = |row: Model| Row {
        at: row.occurred_at.into(),
        actor: row.actor_id.and_then(name),
        what: sentence(catalogue, &row),
    };
    let address = Address { path: format!("{}/settings/audit", path(&member)), filters: Vec::new() };
    let rows = Rows::new(found, total, &address, |row: &Model| row.number.unwrap_or_default(), make).backwards();
    framed(&visit, &member, StatusCode::OK, "audit", rows)
}

/// What happened, in the reader's language; in the words of the API where there are none.
fn sentence(catalogue: &Catalogue, event: &Model) -> String {
    let unknown = Value::from("?");
    let mut values: HashMap<&str, &Value> =
        ["name", "before", "after", "role", "email", "location", "error", "former"].map(|name| (name, &unknown)).into();
    let details = spoken(catalogue, event);
    values.extend(details.iter().flat_map(|details| details.iter()).map(|(name, value)| (name.as_str(), value)));
    let adopted = event.details.get("adopted").is_some_and(|adopted| *adopted == true);
    let key = if adopted { Some(Key("event-invitation-adopted")) } else { key(&event.kind) };
    let text = key.and_then(|key| catalogue.text(key.0, values).ok());
    text.unwrap_or_else(|| event::summary(event))
}

/// The details of an event, its roles and why a mail failed in the reader's language.
fn spoken(catalogue: &Catalogue, event: &Model) -> Option<Map<String, Value>> {
    let mut details = event.details.as_object()?.clone();
    let of_member = event.kind.starts_with("member.");
    let roles = ["role", "before", "after"].into_iter().filter(|name| of_member || *name == "role");
    for name in roles {
        if let Some(Value::String(text)) = details.get_mut(name) {
            // What a member was, as in `USER (Riga)`.
            let (word, rest) = text.split_at(text.find(' ').unwrap_or(text.len()));
            let role: Option<Role> = serde_json::from_value(word.into()).ok();
            if let Some(name) = role.and_then(|role| catalogue.text(label::role(role).0, []).ok()) {
                *text = format!("{name}{rest}");
            }
        }
    }
    if let Some(Value::String(error)) = details.get_mut("error")
        && let Ok(told) = Told::new(catalogue, error)
    {
        *error = told.words;
    }
    Some(details)
}

/// The sentence of a kind of event.
fn key(kind: &str) -> Option<Key> {
    Some(match kind {
        "workspace.created" => Key("event-workspace-created"),
        "workspace.renamed" => Key("event-workspace-renamed"),
        "workspace.language_changed" => Key("event-workspace-language-changed"),
        "workspace.handed_over" => Key("event-workspace-handed-over"),
        "workspace.seats_changed" => Key("event-workspace-seats-changed"),
        "workspace.deleted" => Key("event-workspace-deleted"),
        "workspace.deletion_cancelled" => Key("event-workspace-kept"),
        "location.created" => Key("event-location-created"),
        "location.updated" => Key("event-location-updated"),
        "location.deleted" => Key("event-location-deleted"),
        "member.joined" => Key("event-member-joined"),
        "member.updated" => Key("event-member-updated"),
        "member.removed" => Key("event-member-removed"),
        "member.left" => Key("event-member-left"),
        "invitation.sent" => Key("event-invitation-sent"),
        "invitation.resent" => Key("event-invitation-resent"),
        "invitation.confirmed" => Key("event-invitation-confirmed"),
        "invitation.accepted" => Key("event-invitation-accepted"),
        "invitation.declined" => Key("event-invitation-declined"),
        "invitation.link_requested" => Key("event-invitation-link-requested"),
        "invitation.request_dismissed" => Key("event-invitation-request-dismissed"),
        "invitation.kept" => Key("event-invitation-kept"),
        "invitation.revoked" => Key("event-invitation-revoked"),
        "invitation.location_deleted" => Key("event-invitation-location-deleted"),
        "invitation.expired" => Key("event-invitation-expired"),
        "delivery.sent" => Key("event-delivery-sent"),
        "delivery.retrying" => Key("event-delivery-retrying"),
        "delivery.retried" => Key("event-delivery-retried"),
        "delivery.failed" => Key("event-delivery-failed"),
        "delivery.cancelled" => Key("event-delivery-cancelled"),
        _ => return None,
    })
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let event = Model {
        drawn: 1,
        number: Some(1),
        workspace_id: Uuid::nil(),
        kind: "workspace.created".to_owned(),
        actor_id: None,
        invitation_id: None,
        status: None,
        delivery_status: None,
        details: json!({ "name": samples::WORKSPACE }),
        occurred_at: all.now,
    };
    let actor = Some(samples::INVITER.to_owned());
    let row = Row { at: all.began(), what: sentence(all.catalogue, &event), actor };
    super::sample(all, "audit", Rows::sample([row]))
}
