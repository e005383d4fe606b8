//! Live events: read once for all subscriptions of this process, and told to those whom they concern for as long as they
//! may see them.

mod feed;
mod seats;
mod told;
mod topic;

pub use feed::Feed;
pub(crate) use told::{Shape, Told};
pub(crate) use topic::{Change, Topic};
