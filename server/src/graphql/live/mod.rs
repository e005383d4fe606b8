//! Live events: read once for all subscriptions of this process, and told to those whom they concern for as long as they
//! may see them.

use std::time::Duration;

use domain::{Result, db};

mod feed;
mod seats;
mod told;
mod topic;

pub use feed::Feed;
pub(crate) use told::{Shape, Told};
pub(crate) use topic::{Change, Topic};

/// How long the database may take to answer what is asked for many at once.
const ANSWERED: Duration = Duration::from_secs(10);

/// Waits for the database for so long.
pub(crate) fn in_time<T>(answer: impl Future<Output = Result<T>>) -> impl Future<Output = Result<T>> {
    db::in_time(ANSWERED, answer)
}
