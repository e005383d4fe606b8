//! The recorder: what became of mails, written down together. Whatever has gathered while the last records were written
//! goes into the next one, of whichever job it is: under load a transaction carries many mails, and a single mail waits for
//! nothing.

use std::{
    sync::{Mutex, PoisonError},
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
    waiting: Mutex<Vec<Waiting>>,
    turns: Semaphore,
}

/// An outcome that is not written down yet.
struct Waiting {
    mail: (Model, Outcome),
    /// When its row was taken: it is ours for a lease from then.
    taken: Instant,
    /// Hears whether it is written down.
    recorded: oneshot::Sender<bool>,
}

impl Recorder {
    /// Into the outbox of `app`.
    pub(crate) fn new(app: App) -> Self {
        Self { app, waiting: Mutex::default(), turns: Semaphore::new(AT_ONCE) }
    }

    /// Records what became of a mail whose row was `taken` then. An error means that the database was away until its lease
    /// ended.
    pub(crate) async fn record(&self, row: Model, outcome: Outcome, taken: Instant) -> Result<()> {
        let (recorded, answer) = oneshot::channel();
        self.lock().push(Waiting { mail: (row, outcome), taken, recorded });
        // Others of the same job that are done by now come first: theirs go into the same record.
        yield_now().await;
        // Whoever's turn it is takes all that wait: when it was somebody else's, ours is among theirs.
        if let Ok(_turn) = self.turns.acquire().await {
            let group = std::mem::take(&mut *self.lock());
            self.write(group).await;
        }
        match answer.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Error::internal("what became of a mail could not be recorded")),
        }
    }

    /// Tries again and again for as long as rows of the group are still ours: a record that is lost sends its mails a second
    /// time.
    async fn write(&self, group: Vec<Waiting>) {
        let Some(taken) = group.iter().map(|waiting| waiting.taken).max() else { return };
        let (mails, hearers): (Vec<_>, Vec<_>) =
            group.into_iter().map(|waiting| (waiting.mail, waiting.recorded)).unzip();
        let mut pause = AGAIN;
        let recorded = loop {
            match outcome::record(&self.app, &mails).await {
                Ok(()) => break true,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    if taken.elapsed() + pause >= self.app.mail.lease {
                        tracing::error!(error, mails = mails.len(), "what became of mails could not be recorded");
                        break false;
                    }
                    tracing::warn!(error, mails = mails.len(), "what became of mails could not be recorded yet");
                }
            }
            sleep(pause).await;
            pause *= 2;
        };
        for hearer in hearers {
            // One that is gone has no use for it.
            let _ = hearer.send(recorded);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
