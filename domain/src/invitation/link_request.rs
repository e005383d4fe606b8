//! Requests for a fresh link: the way forward for whoever holds a link that cannot be used any more. They stand in the
//! administrators' list until that person is invited again, becomes a member, or somebody dismisses them.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    invitation::{self, Status},
    link_request::{Column, Entity, Model},
    outbox,
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Chosen, Invitation, Preview, bulk::members_among, preview::describe, refusal, reply::find_chosen, status_at,
    suspended_among,
};
use crate::{
    App, Code, Error, Result,
    client::Client,
    db,
    doorbell::Bell,
    event::{self, Event},
    membership::Member,
    page,
    policy::Action,
    rate_limit,
    session::Viewer,
};

/// How often the holder of one link may ask.
const AGAIN: TimeDelta = TimeDelta::hours(24);
/// What a request is to the audit log, while it waits.
const REQUESTED: &str = "REQUESTED";

/// A request, with the invitation it speaks of.
#[derive(Clone, Debug)]
pub struct LinkRequest {
    /// When its person asked last.
    pub requested_at: DateTime<Utc>,
    /// The invitation, which cannot be used any more.
    pub invitation: Invitation,
}

/// Asks the administrators for a fresh link in place of one whose invitation expired, was taken back, declined or
/// suspended, and takes an opt-out back. Asking again within a day changes nothing. TOKEN_INVALID,
/// INVITATION_ALREADY_ACCEPTED; INVALID_INPUT for a link that works.
pub async fn request_link(app: &App, viewer: Option<&Viewer>, chosen: Chosen<'_>, client: &Client) -> Result<Preview> {
    rate_limit::spend(app, &rate_limit::link(client)).await?;
    let row = find_chosen(app, chosen, viewer).await?;
    let now = app.clock.now();
    match status_at(&row, now) {
        Status::Accepted => {
            return Err(refusal(Status::Accepted).map_or(Error::NotFound, Error::from));
        }
        Status::Pending | Status::Confirmed if suspended_among(app, &[row.id]).await?.is_empty() => {
            return Err(Error::user(Code::InvalidInput, &["token"], "This link still works; no other is needed."));
        }
        _ => {}
    }
    let request =
        Model { invitation_id: row.id, workspace_id: row.workspace_id, requested_at: now, dismissed_at: None };
    let refresh = OnConflict::column(Column::InvitationId)
        .update_columns([Column::RequestedAt, Column::DismissedAt])
        .action_and_where(Expr::col((Entity, Column::RequestedAt)).lte(now - AGAIN))
        .to_owned();
    let tx = db::begin_write(&app.db).await?;
    super::opt_out::delete(&tx, &row).await?;
    let written = Entity::insert(request.into_active_model()).on_conflict(refresh).exec_without_returning(&tx).await?;
    if written == 1 {
        let requested = of_request("invitation.link_requested", &row, None);
        event::record(&tx, now, [requested.changing(Value::Null, REQUESTED)]).await?;
    }
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    describe(app, row).await
}

/// What the audit log says of a request. The invitation itself stays as it is, so its row is not held, and who follows
/// invitations is told nothing.
fn of_request(kind: &'static str, row: &invitation::Model, actor_id: Option<Uuid>) -> Event {
    let details = json!({ "email": row.email, "role": row.role });
    Event { invitation_id: Some(row.id), ..Event::new(kind, row.workspace_id, actor_id, details) }
}

/// The requests that nobody has answered, newest first, at most a page of them; for those who manage invitations.
pub async fn link_requests(app: &App, member: &Member) -> Result<Vec<LinkRequest>> {
    member.require(Action::ManageInvitations)?;
    let workspace_id = member.workspace.id;
    let rows = Entity::find()
        .filter(Column::WorkspaceId.eq(workspace_id))
        .filter(Column::DismissedAt.is_null())
        .order_by_desc(Column::RequestedAt)
        .limit(page::MAX)
        .all(&app.db)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.invitation_id).collect();
    let mut invitations = super::load(&app.db, &ids).await?;
    let keys: Vec<&str> = invitations.values().map(|invitation| invitation.row.email_key.as_str()).collect();
    let members = members_among(&app.db, workspace_id, &keys).await?;
    let invited = last_invited(app, workspace_id, &keys).await?;
    let waits = |invitation: &Invitation, requested_at: DateTime<Utc>| {
        let key = &invitation.row.email_key;
        !members.contains(key) && invited.get(key).is_none_or(|last| *last <= requested_at)
    };
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((invitations.remove(&row.invitation_id)?, row.requested_at)))
        .filter(|(invitation, requested_at)| waits(invitation, *requested_at))
        .map(|(invitation, requested_at)| LinkRequest { requested_at, invitation })
        .collect())
}

/// When these addresses were invited last, first or again.
async fn last_invited(app: &App, workspace_id: Uuid, keys: &[&str]) -> Result<HashMap<String, DateTime<Utc>>> {
    let mails: Vec<(String, DateTime<Utc>)> = invitation::Entity::find()
        .join(JoinType::InnerJoin, mails())
        .select_only()
        .column(invitation::Column::EmailKey)
        .column_as(outbox::Column::CreatedAt.max(), "last")
        .filter(invitation::Column::WorkspaceId.eq(workspace_id))
        .filter(invitation::Column::EmailKey.is_in(keys.iter().copied()))
        .filter(outbox::Column::Kind.eq(outbox::Kind::Invitation))
        .group_by(invitation::Column::EmailKey)
        .into_tuple()
        .all(&app.db)
        .await?;
    Ok(mails.into_iter().collect())
}

fn mails() -> RelationDef {
    invitation::Entity::belongs_to(outbox::Entity).from(invitation::Column::Id).to(outbox::Column::InvitationId).into()
}

/// Takes a request out of the list. NotFound when there is none for this invitation.
pub async fn dismiss_link_request(app: &App, viewer: &Viewer, invitation_id: Uuid) -> Result<()> {
    let row = Entity::find_by_id(invitation_id).one(&app.db).await?.ok_or(Error::NotFound)?;
    let member = Member::load(app, viewer.user.id, row.workspace_id).await?;
    member.require(Action::ManageInvitations)?;
    let invitation = invitation::Entity::find_by_id(invitation_id).one(&app.db).await?.ok_or(Error::NotFound)?;
    let now = app.clock.now();
    let tx = db::begin_write(&app.db).await?;
    member.hold(&tx, Action::ManageInvitations).await?;
    // The row stays, so that its holder cannot ask again at once.
    let dismissed = Entity::update_many()
        .col_expr(Column::DismissedAt, Expr::value(now))
        .filter(Column::InvitationId.eq(invitation_id))
        .filter(Column::DismissedAt.is_null())
        .exec(&tx)
        .await?;
    if dismissed.rows_affected == 1 {
        let dismissed = of_request("invitation.request_dismissed", &invitation, Some(viewer.user.id));
        event::record(&tx, now, [dismissed.changing(REQUESTED, "DISMISSED")]).await?;
    }
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    Ok(())
}
