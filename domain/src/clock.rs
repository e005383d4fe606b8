//! Where time comes from: the system in production, a hand that a test moves in tests.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

/// A source of time and of the identifiers that sort by it. Clones share the same hand.
#[derive(Clone, Debug)]
pub struct Clock {
    hand: Hand,
    ids: Arc<std::sync::Mutex<ContextV7>>,
}

#[derive(Clone, Debug)]
enum Hand {
    System,
    /// Microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self { hand: Hand::System, ids: Arc::default() }
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self { hand: Hand::Manual(Arc::new(AtomicI64::new(start.timestamp_micros()))), ids: Arc::default() }
    }

    /// Now, in whole microseconds: what PostgreSQL keeps, so that a time read back equals the one written.
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match &self.hand {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
            Hand::System => Utc::now().timestamp_micros(),
            Hand::Manual(micros) => micros.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// Moves a manual clock on; the system's clock cannot be moved and ignores it.
    pub fn advance(&self, by: Duration) {
        if let Hand::Manual(micros) = &self.hand {
            micros.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// A new identifier. Those of one process sort in the order they were asked for.
    pub fn new_id(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        let context = self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*context, seconds, now.timestamp_subsec_nanos()))
    }
}
