//! Events: written in the transaction of the change they tell, numbered after its commit, read by number.
//!
//! A number taken inside a transaction is no order to read by, because a later one can be committed first. So rows are
//! born without, and one sequencer at a time numbers what is committed, in the order in which rows were drawn: rows of
//! one invitation are drawn under the lock of its row, so its events keep their order.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    event::{ActiveModel, Column, Entity, Model},
    invitation, numbering, outbox,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
    sea_query::Query,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    App, Result, db,
    doorbell::Bell,
    membership::Member,
    page::{Page, Window},
    policy::Action,
};

/// A location was deleted while an open invitation named it.
pub const LOCATION_DROPPED: &str = "invitation.location_deleted";

/// What is written of something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// What happened, as in `invitation.sent`.
    pub kind: &'static str,
    /// The workspace.
    pub workspace_id: Uuid,
    /// Who did it, when a signed-in person did.
    pub actor_id: Option<Uuid>,
    /// Subject, before and after.
    pub details: Value,
    /// The invitation it concerns.
    pub invitation_id: Option<Uuid>,
    /// Its status and that of its delivery as they are now, when the event is a change of one of them.
    pub statuses: Option<(invitation::Status, outbox::Status)>,
}

impl Event {
    /// Something that happened to a workspace, a member or a location.
    pub fn new(kind: &'static str, workspace_id: Uuid, actor_id: Option<Uuid>, details: Value) -> Self {
        Self { kind, workspace_id, actor_id, details, invitation_id: None, statuses: None }
    }

    /// Something that happened to an invitation; `status` and `delivery` are those after it.
    pub fn of_invitation(
        kind: &'static str,
        row: &invitation::Model,
        actor_id: Option<Uuid>,
        delivery: outbox::Status,
    ) -> Self {
        let details = json!({ "email": row.email, "role": row.role });
        Self {
            invitation_id: Some(row.id),
            statuses: Some((row.status, delivery)),
            ..Self::new(kind, row.workspace_id, actor_id, details)
        }
    }

    /// What it was before and is after, for what an event changes; `null` is nothing.
    #[must_use]
    pub fn changing(mut self, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        self.details["before"] = before.into();
        self.details["after"] = after.into();
        self
    }

    /// The row to write.
    pub fn row(self, now: DateTime<Utc>) -> ActiveModel {
        ActiveModel {
            drawn: NotSet,
            number: Set(None),
            workspace_id: Set(self.workspace_id),
            kind: Set(self.kind.to_owned()),
            actor_id: Set(self.actor_id),
            invitation_id: Set(self.invitation_id),
            status: Set(self.statuses.map(|(status, _)| status)),
            delivery_status: Set(self.statuses.map(|(_, delivery)| delivery)),
            details: Set(self.details),
            occurred_at: Set(now),
        }
    }
}

/// Writes events in the transaction of the changes they tell.
pub async fn record(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    events: impl IntoIterator<Item = Event>,
) -> Result<(), DbErr> {
    let rows: Vec<ActiveModel> = events.into_iter().map(|event| event.row(now)).collect();
    for chunk in rows.chunks(500) {
        Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// How many events get their number in one commit.
pub const NUMBERED_AT_ONCE: u64 = 1_000;

/// Numbers what is committed and has no number yet, a batch at a time, until nothing is left. Answers how many it numbered.
/// One at a time, and the others wait: whoever holds the row may have looked before their events were committed.
pub async fn number(app: &App) -> Result<u64> {
    let mut numbered = 0;
    loop {
        let batch = number_some(&app.db).await?;
        if batch > 0 {
            app.doorbell.ring(Bell::Events);
        }
        numbered += batch;
        if batch < NUMBERED_AT_ONCE {
            return Ok(numbered);
        }
    }
}

/// The greatest number there is or was, for SQLite. The row remembers those of deleted events; a process of a version before
/// the row numbers without it.
const REACHED: &str = "SELECT max(number) FROM (SELECT reached AS number FROM numbering \
                       UNION ALL SELECT max(number) FROM events) AS known";

/// Numbers one batch, in a transaction of its own.
async fn number_some(db: &DatabaseConnection) -> Result<u64> {
    if db.get_database_backend() == DbBackend::Postgres {
        // All of it in one way there and back: everybody who follows events waits for it.
        let call = format!("SELECT number_events({NUMBERED_AT_ONCE})");
        let answer = db.query_one_raw(Statement::from_string(DbBackend::Postgres, call)).await?.ok_or_else(no_row)?;
        let batch: i64 = answer.try_get_by_index(0)?;
        return Ok(batch.unsigned_abs());
    }
    let tx = db::begin_write(db).await?;
    let number = format!(
        "UPDATE events SET number = batch.number FROM (\
           SELECT drawn, ({REACHED}) + row_number() OVER (ORDER BY drawn) AS number \
           FROM events WHERE number IS NULL ORDER BY drawn LIMIT {NUMBERED_AT_ONCE}) AS batch \
         WHERE events.drawn = batch.drawn"
    );
    let batch = tx.execute_unprepared(&number).await?.rows_affected();
    if batch > 0 {
        tx.execute_unprepared(&format!("UPDATE numbering SET reached = ({REACHED})")).await?;
    }
    tx.commit().await?;
    Ok(batch)
}

/// A page of the workspace's audit log, oldest first, by number; for those who may read it.
pub async fn list(app: &App, member: &Member, window: &Window<i64>) -> Result<Page<Model>> {
    member.require(Action::ReadEvents)?;
    let mut query = of_workspace(member.workspace.id).limit(window.limit + 1);
    if let Some(after) = window.after {
        query = query.filter(Column::Number.gt(after));
    }
    if let Some(before) = window.before {
        query = query.filter(Column::Number.lt(before));
    }
    let query = if window.from_end { query.order_by_desc(Column::Number) } else { query.order_by_asc(Column::Number) };
    Ok(Page::cut(query.all(&app.db).await?, window))
}

/// How many events the workspace's audit log has.
pub async fn count(app: &App, member: &Member) -> Result<u64> {
    use sea_orm::PaginatorTrait;
    member.require(Action::ReadEvents)?;
    Ok(of_workspace(member.workspace.id).count(&app.db).await?)
}

/// The number that events have reached: whatever is numbered later has a greater one, also when the newest events are
/// deleted with their workspace.
pub async fn cursor(app: &App) -> Result<i64> {
    Ok(numbering::Entity::find().one(&app.db).await?.ok_or_else(no_row)?.reached)
}

fn no_row() -> DbErr {
    DbErr::RecordNotFound("the row of numbering".to_owned())
}

/// Some events; who may read them is for the caller to ask.
pub async fn find_all(app: &App, drawn: &[i64]) -> Result<Vec<Model>> {
    let wanted = Entity::find().filter(Column::Drawn.is_in(drawn.iter().copied()));
    Ok(wanted.filter(Column::Number.is_not_null()).all(&app.db).await?)
}

/// The events of one workspace's invitations with a number greater than `after`, in order, at most `limit`.
pub async fn of_invitations(app: &App, workspace_id: Uuid, after: i64, limit: u64) -> Result<Vec<Model>> {
    Ok(of_workspace(workspace_id)
        .filter(Column::Number.gt(after))
        .filter(Column::InvitationId.is_not_null())
        .filter(Column::Status.is_not_null())
        .order_by_asc(Column::Number)
        .limit(limit)
        .all(&app.db)
        .await?)
}

/// What happened to one invitation and its mail, oldest first, the newest page of it; who may read it is for the caller to
/// ask.
pub async fn of_invitation(app: &App, invitation_id: Uuid) -> Result<Vec<Model>> {
    let newest = Entity::find()
        .filter(Column::InvitationId.eq(invitation_id))
        .order_by_desc(Column::Drawn)
        .limit(crate::page::MAX);
    let mut rows = newest.all(&app.db).await?;
    rows.reverse();
    Ok(rows)
}

/// Whether it may have changed a membership or the workspace itself; neither changes without such an event in its transaction.
pub fn concerns_members(event: &Model) -> bool {
    event.kind.starts_with("member.") || event.kind.starts_with("workspace.")
}

/// The names of the locations that were deleted while these invitations named them; one without any has no entry.
pub async fn dropped_locations(
    db: &impl ConnectionTrait,
    invitation_ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    let rows = Entity::find()
        .filter(Column::InvitationId.is_in(invitation_ids.iter().copied()))
        .filter(Column::Kind.eq(LOCATION_DROPPED))
        .order_by_asc(Column::Drawn)
        .all(db)
        .await?;
    let mut dropped: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in rows {
        if let (Some(id), Some(name)) = (row.invitation_id, state(&row, "before")) {
            dropped.entry(id).or_default().push(name);
        }
    }
    Ok(dropped)
}

/// The events of the invitations addressed to one person, in all workspaces that are there, with a number greater than
/// `after`, in order, at most `limit`; `email_key` is the address in its comparable form.
pub async fn of_invitations_to(app: &App, email_key: &str, after: i64, limit: u64) -> Result<Vec<Model>> {
    let invitations = Query::select()
        .column(invitation::Column::Id)
        .from(invitation::Entity)
        .and_where(invitation::Column::EmailKey.eq(email_key))
        .take();
    Ok(Entity::find()
        .filter(Column::InvitationId.in_subquery(invitations))
        .filter(Column::WorkspaceId.not_in_subquery(crate::workspace::deleted()))
        .filter(Column::Status.is_not_null())
        .filter(Column::Number.gt(after))
        .order_by_asc(Column::Number)
        .limit(limit)
        .all(&app.db)
        .await?)
}

/// Events of all workspaces with a number greater than `after`, in order, at most `limit`.
pub async fn since(app: &App, after: i64, limit: u64) -> Result<Vec<Model>> {
    Ok(Entity::find().filter(Column::Number.gt(after)).order_by_asc(Column::Number).limit(limit).all(&app.db).await?)
}

fn of_workspace(workspace_id: Uuid) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::WorkspaceId.eq(workspace_id)).filter(Column::Number.is_not_null())
}

/// What it was `before` or is `after`, in words; none when it was or is nothing, or the event changes nothing.
pub fn state(event: &Model, when: &str) -> Option<String> {
    match event.details.get(when)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// What happened, in one English sentence.
pub fn summary(event: &Model) -> String {
    let text = |name: &str| event.details.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
    match event.kind.as_str() {
        "workspace.created" => format!("The workspace {} was created.", text("name")),
        "workspace.renamed" => format!("The workspace {} was renamed to {}.", text("before"), text("after")),
        "workspace.language_changed" => "The language of the workspace's invitations was changed.".to_owned(),
        "workspace.handed_over" => format!("The ownership went from {} to {}.", text("before"), text("after")),
        "workspace.seats_changed" => "The number of seats was changed.".to_owned(),
        "workspace.deleted" => format!("The workspace {} was deleted.", text("name")),
        "workspace.deletion_cancelled" => format!("The deletion of {} was cancelled.", text("name")),
        "location.created" => format!("The location {} was created.", text("name")),
        "location.updated" => format!("The location {} was changed to {}.", text("before"), text("after")),
        "location.deleted" => format!("The location {} was deleted.", text("name")),
        "member.joined" => format!("{} joined as {}.", text("name"), text("role")),
        "member.updated" => format!("{} was changed from {} to {}.", text("name"), text("before"), text("after")),
        "member.removed" => format!("{} was removed.", text("name")),
        "member.left" => format!("{} left.", text("name")),
        "invitation.sent" => format!("{} was invited as {}.", text("email"), text("role")),
        "invitation.resent" => format!("The invitation of {} was sent again.", text("email")),
        "invitation.confirmed" => format!("{} pressed JOIN and has still to register.", text("email")),
        "invitation.accepted" => format!("{} accepted the invitation.", text("email")),
        "invitation.declined" => format!("{} declined the invitation.", text("email")),
        "invitation.link_requested" => format!("{} asked for a fresh link.", text("email")),
        "invitation.request_dismissed" => format!("The request of {} for a fresh link was dismissed.", text("email")),
        "invitation.kept" => format!("The workspace is there again, and with it the invitation of {}.", text("email")),
        "invitation.revoked" => format!("The invitation of {} was revoked.", text("email")),
        LOCATION_DROPPED => {
            let (location, email) = (text("location"), text("email"));
            format!("The location {location} was deleted; it is no longer part of the invitation of {email}.")
        }
        "invitation.expired" => format!("The invitation of {} expired.", text("email")),
        "delivery.sent" => format!("The mail server took the invitation of {}.", text("email")),
        "delivery.retrying" => format!("The invitation of {} could not be sent yet: {}", text("email"), text("error")),
        "delivery.retried" => format!("The operator has the invitation of {} sent again now.", text("email")),
        "delivery.failed" => format!("The invitation of {} could not be sent: {}", text("email"), text("error")),
        "delivery.cancelled" => format!("The mail to {} was cancelled; it was no longer wanted.", text("email")),
        kind => kind.to_owned(),
    }
}
