//! Sending many invitations: each row stands for itself, and a repeat with the same idempotency key gets the answer of
//! the first time and mails nobody.

use std::collections::HashSet;

use chrono::TimeDelta;
use entity::{
    bulk_send::{Column as BulkColumn, Entity as BulkSend, Model as BulkRow},
    invitation::{self, Column, InvitableRole},
    invitation_location, membership,
    outbox::Status as Delivery,
    user,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Invitation, allowance, expire, name, opt_out, seated,
    send::{self, Draft, Row},
};
use crate::{
    App, Code, Error, Result, UserError,
    db::{self, Conflict},
    event::{self, Event},
    location,
    membership::Member,
    outbox::Batch,
    policy::Action,
    session::Viewer,
    workspace::seats,
};

/// The most rows one bulk send may have.
pub const MAX_ROWS: usize = 1_000;
/// The longest idempotency key, in characters.
const KEY_MAX: usize = 200;
/// How long a repeat gets the same answer.
const KEY_TTL: TimeDelta = TimeDelta::hours(24);
/// Rows a statement: both databases bound the parameters of one.
const CHUNK: usize = 500;

/// What became of a row, as it is kept for a repeat.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Outcome {
    Sent(Uuid),
    Refused(Vec<UserError>),
}

/// Invites many people. A row that cannot be sent tells why and stops no other. TOO_MANY_ROWS for more than 1,000 rows,
/// INVALID_INPUT at `idempotencyKey` when the key was used with other rows; Forbidden for a member without the right.
pub async fn send_all(
    app: &App,
    viewer: &Viewer,
    workspace_id: Uuid,
    rows: &[Row],
    key: Option<&str>,
) -> Result<(Vec<Result<Invitation, Vec<UserError>>>, Member)> {
    let member = Member::load(app, viewer.user.id, workspace_id).await?;
    for role in roles(rows) {
        member.require(Action::Invite(role))?;
    }
    member.require(Action::ManageInvitations)?;
    if rows.len() > MAX_ROWS {
        return Err(too_many_rows(rows.len()));
    }
    let key = key.map(check_key).transpose()?;
    let hash = hash(rows)?;
    let mut outcomes = earlier(app, &member, key, &hash).await?;
    if outcomes.is_none() {
        outcomes = write(app, &member, rows, key, &hash).await?;
    }
    if outcomes.is_none() {
        // The same request came twice at once and the other was first.
        outcomes = earlier(app, &member, key, &hash).await?;
    }
    let outcomes = outcomes.ok_or_else(|| Error::internal("a bulk send ran into one that left no answer"))?;
    Ok((answer(app, outcomes).await?, member))
}

/// The roles that rows ask for, each once.
pub(super) fn roles(rows: &[Row]) -> HashSet<InvitableRole> {
    rows.iter().map(|row| row.role).collect()
}

pub(super) fn too_many_rows(count: usize) -> Error {
    let message = format!("One bulk send has at most {MAX_ROWS} rows; this one has {count}.");
    Error::user(Code::TooManyRows, &["invitations"], message)
}

fn check_key(key: &str) -> Result<&str> {
    if (1..=KEY_MAX).contains(&key.chars().count()) && !key.chars().any(char::is_control) {
        return Ok(key);
    }
    let message = format!("An idempotency key has 1 to {KEY_MAX} characters and no control characters.");
    Err(Error::user(Code::InvalidInput, &["idempotencyKey"], message))
}

fn hash(rows: &[Row]) -> Result<Vec<u8>> {
    Ok(Sha256::digest(serde_json::to_vec(rows).map_err(Error::internal)?).to_vec())
}

/// The answer of an earlier send with the same key, if there was one within 24 hours.
async fn earlier(app: &App, member: &Member, key: Option<&str>, hash: &[u8]) -> Result<Option<Vec<Outcome>>> {
    let Some(key) = key else { return Ok(None) };
    let id = (member.workspace.id, member.membership.user_id, key.to_owned());
    let found =
        BulkSend::find_by_id(id).filter(BulkColumn::CreatedAt.gt(app.clock.now() - KEY_TTL)).one(&app.db).await?;
    match found {
        None => Ok(None),
        Some(found) if found.rows_hash == hash => {
            Ok(Some(serde_json::from_value(found.results).map_err(Error::internal)?))
        }
        Some(_) => {
            let message = "This idempotency key was used with other rows in the last 24 hours.";
            Err(Error::user(Code::InvalidInput, &["idempotencyKey"], message))
        }
    }
}

/// Writes everything in one transaction; none when another request with the same key was first.
async fn write(
    app: &App,
    member: &Member,
    rows: &[Row],
    key: Option<&str>,
    hash: &[u8],
) -> Result<Option<Vec<Outcome>>> {
    let location_ids: Vec<Uuid> = rows.iter().flat_map(|row| row.location_ids.iter().copied()).collect();
    let known = location::known(&app.db, member.workspace.id, &location_ids).await?;
    let now = app.clock.now();
    let drafts: Vec<Drafted> = rows
        .iter()
        .enumerate()
        .map(|(position, row)| send::draft(app, member, row, &known, &["invitations", &position.to_string()], now))
        .collect();
    let drafts = allowance::within(app, member, drafts).await?;
    let mut batch = Batch::new(app, drafts.len().max(1));
    let tx = db::begin_write(&app.db).await?;
    for role in roles(rows) {
        member.hold(&tx, Action::Invite(role)).await?;
    }
    if let Some(key) = key
        && !take_key(app, &tx, member, key, hash).await?
    {
        return Ok(None);
    }
    let sent = insert(app, &tx, member, &drafts, &mut batch).await?;
    let outcomes = outcomes(&drafts, &sent);
    if let Some(key) = key {
        BulkSend::update_many()
            .col_expr(BulkColumn::Results, Expr::value(serde_json::to_value(&outcomes).map_err(Error::internal)?))
            .filter(BulkColumn::WorkspaceId.eq(member.workspace.id))
            .filter(BulkColumn::SenderId.eq(member.membership.user_id))
            .filter(BulkColumn::Key.eq(key))
            .exec(&tx)
            .await?;
    }
    tx.commit().await?;
    batch.post();
    Ok(Some(outcomes))
}

/// Writes the key first, so that a repeat at the same time waits for this transaction and then finds its answer.
async fn take_key(app: &App, tx: &DatabaseTransaction, member: &Member, key: &str, hash: &[u8]) -> Result<bool> {
    let now = app.clock.now();
    BulkSend::delete_many()
        .filter(BulkColumn::WorkspaceId.eq(member.workspace.id))
        .filter(BulkColumn::SenderId.eq(member.membership.user_id))
        .filter(BulkColumn::Key.eq(key))
        .filter(BulkColumn::CreatedAt.lte(now - KEY_TTL))
        .exec(tx)
        .await?;
    let row = BulkRow {
        workspace_id: member.workspace.id,
        sender_id: member.membership.user_id,
        key: key.to_owned(),
        rows_hash: hash.to_vec(),
        results: serde_json::json!([]),
        created_at: now,
    };
    match BulkSend::insert(row.into_active_model()).exec_without_returning(tx).await {
        Ok(_) => Ok(true),
        Err(error) if db::conflict(&error) == Some(Conflict::Unique) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A row as it can be written, or what is wrong with it.
pub(super) type Drafted = Result<Draft, Vec<UserError>>;
type Drafts = [Drafted];

/// What the database let in, who was a member already, and who asked not to be written to.
struct Sent {
    ids: HashSet<Uuid>,
    members: HashSet<String>,
    opted_out: HashSet<String>,
    seatless: HashSet<String>,
}

async fn insert(
    app: &App,
    tx: &DatabaseTransaction,
    member: &Member,
    drafts: &Drafts,
    batch: &mut Batch<'_>,
) -> Result<Sent> {
    let now = app.clock.now();
    let good: Vec<&Draft> = drafts.iter().flatten().collect();
    let keys: Vec<&str> = good.iter().map(|draft| draft.row.email_key.as_str()).collect();
    // The workspace is held before its invitations, as whoever else takes a seat does.
    let left = match member.workspace.seats {
        Some(_) => seats::left(app, tx, member.workspace.id).await?,
        None => None,
    };
    expire::close_addresses(app, tx, member.workspace.id, &keys).await?;
    let members = members_among(tx, member.workspace.id, &keys).await?;
    let opted_out = opt_out::among(tx, member.workspace.id, &keys).await?;
    let unwanted = |key: &String| members.contains(key) || opted_out.contains(key);
    let mut wanted: Vec<&&Draft> = good.iter().filter(|draft| !unwanted(&draft.row.email_key)).collect();
    let seatless = seated::without(tx, member, left, &mut wanted).await?;
    // In one order for everybody: two bulk sends that share addresses wait for each other instead of for ever. The sort
    // keeps the first of two equal addresses first.
    wanted.sort_by(|a, b| a.row.email_key.cmp(&b.row.email_key));
    wanted.dedup_by(|later, first| later.row.email_key == first.row.email_key);
    let mut ids = HashSet::new();
    for chunk in wanted.chunks(CHUNK) {
        let rows = chunk.iter().map(|draft| draft.row.clone().into_active_model());
        let nothing = OnConflict::new().do_nothing().to_owned();
        invitation::Entity::insert_many(rows).on_conflict(nothing).exec_without_returning(tx).await?;
        let written: Vec<Uuid> = invitation::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.is_in(chunk.iter().map(|draft| draft.row.id)))
            .into_tuple()
            .all(tx)
            .await?;
        ids.extend(written);
    }
    let sent: Vec<&&Draft> = good.iter().filter(|draft| ids.contains(&draft.row.id)).collect();
    let locations: Vec<_> = sent.iter().flat_map(|draft| draft.location_rows()).collect();
    for chunk in locations.chunks(CHUNK) {
        let written = invitation_location::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await;
        written.map_err(location_gone)?;
    }
    for draft in &sent {
        batch.invite(&draft.row);
    }
    batch.write(tx).await?;
    let sender = Some(member.membership.user_id);
    let events = sent.iter().map(|draft| {
        let sent = Event::of_invitation("invitation.sent", &draft.row, sender, Delivery::Queued);
        sent.changing(Value::Null, name(draft.row.status))
    });
    event::record(tx, now, events).await?;
    Ok(Sent { ids, members, opted_out, seatless })
}

/// The locations were read a moment ago; nothing is written, and sending again tells which row names the one that is gone.
fn location_gone(error: DbErr) -> Error {
    match db::conflict(&error) {
        Some(Conflict::Reference) => {
            let message = "A location has just been deleted; nothing was sent. Send again.";
            Error::user(Code::LocationNotFound, &["invitations"], message)
        }
        _ => error.into(),
    }
}

/// Those of the addresses, in their comparable form, whose person is a member of the workspace.
pub(super) async fn members_among(
    tx: &impl ConnectionTrait,
    workspace_id: Uuid,
    keys: &[&str],
) -> Result<HashSet<String>> {
    let mut members = HashSet::new();
    for chunk in keys.chunks(CHUNK) {
        let found: Vec<String> = membership::Entity::find()
            .inner_join(user::Entity)
            .select_only()
            .column(user::Column::EmailKey)
            .filter(membership::Column::WorkspaceId.eq(workspace_id))
            .filter(user::Column::EmailKey.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(tx)
            .await?;
        members.extend(found);
    }
    Ok(members)
}

fn outcomes(drafts: &Drafts, sent: &Sent) -> Vec<Outcome> {
    let outcome = |(position, draft): (usize, &Result<Draft, Vec<UserError>>)| {
        let position = position.to_string();
        let at = ["invitations", position.as_str()];
        match draft {
            Ok(draft) if sent.ids.contains(&draft.row.id) => Outcome::Sent(draft.row.id),
            Ok(draft) if sent.members.contains(&draft.row.email_key) => {
                Outcome::Refused(vec![send::already_member(&at)])
            }
            Ok(draft) if sent.opted_out.contains(&draft.row.email_key) => {
                Outcome::Refused(vec![send::recipient_opted_out(&at)])
            }
            Ok(draft) if sent.seatless.contains(&draft.row.email_key) => {
                Outcome::Refused(vec![seats::limit_reached(&at)])
            }
            Ok(_) => Outcome::Refused(vec![send::already_invited(&at)]),
            Err(errors) => Outcome::Refused(errors.clone()),
        }
    };
    drafts.iter().enumerate().map(outcome).collect()
}

async fn answer(app: &App, outcomes: Vec<Outcome>) -> Result<Vec<Result<Invitation, Vec<UserError>>>> {
    let ids: Vec<Uuid> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Sent(id) => Some(*id),
            Outcome::Refused(_) => None,
        })
        .collect();
    let mut sent = std::collections::HashMap::new();
    for chunk in ids.chunks(CHUNK) {
        sent.extend(super::load(&app.db, chunk).await?);
    }
    outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Sent(id) => {
                sent.remove(&id).map(Ok).ok_or_else(|| Error::internal("an invitation that was sent is gone"))
            }
            Outcome::Refused(errors) => Ok(Err(errors)),
        })
        .collect()
}
