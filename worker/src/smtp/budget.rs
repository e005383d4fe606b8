//! The time a mail has: shares of one whole, so that every step ends and all of them together stay within the lease.

use std::{io, time::Duration};

use tokio::time::{Instant, timeout_at};

use super::failure::{Cause, Failure, Stage};

/// The time of one attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    begun: Instant,
    whole: Duration,
}

impl Budget {
    /// Begins now; everything is over after `whole`.
    pub(super) fn new(whole: Duration) -> Self {
        Self { begun: Instant::now(), whole }
    }

    /// Waits for `step`, as long as it may take.
    pub(super) async fn run<T>(&self, stage: Stage, step: impl Future<Output = io::Result<T>>) -> Result<T, Failure> {
        let now = Instant::now();
        let deadline = self.deadline(stage, now);
        match timeout_at(deadline, step).await {
            Ok(result) => result.map_err(|error| Failure::new(stage, Cause::Broken(error))),
            Err(_) => Err(Failure::new(stage, Cause::Silent(deadline.saturating_duration_since(now)))),
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
}
