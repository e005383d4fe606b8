//! /account/invitations: the open invitations addressed to whoever is signed in, accepted or declined without their mail.

use std::collections::HashMap;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Error, UserError,
    id::Kind,
    invitation::{self, Chosen, Invitation},
    page::{self, Window},
};
use entity::invitation::InvitableRole;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use worker::catalogue::Key;

use crate::pages::{
    csrf::Posted,
    failure::Failure,
    form::FormErrors,
    label::{self, Moment},
    live::Live,
    samples::{self, Samples},
    visit::{Asked, Visit},
};

/// The values of the page `account-invitations`.
#[derive(Serialize)]
struct Values {
    /// Whether a fresh link was asked for just now.
    asked: bool,
    invitations: Vec<Row>,
    /// Whether there are more invitations than are shown.
    is_cut: bool,
    live: Live,
    errors: FormErrors,
}

#[derive(Serialize)]
struct Row {
    id: String,
    workspace: String,
    inviter: Option<String>,
    role: Key,
    locations: Vec<String>,
    message: Option<String>,
    ends: Moment,
    /// Whether it is of no use until somebody sends it again.
    suspended: bool,
}

/// What the address of a form that has been sent says.
#[derive(Deserialize)]
pub(super) struct Question {
    asked: Option<String>,
}

/// GET: the list.
pub(super) async fn list(visit: Visit, Asked(question): Asked<Question>) -> Result<Response, Failure> {
    render(&visit, StatusCode::OK, question.asked.is_some(), &[]).await
}

/// What was pressed.
#[derive(Deserialize)]
pub(super) struct Pressed {
    #[serde(default)]
    invitation: String,
    action: Action,
    /// Ticked by somebody who wants to hear no more of this workspace.
    opt_out: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Accept,
    Decline,
    Ask,
}

/// POST: accepts and opens the workspace, declines, or asks for a fresh link in place of a suspended one.
pub(super) async fn reply(visit: Visit, Posted(pressed): Posted<Pressed>) -> Result<Response, Failure> {
    let (app, viewer, client) = (visit.app(), visit.signed_in()?, &visit.client);
    let chosen = Chosen::Id(Kind::Invitation.parse(&pressed.invitation)?);
    let next = match pressed.action {
        Action::Accept => invitation::accept(app, viewer, chosen, client)
            .await
            .map(|membership| label::workspace_path(membership.workspace.id)),
        Action::Decline => invitation::decline(app, Some(viewer), chosen, pressed.opt_out.is_some(), client)
            .await
            .map(|_| "/account/invitations".to_owned()),
        Action::Ask => invitation::request_link(app, Some(viewer), chosen, client)
            .await
            .map(|_| "/account/invitations?asked=1".to_owned()),
    };
    match next {
        Ok(next) => Ok(Redirect::to(&next).into_response()),
        Err(Error::User(errors)) => render(&visit, StatusCode::CONFLICT, false, &errors).await,
        Err(error) => Err(error.into()),
    }
}

async fn render(visit: &Visit, status: StatusCode, asked: bool, errors: &[UserError]) -> Result<Response, Failure> {
    let (app, viewer) = (visit.app(), visit.signed_in()?);
    let live = Live::of_viewer(app).await?;
    let newest = Window { after: None, before: None, limit: page::MAX, from_end: false };
    let found = invitation::list_addressed_to(app, &viewer.user, &newest).await?;
    let (found, is_cut) = (found.rows, found.has_next);
    let ids: Vec<Uuid> = found.iter().map(|found| found.row.id).collect();
    let inviters: Vec<Uuid> = found.iter().filter_map(|found| found.row.invited_by).collect();
    let workspaces: Vec<Uuid> = found.iter().map(|found| found.row.workspace_id).collect();
    let mut locations = invitation::locations(&app.db, &ids).await.map_err(Error::from)?;
    let suspended = invitation::suspended_among(app, &ids).await.map_err(Error::from)?;
    let people = invitation::people(&app.db, &inviters).await.map_err(Error::from)?;
    let names = domain::workspace::names(&app.db, &workspaces).await?;
    let row = |found: Invitation| Row {
        id: Kind::Invitation.id(found.row.id),
        workspace: names.get(&found.row.workspace_id).cloned().unwrap_or_default(),
        inviter: found.row.invited_by.and_then(|id| people.get(&id)).map(|person| person.name.clone()),
        role: label::invited_role(found.row.role),
        locations: names_of(&mut locations, found.row.id),
        ends: found.row.expires_at.into(),
        suspended: suspended.contains(&found.row.id),
        message: found.row.message,
    };
    let invitations = found.into_iter().map(row).collect();
    let values = Values { asked, invitations, is_cut, live, errors: visit.errors(errors) };
    visit.page(status, "account-invitations", values)
}

fn names_of(locations: &mut HashMap<Uuid, Vec<entity::location::Model>>, id: Uuid) -> Vec<String> {
    locations.remove(&id).into_iter().flatten().map(|location| location.name).collect()
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let row = Row {
        id: Kind::Invitation.id(Uuid::nil()),
        workspace: samples::WORKSPACE.to_owned(),
        inviter: Some(samples::INVITER.to_owned()),
        role: label::invited_role(InvitableRole::User),
        locations: samples::texts(samples::LOCATIONS),
        message: Some(samples::MESSAGE.join("\n")),
        ends: all.ends(),
        suspended: false,
    };
    let (live, errors) = (Live::sample(), FormErrors::default());
    let values = Values { asked: false, invitations: vec![row], is_cut: true, live, errors };
    all.signed_in("account-invitations", values)
}
