//! Live events: read once for all subscriptions of this process, and told to those whom they concern for as long as they
//! may see them.

use std::time::Duration;

use domain::{Error, Result};
use tokio::time::timeout;

mod feed;
mod seats;
mod told;
mod topic;

pub use feed::Feed;
pub(crate) use told::{Shape, Told};
pub(crate) use topic::{Change, Topic};

/// How long the database may take to answer what is asked for many at once.
const ANSWERED: Duration = Duration::from_secs(10);

/// Waits for the database, but not for one that is gone without a word: what everybody waits for is asked again over another
/// connection.
pub(crate) async fn in_time<T>(answer: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(ANSWERED, Box::pin(answer)).await.unwrap_or_else(|_| Err(Error::internal("the database does not answer")))
}
