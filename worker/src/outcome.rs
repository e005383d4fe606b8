//! What became of an attempt, and its record: status and event in one transaction, fenced by the claim.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    App, Result, db,
    doorbell::Bell,
    event::{self, Event},
    invitation::{OPEN, status_at},
    mail,
    outbox::{self, has_status},
};
use entity::{
    invitation,
    outbox::{Column, Entity, Failure, Kind, Model, Status},
};
use metrics::{counter, histogram};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{deliver::fenced, in_time, reason::INTERRUPTED};

/// The longest error that is kept, in characters.
const ERROR_MAX: usize = 300;

/// How long a mail is tried that cannot even be begun.
const NOT_BEGUN_MAX: TimeDelta = TimeDelta::days(7);

/// So many characters of a token in a row are no accident.
const PIECE: usize = 8;

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The mail server took it.
    Sent,
    /// No longer wanted; nothing was sent.
    Cancelled,
    /// Nothing was said to the mail server, for a reason of ours that can be put right; which. It uses no attempt up, and
    /// has its end after a week.
    NotBegun(String),
    /// Nothing was said to the mail server, because the worker stops: it is as if the mail had not been taken.
    GivenBack,
    /// Nobody knows: whoever had it in hand was gone before its lease ended.
    Interrupted,
    /// It failed, but may work later: the mail server's words, or what happened instead of an answer.
    Passing(String),
    /// It will never work; why.
    Permanent(String),
}

impl Outcome {
    /// The same without what its words repeat of a link, whole or cut: it lets in whoever reads it.
    pub(crate) fn without(self, link: &str) -> Self {
        let without = |words: String| words_without(&words, link);
        match self {
            Self::NotBegun(words) => Self::NotBegun(without(words)),
            Self::Passing(words) => Self::Passing(without(words)),
            Self::Permanent(words) => Self::Permanent(without(words)),
            Self::Sent | Self::Cancelled | Self::GivenBack | Self::Interrupted => self,
        }
    }
}

/// Puts "…" for each run of letters that has PIECE of them in a row with the last part of a link, its token.
fn words_without(words: &str, link: &str) -> String {
    let token = link.rsplit('/').next().unwrap_or_default();
    let of_token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let tells =
        |run: &str| run.as_bytes().windows(PIECE).any(|piece| token.as_bytes().windows(PIECE).any(|of| of == piece));
    let mut kept = String::with_capacity(words.len());
    let mut rest = words;
    while !rest.is_empty() {
        let (run, after) = rest.split_at(rest.find(|c| !of_token(c)).unwrap_or(rest.len()));
        kept.push_str(if tells(run) { "…" } else { run });
        let (between, next) = after.split_at(after.find(of_token).unwrap_or(after.len()));
        kept.push_str(between);
        rest = next;
    }
    kept
}

/// What is written of a row.
struct Record {
    status: Status,
    attempts: i32,
    interruptions: i32,
    available_at: DateTime<Utc>,
    last_error: Option<String>,
    failures: Option<Json>,
    finished_at: Option<DateTime<Utc>>,
}

impl Record {
    fn new(app: &App, row: &Model, outcome: &Outcome, now: DateTime<Utc>) -> Self {
        match outcome {
            Outcome::Sent => Self::plain(row, Status::Sent, None, Some(now)),
            // No dialogue was begun after all, nor in the next one.
            Outcome::Cancelled => Self {
                attempts: row.attempts - 1,
                ..Self::plain(row, Status::Cancelled, row.last_error.clone(), Some(now))
            },
            Outcome::GivenBack => {
                let status = if row.failures.is_none() { Status::Queued } else { Status::Retrying };
                let attempts = row.attempts - 1;
                Self { attempts, available_at: now, ..Self::plain(row, status, row.last_error.clone(), None) }
            }
            Outcome::NotBegun(error) => {
                // It looks so again and again for as long as the mail is wanted: written down once.
                let written = if row.last_error.as_deref() == Some(&*shortened(error)) {
                    Self::plain(row, Status::Retrying, row.last_error.clone(), None)
                } else {
                    Self::failed(row, error, now)
                };
                let record = Self { attempts: row.attempts - 1, available_at: now + backoff(app, row, 0), ..written };
                let since = not_begun_since(row);
                if since.is_some_and(|since| now - since >= NOT_BEGUN_MAX) { record.for_good(now) } else { record }
            }
            // It has waited for its lease to end already.
            Outcome::Interrupted => {
                let interruptions = row.interruptions + 1;
                let failed = Self { interruptions, ..Self::failed(row, INTERRUPTED, now) };
                failed.again(app, row, interruptions, app.mail.lease, now)
            }
            Outcome::Passing(error) => {
                Self::failed(row, error, now).again(app, row, row.attempts - row.interruptions, Duration::ZERO, now)
            }
            Outcome::Permanent(error) => Self::failed(row, error, now).for_good(now),
        }
    }

    fn plain(row: &Model, status: Status, last_error: Option<String>, finished_at: Option<DateTime<Utc>>) -> Self {
        Self {
            status,
            attempts: row.attempts,
            interruptions: row.interruptions,
            available_at: row.available_at,
            last_error,
            failures: row.failures.clone(),
            finished_at,
        }
    }

    fn failed(row: &Model, error: &str, now: DateTime<Utc>) -> Self {
        let error = shortened(error);
        let failures = Some(with_failure(row, &error, now));
        Self { failures, ..Self::plain(row, Status::Retrying, Some(error), None) }
    }

    /// Interruptions have their delays and their end apart from failures: they make no failure final. This is the one with
    /// the number `count`, and `waited` of its delay is over.
    fn again(self, app: &App, row: &Model, count: i32, waited: Duration, now: DateTime<Utc>) -> Self {
        if count >= app.mail.attempts {
            return self.for_good(now);
        }
        Self { available_at: now + backoff(app, row, count - 1).saturating_sub(waited), ..self }
    }

    fn for_good(self, now: DateTime<Utc>) -> Self {
        Self { status: Status::Failed, finished_at: Some(now), ..self }
    }

    /// A mail that became unwanted while it was in its dialogue is not tried again.
    fn unless_unwanted(self, row: &Model, invitation: Option<&invitation::Model>, now: DateTime<Utc>) -> Self {
        let unwanted = invitation.filter(|_| row.kind == Kind::Invitation).is_some_and(|invitation| {
            invitation.generation != row.generation || !OPEN.contains(&status_at(invitation, now))
        });
        if unwanted && self.status == Status::Retrying {
            return Self { status: Status::Cancelled, finished_at: Some(now), ..self };
        }
        self
    }
}

/// Since when the row's present attempt could not be begun; none when this is the first time. Each time has the number of that
/// attempt, because none of them uses it up.
fn not_begun_since(row: &Model) -> Option<DateTime<Utc>> {
    let failures = mail::failures(row);
    let of_this = failures.iter().rev().take_while(|failure| failure.attempts == row.attempts);
    of_this.last().map(|failure| failure.at)
}

/// The failures of a row with one more.
fn with_failure(row: &Model, error: &str, at: DateTime<Utc>) -> Json {
    let mut failures = row.failures.as_ref().and_then(Json::as_array).cloned().unwrap_or_default();
    failures.push(json!(Failure { at, attempts: row.attempts, error: error.to_owned() }));
    failures.into()
}

/// The delay before a mail is taken up again after so many others, give or take a fifth, so that mails which failed
/// together do not come back together. The id is random enough for that and needs no generator.
fn backoff(app: &App, row: &Model, others: i32) -> Duration {
    let jitter = (row.id.as_u128() >> others.clamp(0, 31)) % 401;
    let permille = 800 + u32::try_from(jitter).unwrap_or_default();
    (app.mail.retry_delay(others).saturating_mul(permille) / 1_000).min(app.mail.retry_max)
}

fn shortened(error: &str) -> String {
    error.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ERROR_MAX).collect()
}

/// Records what became of rows, but for those whose invitation somebody else holds just now: nobody waits for them, and
/// their ids are the answer. A row whose fence has passed to somebody else keeps what that one writes.
pub(crate) async fn record(app: &App, outcomes: &[(Model, Outcome)]) -> Result<HashSet<Uuid>> {
    in_time(app, record_free(app, outcomes)).await
}

async fn record_free(app: &App, outcomes: &[(Model, Outcome)]) -> Result<HashSet<Uuid>> {
    let now = app.clock.now();
    let tx = db::begin_write(&app.db).await?;
    let invitations = lock_invitations(&tx, outcomes.iter().map(|(row, _)| row)).await?;
    let held = held(&tx, outcomes.iter().map(|(row, _)| row), &invitations).await?;
    let records = outcomes.iter().filter(|(row, _)| !held.contains(&row.id)).map(|(row, outcome)| {
        let record = Record::new(app, row, outcome, now).unless_unwanted(row, of(&invitations, row), now);
        (row, record)
    });
    let (sent, others): (Vec<_>, Vec<_>) = records.partition(|(_, record)| record.status == Status::Sent);
    let mut recorded = write_sent(&tx, sent, now).await?;
    for (row, record) in others {
        if write(&tx, row, &record).await? {
            recorded.push((row, record));
        }
    }
    let events = recorded.iter().filter_map(|(row, record)| tell(of(&invitations, row)?, row, record));
    event::record(&tx, now, events).await?;
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    recorded.iter().for_each(|(row, record)| count(row, record, now));
    Ok(held)
}

/// Counts what was recorded: the attempt, and the mail when it is finished.
fn count(row: &Model, record: &Record, now: DateTime<Utc>) {
    let kind = row.kind.to_value();
    // Nothing was begun when the attempt was given back.
    if record.attempts == row.attempts {
        counter!("usher_mail_attempts_total", "kind" => kind.clone(), "outcome" => record.status.to_value())
            .increment(1);
    }
    if record.finished_at.is_some() {
        outbox::count_finished(row.kind, record.status);
    }
    if record.status == Status::Sent {
        let waited = (now - row.created_at).to_std().unwrap_or_default();
        histogram!("usher_mail_delivery_duration_seconds", "kind" => kind).record(waited);
    }
}

/// The invitations whose mails these are, but for those that somebody else holds. Their rows are held until the commit, so
/// that the status in the event is the one at that moment and one invitation's events keep their order.
async fn lock_invitations(
    tx: &DatabaseTransaction,
    rows: impl Iterator<Item = &Model>,
) -> Result<HashMap<Uuid, invitation::Model>> {
    let ids: Vec<Uuid> = rows.filter_map(invitation_of).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query =
        invitation::Entity::find().filter(invitation::Column::Id.is_in(ids)).order_by_asc(invitation::Column::Id);
    if tx.get_database_backend() == DbBackend::Postgres {
        query = query.lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked);
    }
    Ok(query.all(tx).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The rows whose invitation is there and not among the `locked`: somebody else holds it.
async fn held(
    tx: &DatabaseTransaction,
    rows: impl Iterator<Item = &Model>,
    locked: &HashMap<Uuid, invitation::Model>,
) -> Result<HashSet<Uuid>> {
    let missing: HashMap<Uuid, Uuid> =
        rows.filter_map(|row| Some((row.id, invitation_of(row)?))).filter(|(_, id)| !locked.contains_key(id)).collect();
    if missing.is_empty() {
        return Ok(HashSet::new());
    }
    let there: HashSet<Uuid> = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::Id)
        .filter(invitation::Column::Id.is_in(missing.values().copied()))
        .into_tuple()
        .all(tx)
        .await?
        .into_iter()
        .collect();
    Ok(missing.into_iter().filter(|(_, id)| there.contains(id)).map(|(row, _)| row).collect())
}

/// The invitation that the row delivers, by id.
fn invitation_of(row: &Model) -> Option<Uuid> {
    row.invitation_id.filter(|_| row.kind == Kind::Invitation)
}

/// The invitation whose mail this is.
fn of<'a>(invitations: &'a HashMap<Uuid, invitation::Model>, row: &Model) -> Option<&'a invitation::Model> {
    invitations.get(&row.invitation_id?)
}

/// Writes those that were sent, in one statement: they are many, and there is the same to write of each. Answers those
/// whose fence still held.
async fn write_sent<'a>(
    tx: &DatabaseTransaction,
    mut sent: Vec<(&'a Model, Record)>,
    now: DateTime<Utc>,
) -> Result<Vec<(&'a Model, Record)>> {
    if sent.is_empty() {
        return Ok(sent);
    }
    let mut update = Entity::update_many()
        .col_expr(Column::Claim, Expr::col(Column::Claim).add(1))
        .col_expr(Column::Status, Expr::value(Status::Sent))
        .col_expr(Column::LastError, Expr::value(None::<String>))
        .col_expr(Column::FinishedAt, Expr::value(now))
        .filter(fenced(sent.iter().map(|(row, _)| (row.id, row.claim))))
        .filter(has_status([Status::Sending]))
        .into_query();
    // The ids alone: the rest is known.
    let written = tx.query_all(update.returning_col(Column::Id)).await?;
    let written: HashSet<Uuid> = written.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    sent.retain(|(row, _)| written.contains(&row.id));
    Ok(sent)
}

async fn write(tx: &DatabaseTransaction, row: &Model, record: &Record) -> Result<bool> {
    let written = Entity::update_many()
        // The fence is given up: a job that comes twice finds nothing to take, also while the row waits to be retried.
        .col_expr(Column::Claim, Expr::col(Column::Claim).add(1))
        .col_expr(Column::Status, Expr::value(record.status))
        .col_expr(Column::Attempts, Expr::value(record.attempts))
        .col_expr(Column::Interruptions, Expr::value(record.interruptions))
        .col_expr(Column::AvailableAt, Expr::value(record.available_at))
        .col_expr(Column::RetryAt, Expr::value((record.status == Status::Retrying).then_some(record.available_at)))
        .col_expr(Column::LastError, Expr::value(record.last_error.clone()))
        .col_expr(Column::Failures, Expr::value(record.failures.clone()))
        .col_expr(Column::FinishedAt, Expr::value(record.finished_at))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Claim.eq(row.claim))
        .filter(has_status([Status::Sending]))
        .exec(tx)
        .await?;
    Ok(written.rows_affected == 1)
}

/// The event of a delivery, when it is the mail of the invitation's present generation.
fn tell(invitation: &invitation::Model, row: &Model, record: &Record) -> Option<Event> {
    let kind = match record.status {
        Status::Sent => "delivery.sent",
        Status::Retrying => "delivery.retrying",
        Status::Failed => "delivery.failed",
        Status::Cancelled => "delivery.cancelled",
        Status::Queued | Status::Sending => return None,
    };
    if row.kind != Kind::Invitation || row.generation != invitation.generation {
        return None;
    }
    // A mail that cannot be begun looks so again and again for as long as it is wanted: told once, it is no news.
    let not_begun = record.status == Status::Retrying && record.attempts < row.attempts;
    if not_begun && record.last_error == row.last_error {
        return None;
    }
    let mut event = Event::of_invitation(kind, invitation, None, record.status);
    if let Some(error) = &record.last_error {
        event.details["error"] = json!(error);
    }
    Some(event)
}
