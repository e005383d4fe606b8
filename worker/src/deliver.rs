//! One job: take its rows, drop those no longer wanted, render, send, record. The fence decides who may: a row that is
//! not taken is not sent, and a result whose fence has passed to somebody else is not recorded.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use domain::{App, Result, outbox::Claimed};
use entity::outbox::{Column, Entity, Model, Status};
use futures::{
    FutureExt,
    future::{join, join_all},
};
use metrics::gauge;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use tokio::{sync::mpsc, time::sleep};
use tracing::Instrument;
use uuid::Uuid;

use crate::{
    mailer::Mailer,
    message,
    outcome::{self, Outcome},
    pusher::JOB_SIZE,
    reason,
    subjects::Subjects,
    wording::MailSettings,
};

/// How soon a record that failed is tried again; then twice as long each time.
const RECORD_AGAIN: Duration = Duration::from_millis(100);

/// Delivers the mails of jobs.
pub struct Delivery {
    app: App,
    mailer: Mailer,
    settings: MailSettings,
}

impl Delivery {
    /// Renders with `settings` and sends with `mailer`.
    pub fn new(app: App, mailer: Mailer, settings: MailSettings) -> Self {
        Self { app, mailer, settings }
    }

    /// Delivers those of `claimed` that are still this job's. An error means that the database is away; the mails come
    /// back when their lease ends.
    pub async fn deliver(&self, claimed: &[Claimed]) -> Result<()> {
        let taken = Instant::now();
        let rows = take(&self.app, claimed).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let subjects = match Subjects::load(&self.app.db, &rows).await {
            Ok(subjects) => subjects,
            Err(error) => return self.give_back(rows).await.and(Err(error)),
        };
        let attempts = rows.into_iter().map(|row| {
            let span = tracing::info_span!("mail", id = %row.id, kind = ?row.kind, request = row.request_id);
            self.attempt(row, &subjects, taken).instrument(span)
        });
        as_they_come(attempts, |done| self.record(done, taken)).await
    }

    /// Records what was done, again and again for as long as the rows are still ours: a record that is lost sends its mails
    /// a second time.
    async fn record(&self, done: Vec<(Model, Outcome)>, taken: Instant) -> Result<()> {
        let mut pause = RECORD_AGAIN;
        loop {
            match outcome::record(&self.app, &done).await {
                Err(error) if taken.elapsed() + pause < self.app.mail.lease => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        mails = done.len(),
                        "what became of mails could not be recorded yet"
                    );
                    sleep(pause).await;
                    pause *= 2;
                }
                answer => return answer,
            }
        }
    }

    /// Nothing was begun for these rows: what their mails tell of could not be read.
    async fn give_back(&self, rows: Vec<Model>) -> Result<()> {
        let outcomes = rows.into_iter().map(|row| (row, Outcome::NotBegun(reason::UNREAD.to_owned())));
        outcome::record(&self.app, &outcomes.collect::<Vec<_>>()).await
    }

    async fn attempt(&self, row: Model, subjects: &Subjects, taken: Instant) -> (Model, Outcome) {
        let _in_flight = InFlight::new();
        let outcome = caught(self.send(&row, subjects, taken)).await;
        match &outcome {
            Outcome::Sent => tracing::info!(attempt = row.attempts, "mail sent"),
            Outcome::Passing(error) | Outcome::NotBegun(error) => {
                tracing::warn!(attempt = row.attempts, error, "mail could not be sent yet");
            }
            Outcome::Permanent(error) => tracing::error!(attempt = row.attempts, error, "mail was refused"),
            Outcome::Cancelled | Outcome::Interrupted => {}
        }
        (row, outcome)
    }

    async fn send(&self, row: &Model, subjects: &Subjects, taken: Instant) -> Outcome {
        if !subjects.wants(row, self.app.clock.now()) {
            return Outcome::Cancelled;
        }
        // The database kept us waiting. With the dialogue, the lease could end in the middle of it, and another begin.
        if taken.elapsed() > self.app.mail.begin_within() {
            return Outcome::NotBegun(reason::NO_TIME.to_owned());
        }
        match message::compose(&self.app, &self.settings, row, subjects) {
            Ok(mail) => self.mailer.send(&mail).await.without(&mail.link),
            // A template or a key can be put right; until then the mail waits.
            Err(error) => Outcome::NotBegun(error.to_string()),
        }
    }
}

/// A mail in hand; dropping it lets it go, however the attempt ends.
struct InFlight;

impl InFlight {
    fn new() -> Self {
        gauge!("usher_mails_in_flight").increment(1.0);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!("usher_mails_in_flight").decrement(1.0);
    }
}

/// A panic ends the handling of its mail alone. It uses an attempt up, so that a mail which causes it has an end.
async fn caught(handling: impl Future<Output = Outcome>) -> Outcome {
    let handled = AssertUnwindSafe(handling).catch_unwind().await;
    handled.unwrap_or_else(|_| Outcome::Passing(reason::NOT_HANDLED.to_owned()))
}

/// Does all of it at once and records what is done while the rest goes on: what is done by the time the last record is
/// written goes into the next one. An error stops no other record; the first one is answered.
async fn as_they_come<T, R: Future<Output = Result<()>>>(
    tasks: impl IntoIterator<Item = impl Future<Output = T>>,
    record: impl Fn(Vec<T>) -> R,
) -> Result<()> {
    let (done, mut unrecorded) = mpsc::unbounded_channel();
    let work = join_all(tasks.into_iter().map(|task| {
        let done = done.clone();
        // It cannot fail: the receiver lives until the last sender is gone.
        task.map(move |result| drop(done.send(result)))
    }));
    drop(done);
    let recording = async {
        let mut answer = Ok(());
        loop {
            let mut group = Vec::with_capacity(JOB_SIZE);
            if unrecorded.recv_many(&mut group, JOB_SIZE).await == 0 {
                return answer;
            }
            let recorded = record(group).await;
            answer = answer.and(recorded);
        }
    };
    // The work first, so that what is done at once is recorded together.
    join(work, recording).await.1
}

/// Takes the rows whose fence is still the job's and which still wait: SENDING, with a fresh lease and one more attempt.
async fn take(app: &App, claimed: &[Claimed]) -> Result<Vec<Model>> {
    let now: DateTime<Utc> = app.clock.now();
    Ok(Entity::update_many()
        .col_expr(Column::Status, Expr::value(Status::Sending))
        .col_expr(Column::AvailableAt, Expr::value(now + app.mail.lease))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(fenced(claimed.iter().map(|mail| (mail.id, mail.claim))))
        .filter(Column::Status.is_in([Status::Queued, Status::Retrying]))
        .exec_with_returning(&app.db)
        .await?)
}

/// The rows with these ids whose fences are still these.
pub(crate) fn fenced(fences: impl Iterator<Item = (Uuid, i32)>) -> Condition {
    fences.fold(Condition::any(), |any, (id, claim)| any.add(Column::Id.eq(id).and(Column::Claim.eq(claim))))
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Mutex, time::Duration};

    use domain::Error;
    use futures::future::Either;
    use tokio::{sync::Notify, time::timeout};

    use super::{Outcome, as_they_come, caught};

    #[tokio::test]
    async fn a_panic_is_a_passing_failure_of_its_mail_alone() {
        let panics = caught(async { panic!("as a bug would") });
        assert_eq!(panics.await, Outcome::Passing("handling this mail failed".to_owned()));
        assert_eq!(caught(async { Outcome::Sent }).await, Outcome::Sent);
    }

    #[tokio::test]
    async fn what_is_done_is_recorded_while_others_are_silent() {
        let records = Mutex::new(Vec::new());
        let record = async |group: Vec<u8>| {
            records.lock().expect("no panic").push(group);
            Ok(())
        };
        let silent = (0..4).map(|n| if n == 2 { Either::Left(pending()) } else { Either::Right(async move { n }) });
        assert!(timeout(Duration::from_millis(50), as_they_come(silent, record)).await.is_err());
        assert_eq!(*records.lock().expect("no panic"), [[0, 1, 3]]);
    }

    #[tokio::test]
    async fn a_record_that_fails_or_takes_its_time_stops_no_other() {
        let (first_failed, second_done) = (Notify::new(), Notify::new());
        let (first_failed, second_done) = (&first_failed, &second_done);
        let records = Mutex::new(Vec::new());
        let tasks = (0..2).map(|n| async move {
            if n == 1 {
                first_failed.notified().await;
                second_done.notify_one();
            }
            n
        });
        let record = async |group: Vec<u8>| {
            records.lock().expect("no panic").push(group.clone());
            if group == [0] {
                first_failed.notify_one();
                // The dialogues go on meanwhile.
                second_done.notified().await;
                return Err(Error::internal("the database is away"));
            }
            Ok(())
        };
        let answer = timeout(Duration::from_secs(20), as_they_come(tasks, record)).await.expect("nothing waits");
        assert!(answer.is_err());
        assert_eq!(*records.lock().expect("no panic"), [[0], [1]]);
    }
}
