//! The connections of one worker: few at once, kept for the next mail, and looked at before they are used again.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{sync::Semaphore, task::JoinSet, time::sleep};

use super::{
    budget::Budget,
    connection::Connection,
    failure::{Cause, Failure, Stage},
    letter::Letter,
    open::open,
    server::Server,
};
use crate::{CONCURRENCY, outcome::Outcome};

/// How long a connection is kept without work; servers close theirs after five minutes, or after ten seconds of stress.
const KEPT: Duration = Duration::from_secs(60);

/// Connections to one mail server. Those at rest say QUIT when it is dropped.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    /// Ends with the pool.
    _closer: JoinSet<()>,
}

struct Shared {
    server: Server,
    timeout: Duration,
    /// First come, first served: nobody starves. Whoever has one owns a connection at most, and opens one only when none
    /// is at rest, so there are never more connections than slots.
    slots: Semaphore,
    /// For mails about which the server takes its time: half of the connections, and half of the jobs in hand, so that they
    /// hold up nobody else, however many they are.
    turns: Arc<Semaphore>,
    /// At rest, the one used last at the end.
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    /// At most so many `connections` at once; opens none yet. A mail, with the wait for one, takes `timeout` at most.
    /// Must be called inside the runtime.
    pub(crate) fn new(server: Server, timeout: Duration, connections: usize) -> Self {
        Self::with_limits(server, timeout, connections, KEPT)
    }

    pub(super) fn with_limits(server: Server, timeout: Duration, connections: usize, kept: Duration) -> Self {
        let slots = Semaphore::new(connections);
        let turns = Arc::new(Semaphore::new(connections.min(CONCURRENCY).div_ceil(2)));
        let shared = Arc::new(Shared { server, timeout, slots, turns, idle: Mutex::default() });
        let mut closer = JoinSet::new();
        closer.spawn(close_idle(Arc::downgrade(&shared), kept));
        Self { shared, _closer: closer }
    }

    /// Begins no dialogue any more; those in progress go on.
    pub(crate) fn stop(&self) {
        self.shared.slots.close();
    }

    /// Hands in one mail and says what came of it. Dropped in the middle, it closes its connection. One about which the server
    /// was silent before, in the words of `slow`, is begun only when it is the turn of one like it. When there is a connection for
    /// it, `is_wanted` says whether it still is.
    pub(crate) async fn send(
        &self,
        letter: &Letter,
        slow: Option<&str>,
        is_wanted: impl Future<Output = bool>,
    ) -> Outcome {
        let budget = Budget::new(self.shared.timeout, &self.shared.turns);
        if let Some(words) = slow
            && !budget.gets_turn().await
        {
            return Outcome::NotBegun(words.to_owned());
        }
        match self.shared.deliver(letter, &budget, is_wanted).await {
            Ok(()) => Outcome::Sent,
            Err(failure) => failure.into(),
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("server", &self.shared.server).finish_non_exhaustive()
    }
}

impl Shared {
    async fn deliver(
        &self,
        letter: &Letter,
        budget: &Budget,
        is_wanted: impl Future<Output = bool>,
    ) -> Result<(), Failure> {
        let slot = budget.run(Stage::Wait, async { Ok(self.slots.acquire().await) }).await?;
        let _slot = slot.map_err(|_closed| Failure::new(Stage::Wait, Cause::Stopping))?;
        if !budget.run(Stage::Wait, async { Ok(is_wanted.await) }).await? {
            return Err(Failure::new(Stage::Wait, Cause::Unwanted));
        }
        if let Some(kept) = self.take(budget).await {
            match self.hand_in(kept, letter, budget).await {
                Err(failure) if failure.shows_age() => {
                    tracing::debug!(%failure, "a kept connection to the mail server was not good any more");
                }
                result => return result,
            }
        }
        let fresh = open(&self.server, budget).await?;
        self.hand_in(fresh, letter, budget).await
    }

    async fn hand_in(&self, mut connection: Connection, letter: &Letter, budget: &Budget) -> Result<(), Failure> {
        let result = connection.deliver(letter, budget).await;
        if connection.can_be_kept() {
            self.lock().push(connection);
        } else if result.is_ok() {
            connection.quit();
        }
        result
    }

    /// A connection at rest that is still good. One that does not answer is enough: asking them all would take the time
    /// that a new one needs.
    async fn take(&self, budget: &Budget) -> Option<Connection> {
        let mut connection = self.pop()?;
        connection.is_ready(budget).await.then_some(connection)
    }

    fn pop(&self) -> Option<Connection> {
        let mut idle = self.lock();
        std::iter::from_fn(|| idle.pop()).find_map(|mut connection| (!connection.has_ended()).then_some(connection))
    }

    /// Closes what has been at rest for too long.
    fn close_older(&self, kept: Duration) {
        let old: Vec<_> = self.lock().extract_if(.., |connection| connection.idle() >= kept).collect();
        old.into_iter().for_each(Connection::quit);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.lock().drain(..).for_each(Connection::quit);
    }
}

/// Closes connections that have been at rest for `kept`, give or take a tenth.
async fn close_idle(pool: Weak<Shared>, kept: Duration) {
    loop {
        sleep(kept / 10).await;
        let Some(pool) = pool.upgrade() else { return };
        pool.close_older(kept);
    }
}
