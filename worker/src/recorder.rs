//! The recorder: what became of mails, written down together. Whatever has gathered while the last records were written
//! goes into the next one, of whichever job it is: under load a transaction carries many mails, and a single mail waits for
//! nothing.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use domain::{App, Error, Result};
use entity::outbox::Model;
use tokio::{
    sync::{Semaphore, oneshot},
    task::yield_now,
    time::sleep,
};

use crate::outcome::{self, Outcome};

/// How many groups are written at once: one that takes its time does not stop what is done after it.
const AT_ONCE: usize = 2;
/// How soon a record that could not be written is tried again; then twice as long each time, up to AGAIN_MAX.
const AGAIN: Duration = Duration::from_millis(100);
/// The longest pause between two tries.
const AGAIN_MAX: Duration = Duration::from_secs(1);

/// Records what became of mails.
pub(crate) struct Recorder {
    app: App,
    gathering: Gathering<(Model, Outcome)>,
}

impl Recorder {
    /// Into the outbox of `app`.
    pub(crate) fn new(app: App) -> Self {
        Self { app, gathering: Gathering::new() }
    }

    /// Records what became of a mail whose row was `taken` then. Tries again and again for as long as the row is ours, a lease:
    /// a record that is lost sends the mail a second time. An error means that the database was away until then, or somebody
    /// held the mail's invitation.
    pub(crate) async fn record(&self, row: Model, outcome: Outcome, taken: Instant) -> Result<()> {
        let mut mail = (row, outcome);
        let mut pause = AGAIN;
        loop {
            match self.gathering.add(mail, |group| self.write(group)).await {
                Some(Written::Yes) => return Ok(()),
                Some(Written::NotYet(given_back)) => mail = given_back,
                // Whoever wrote it was dropped in the middle, as a stop does.
                None => break,
            }
            if taken.elapsed() + pause >= self.app.mail.lease {
                break;
            }
            sleep(pause).await;
            pause = (pause * 2).min(AGAIN_MAX);
        }
        Err(Error::internal("what became of a mail could not be recorded"))
    }

    /// Answers for each whether it is written down.
    async fn write(&self, group: Vec<(Model, Outcome)>) -> Vec<Written<(Model, Outcome)>> {
        let held = outcome::record(&self.app, &group).await.inspect_err(|error| {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, mails = group.len(), "what became of mails could not be recorded yet");
        });
        let is_written = |row: &Model| held.as_ref().is_ok_and(|held| !held.contains(&row.id));
        let answer = |mail: (Model, Outcome)| if is_written(&mail.0) { Written::Yes } else { Written::NotYet(mail) };
        group.into_iter().map(answer).collect()
    }
}

/// What became of a thing that was to be written.
#[derive(Debug, PartialEq, Eq)]
enum Written<T> {
    Yes,
    /// It is given back.
    NotYet(T),
}

/// Things that are written together. Each one's owner hears whether it is written.
struct Gathering<T> {
    waiting: Mutex<Vec<(T, oneshot::Sender<Written<T>>)>>,
    turns: Semaphore,
}

impl<T> Gathering<T> {
    fn new() -> Self {
        Self { waiting: Mutex::default(), turns: Semaphore::new(AT_ONCE) }
    }

    /// Adds a thing, and answers what became of it: none when its writer is gone. Whoever's turn it is writes all that wait;
    /// `write` answers for each, in their order.
    async fn add<F: Future<Output = Vec<Written<T>>>>(
        &self,
        thing: T,
        write: impl FnOnce(Vec<T>) -> F,
    ) -> Option<Written<T>> {
        let (written, answer) = oneshot::channel();
        self.lock().push((thing, written));
        // Others of the same job that are done by now come first: theirs go into the same record.
        yield_now().await;
        if let Ok(_turn) = self.turns.acquire().await {
            let group = std::mem::take(&mut *self.lock());
            // Empty when somebody before us has written ours.
            if !group.is_empty() {
                let (things, hearers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
                for (hearer, is_written) in hearers.into_iter().zip(write(things).await) {
                    // One that is gone has no use for it.
                    let _ = hearer.send(is_written);
                }
            }
        }
        answer.await.ok()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(T, oneshot::Sender<Written<T>>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Mutex, time::Duration};

    use futures::future::join_all;
    use tokio::{sync::Notify, time::timeout};

    use super::{Gathering, Written};

    #[tokio::test]
    async fn what_is_done_is_recorded_while_others_are_silent() {
        let (gathering, records) = (Gathering::new(), Mutex::new(Vec::new()));
        let (gathering, records) = (&gathering, &records);
        let tasks = (0..4).map(|n| async move {
            if n == 2 {
                pending::<()>().await;
            }
            gathering
                .add(n, |group| async move {
                    let written = group.iter().map(|_| Written::Yes).collect();
                    records.lock().expect("no panic").push(group);
                    written
                })
                .await
        });
        assert!(timeout(Duration::from_millis(50), join_all(tasks)).await.is_err());
        assert_eq!(*records.lock().expect("no panic"), [[0, 1, 3]]);
    }

    #[tokio::test]
    async fn a_record_that_fails_or_takes_its_time_stops_no_other() {
        let (gathering, records) = (Gathering::new(), Mutex::new(Vec::new()));
        let (first_begun, second_done) = (Notify::new(), Notify::new());
        let (gathering, records, first_begun, second_done) = (&gathering, &records, &first_begun, &second_done);
        let tasks = (0..2).map(|n| async move {
            if n == 1 {
                first_begun.notified().await;
            }
            gathering
                .add(n, |group| async move {
                    let is_first = group == [0];
                    records.lock().expect("no panic").push(group);
                    if is_first {
                        first_begun.notify_one();
                        // The other one is done and written meanwhile.
                        second_done.notified().await;
                        return vec![Written::NotYet(0)];
                    }
                    second_done.notify_one();
                    vec![Written::Yes]
                })
                .await
        });
        let answers = timeout(Duration::from_secs(20), join_all(tasks)).await.expect("nothing waits");
        assert_eq!(answers, [Some(Written::NotYet(0)), Some(Written::Yes)]);
        assert_eq!(*records.lock().expect("no panic"), [[0], [1]]);
    }

    #[tokio::test]
    async fn of_a_group_only_what_was_not_written_is_given_back() {
        let gathering = Gathering::new();
        let tasks = (0..3).map(|n| {
            gathering.add(n, |group| async move {
                group.into_iter().map(|n| if n == 1 { Written::NotYet(n) } else { Written::Yes }).collect()
            })
        });
        let answers = join_all(tasks).await;
        assert_eq!(answers, [Some(Written::Yes), Some(Written::NotYet(1)), Some(Written::Yes)]);
    }
}
