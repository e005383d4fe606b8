//! One job: take its rows, drop those no longer wanted, render, send, record. The fence decides who may: a row that is
//! not taken is not sent, and a result whose fence has passed to somebody else is not recorded.

use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    slice,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use domain::{
    App, Result,
    outbox::{Claimed, has_status},
};
use entity::outbox::{Column, Entity, Model, Status};
use futures::{FutureExt, future::join_all};
use metrics::gauge;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use tokio::sync::Semaphore;
use tracing::Instrument;
use uuid::Uuid;

use crate::{
    IN_FLIGHT, in_time, mailer::Mailer, message, outcome::Outcome, reason, recorder::Recorder, subjects::Subjects,
    wording::MailSettings,
};

/// For how long what mails speak of is taken to be as it was read. Each mail waits a moment for its turn when there are many.
const FRESH: Duration = Duration::from_millis(200);

/// Delivers the mails of jobs.
pub struct Delivery {
    app: App,
    mailer: Mailer,
    settings: MailSettings,
    recorder: Recorder,
    /// For mails between the beginning of their dialogue and their record; closed by a stop.
    in_flight: Semaphore,
}

impl Delivery {
    /// Renders with `settings` and sends with `mailer`.
    pub fn new(app: App, mailer: Mailer, settings: MailSettings) -> Self {
        let in_flight = Semaphore::new(IN_FLIGHT);
        Self { recorder: Recorder::new(app.clone()), app, mailer, settings, in_flight }
    }

    /// Begins no dialogue any more: mails that have none yet are given back, for another worker or the next start.
    pub(crate) fn stop(&self) {
        self.mailer.stop();
        self.in_flight.close();
    }

    /// Delivers those of `claimed` that are still this job's. An error means that the database is away; the mails come
    /// back when their lease ends.
    pub async fn deliver(&self, claimed: &[Claimed]) -> Result<()> {
        let taken = Instant::now();
        let rows = in_time(&self.app, take(&self.app, claimed)).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let subjects = match in_time(&self.app, Subjects::load(&self.app.db, &rows)).await {
            Ok(subjects) => subjects,
            Err(error) => return self.give_back(rows, taken).await.and(Err(error)),
        };
        let attempts = rows.into_iter().map(|row| {
            let span = tracing::info_span!("mail", id = %row.id, kind = ?row.kind, request = row.request_id);
            self.attempt(row, &subjects, taken).instrument(span)
        });
        join_all(attempts).await.into_iter().collect()
    }

    /// Nothing was begun for these rows: what their mails tell of could not be read.
    async fn give_back(&self, rows: Vec<Model>, taken: Instant) -> Result<()> {
        let unread = || Outcome::NotBegun(reason::UNREAD.to_owned());
        let records = rows.into_iter().map(|row| self.recorder.record(row, unread(), taken));
        join_all(records).await.into_iter().collect()
    }

    async fn attempt(&self, row: Model, subjects: &Subjects, taken: Instant) -> Result<()> {
        let until_recorded = self.in_flight.acquire().await;
        let outcome = match until_recorded {
            Ok(_) => caught(self.send(&row, subjects, taken)).await,
            Err(_) => Outcome::GivenBack,
        };
        log(&row, &outcome);
        self.recorder.record(row, outcome, taken).await
    }

    async fn send(&self, row: &Model, subjects: &Subjects, taken: Instant) -> Outcome {
        let _sending = Sending::new();
        if !subjects.wants(row, self.app.clock.now()) {
            return Outcome::Cancelled;
        }
        // The database, or the mails before it, kept it waiting. With the dialogue, the lease could end in the middle of it, and
        // another begin.
        if taken.elapsed() > self.app.mail.begin_within() {
            return Outcome::NotBegun(reason::NO_TIME.to_owned());
        }
        let slow = row.last_error.as_deref().filter(|error| reason::is_slow_recipient(error));
        match message::compose(&self.app, &self.settings, row, subjects) {
            Ok(mail) => {
                let is_wanted = self.is_still_wanted(row, taken);
                self.mailer.send(&mail, slow, is_wanted).await.without(&mail.link)
            }
            // A template or a key can be put right; until then the mail waits.
            Err(error) => Outcome::NotBegun(error.to_string()),
        }
    }

    /// Whether a mail is wanted that has waited for its turn since it was `taken`. A database that does not say so stops none.
    async fn is_still_wanted(&self, row: &Model, taken: Instant) -> bool {
        if taken.elapsed() < FRESH {
            return true;
        }
        let subjects = in_time(&self.app, Subjects::load(&self.app.db, slice::from_ref(row))).await;
        subjects.map_or(true, |subjects| subjects.wants(row, self.app.clock.now()))
    }
}

fn log(row: &Model, outcome: &Outcome) {
    match outcome {
        Outcome::Sent => tracing::info!(attempt = row.attempts, "mail sent"),
        Outcome::Passing(error) | Outcome::NotBegun(error) => {
            tracing::warn!(attempt = row.attempts, error, "mail could not be sent yet");
        }
        Outcome::Permanent(error) => tracing::error!(attempt = row.attempts, error, "mail was refused"),
        Outcome::Cancelled | Outcome::GivenBack | Outcome::Interrupted => {}
    }
}

/// A mail that is being sent, or waits for a connection; dropped however that ends.
struct Sending;

impl Sending {
    fn new() -> Self {
        gauge!("usher_mails_in_flight").increment(1.0);
        Self
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        gauge!("usher_mails_in_flight").decrement(1.0);
    }
}

/// A panic ends the handling of its mail alone. It uses an attempt up, so that a mail which causes it has an end.
async fn caught(handling: impl Future<Output = Outcome>) -> Outcome {
    let handled = AssertUnwindSafe(handling).catch_unwind().await;
    handled.unwrap_or_else(|_| Outcome::Passing(reason::NOT_HANDLED.to_owned()))
}

/// Takes the rows whose fence is still the job's and which still wait: SENDING, with a fresh lease and one more attempt.
async fn take(app: &App, claimed: &[Claimed]) -> Result<Vec<Model>> {
    let now: DateTime<Utc> = app.clock.now();
    Ok(Entity::update_many()
        .col_expr(Column::Status, Expr::value(Status::Sending))
        .col_expr(Column::AvailableAt, Expr::value(now + app.mail.lease))
        .col_expr(Column::RetryAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(fenced(claimed.iter().map(|mail| (mail.id, mail.claim))))
        .filter(has_status([Status::Queued, Status::Retrying]))
        .exec_with_returning(&app.db)
        .await?)
}

/// The rows with these ids whose fences are still these. By fence, of which a job has one or two: PostgreSQL reads a list of
/// ids in one go, and plans pairs one by one.
pub(crate) fn fenced(fences: impl Iterator<Item = (Uuid, i32)>) -> Condition {
    let mut by_claim: BTreeMap<i32, Vec<Uuid>> = BTreeMap::new();
    for (id, claim) in fences {
        by_claim.entry(claim).or_default().push(id);
    }
    by_claim
        .into_iter()
        .fold(Condition::any(), |any, (claim, ids)| any.add(Column::Claim.eq(claim).and(Column::Id.is_in(ids))))
}

#[cfg(test)]
mod tests {
    use super::{Outcome, caught};

    #[tokio::test]
    async fn a_panic_is_a_passing_failure_of_its_mail_alone() {
        let panics = caught(async { panic!("as a bug would") });
        assert_eq!(panics.await, Outcome::Passing("handling this mail failed".to_owned()));
        assert_eq!(caught(async { Outcome::Sent }).await, Outcome::Sent);
    }
}
