//! The time a mail has: shares of one whole, so that every step ends and all of them together stay within the lease. And
//! the turns that a mail needs about which the mail server takes its time, so that many such mails hold up nobody else.

use std::{
    io,
    pin::pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use super::failure::{Cause, Failure, Stage};

/// The time of one attempt.
#[derive(Debug)]
pub(super) struct Budget {
    begun: Instant,
    whole: Duration,
    turns: Arc<Semaphore>,
    /// Held until the attempt ends.
    turn: OnceLock<OwnedSemaphorePermit>,
}

impl Budget {
    /// Begins now; everything is over after `whole`. A server that is silent about the mail for long is waited for while
    /// one of the `turns` is free.
    pub(super) fn new(whole: Duration, turns: &Arc<Semaphore>) -> Self {
        Self { begun: Instant::now(), whole, turns: Arc::clone(turns), turn: OnceLock::new() }
    }

    /// Takes a turn for the whole attempt. False when none is free.
    fn takes_turn(&self) -> bool {
        self.turn.get().is_some()
            || Arc::clone(&self.turns).try_acquire_owned().is_ok_and(|turn| self.turn.set(turn).is_ok())
    }

    /// Waits for a turn, in the order of asking, for a moment: 0.2 s of 30. Mails that look slow only because the server was
    /// silent to everybody pass one after the other once it answers, and those that are slow keep nobody for long.
    pub(super) async fn gets_turn(&self) -> bool {
        let turn = timeout_at(self.begun + self.whole / 150, Arc::clone(&self.turns).acquire_owned()).await;
        turn.is_ok_and(|turn| turn.is_ok_and(|turn| self.turn.set(turn).is_ok()))
    }

    /// Waits for `step`, as long as it may take.
    pub(super) async fn run<T>(&self, stage: Stage, step: impl Future<Output = io::Result<T>>) -> Result<T, Failure> {
        let begun = Instant::now();
        let deadline = self.deadline(stage, begun);
        let mut step = pin!(step);
        let mut waited = timeout_at(deadline.min(self.patience(stage, begun)), &mut step).await;
        if waited.is_err() && Instant::now() < deadline {
            // A mail whose content has left is waited for in any case.
            if !self.takes_turn() && stage != Stage::Content {
                return Err(Failure::new(stage, Cause::Crowded(begun.elapsed())));
            }
            waited = timeout_at(deadline, step).await;
        }
        match waited {
            Ok(result) => result.map_err(|error| Failure::new(stage, Cause::Broken(error))),
            Err(_) => Err(Failure::new(stage, Cause::Silent(deadline.saturating_duration_since(begun)))),
        }
    }

    /// A third for each step, and two thirds for all before the content: giving up after the dot may mean a duplicate,
    /// so that at least the last third is the server's to say yes.
    fn deadline(&self, stage: Stage, now: Instant) -> Instant {
        let before_content = self.begun + self.whole * 2 / 3;
        match stage {
            Stage::Content => self.begun + self.whole,
            Stage::Wait => self.begun + self.whole / 2,
            // It must leave time for a new connection.
            Stage::Check => before_content.min(now + self.whole / 6),
            _ => before_content.min(now + self.whole / 3),
        }
    }

    /// Until when a step about the mail itself needs no turn: 2 s of 30.
    fn patience(&self, stage: Stage, now: Instant) -> Instant {
        if stage.is_about_mail() { now + self.whole / 15 } else { now + self.whole }
    }
}
