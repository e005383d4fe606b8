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

/// How many records are written at once: one that has to wait, for a row that somebody else holds, does not stop what is
/// done after it.
const AT_ONCE: usize = 2;
/// How soon a record that failed is tried again; then twice as long each time.
const AGAIN: Duration = Duration::from_millis(100);

/// Records what became of mails.
pub(crate) struct Recorder {
    app: App,
    gathering: Gathering<Done>,
}

/// An outcome that is not written down yet.
struct Done {
    mail: (Model, Outcome),
    /// When its row was taken: it is ours for a lease from then.
    taken: Instant,
}

impl Recorder {
    /// Into the outbox of `app`.
    pub(crate) fn new(app: App) -> Self {
        Self { app, gathering: Gathering::new() }
    }

    /// Records what became of a mail whose row was `taken` then. An error means that the database was away until its lease
    /// ended.
    pub(crate) async fn record(&self, row: Model, outcome: Outcome, taken: Instant) -> Result<()> {
        let done = Done { mail: (row, outcome), taken };
        if self.gathering.add(done, |group| self.write(group)).await {
            return Ok(());
        }
        Err(Error::internal("what became of a mail could not be recorded"))
    }

    /// Tries again and again for as long as rows of the group are still ours: a record that is lost sends its mails a second
    /// time. Answers whether it is written down.
    async fn write(&self, group: Vec<Done>) -> bool {
        let Some(taken) = group.iter().map(|done| done.taken).max() else { return true };
        let mails: Vec<_> = group.into_iter().map(|done| done.mail).collect();
        let mut pause = AGAIN;
        loop {
            match outcome::record(&self.app, &mails).await {
                Ok(()) => return true,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    if taken.elapsed() + pause >= self.app.mail.lease {
                        tracing::error!(error, mails = mails.len(), "what became of mails could not be recorded");
                        return false;
                    }
                    tracing::warn!(error, mails = mails.len(), "what became of mails could not be recorded yet");
                }
            }
            sleep(pause).await;
            pause *= 2;
        }
    }
}

/// Things that are written together. Each one's writer hears whether it is written.
struct Gathering<T> {
    waiting: Mutex<Vec<(T, oneshot::Sender<bool>)>>,
    turns: Semaphore,
}

impl<T> Gathering<T> {
    fn new() -> Self {
        Self { waiting: Mutex::default(), turns: Semaphore::new(AT_ONCE) }
    }

    /// Adds a thing, and answers whether the group it was in has been written. Whoever's turn it is writes all that wait.
    async fn add<F: Future<Output = bool>>(&self, thing: T, write: impl FnOnce(Vec<T>) -> F) -> bool {
        let (written, answer) = oneshot::channel();
        self.lock().push((thing, written));
        // Others of the same job that are done by now come first: theirs go into the same record.
        yield_now().await;
        if let Ok(_turn) = self.turns.acquire().await {
            let group = std::mem::take(&mut *self.lock());
            // Empty when somebody before us has written ours.
            if !group.is_empty() {
                let (things, hearers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
                let is_written = write(things).await;
                for hearer in hearers {
                    // One that is gone has no use for it.
                    let _ = hearer.send(is_written);
                }
            }
        }
        answer.await.unwrap_or(false)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(T, oneshot::Sender<bool>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Mutex, time::Duration};

    use futures::future::join_all;
    use tokio::{sync::Notify, time::timeout};

    use super::Gathering;

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
                    records.lock().expect("no panic").push(group);
                    true
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
                        return false;
                    }
                    second_done.notify_one();
                    true
                })
                .await
        });
        let answers = timeout(Duration::from_secs(20), join_all(tasks)).await.expect("nothing waits");
        assert_eq!(answers, [false, true]);
        assert_eq!(*records.lock().expect("no panic"), [[0], [1]]);
    }
}
