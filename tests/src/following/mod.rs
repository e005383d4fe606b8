//! Following live events while things go wrong: two servers, a worker, PostgreSQL, Redis and a mail server. Writers invite
//! people and take that back, and the worker delivers the mail, while followers are dropped and come back with their cursor,
//! Redis is restarted twice and one server is killed and started again. Some follow the workspace, and some of the invited their own
//! invitations. When followers are dropped is decided by a seed; `cargo run -p tests --bin following` runs the whole of it.

mod stage;
mod verdict;

use std::sync::Arc;

use tokio::task::block_in_place;

use self::stage::{Follower, Stage};
pub use self::verdict::Verdict;
use crate::{Durability, Postgres, Redis, at_once};

/// How many write at once.
const WRITERS: usize = 16;
/// How many have an account, are invited again and again by one writer each, and follow their invitations.
const INVITED: usize = 4;

/// How much is followed, by how many.
#[derive(Clone, Debug)]
pub struct Following {
    /// Decides how long followers stay.
    pub seed: u64,
    /// How many changes are made: half of them are invitations that are sent, half that they are taken back.
    pub changes: usize,
    /// How many follow the workspace they are sent in.
    pub followers: usize,
}

impl Following {
    /// All of it: several minutes.
    pub fn full(seed: u64) -> Self {
        Self { seed, changes: 5_000, followers: 50 }
    }

    /// As much as is done within a minute.
    pub fn small(seed: u64) -> Self {
        Self { seed, changes: 400, followers: 20 }
    }

    /// Runs it. Panics when something stands in its way; what the followers were told is in the verdict.
    pub async fn run(&self) -> Verdict {
        let (postgres, mut redis) = block_in_place(|| (Postgres::start(Durability::Fast), Redis::start()));
        let url_of_redis = redis.url(0);
        let (stage, killed, _stay) = Stage::set(self, &postgres, &url_of_redis).await;
        let stage = Arc::new(stage);
        let writers = at_once((0..WRITERS).map(|writer| {
            let stage = Arc::clone(&stage);
            async move { stage.write(writer).await }
        }));
        let workspace = (0..self.followers).map(|_| Follower::Workspace);
        let followers = workspace.chain((0..INVITED).map(Follower::Invited)).enumerate();
        let followers = at_once(followers.map(|(number, follower)| {
            let stage = Arc::clone(&stage);
            async move { stage.follow(number as u64, follower).await }
        }));
        let faults = async {
            stage.until(self.changes / 4).await;
            block_in_place(|| redis.restart_empty());
            stage.until(self.changes / 2).await;
            killed.is_killed().await;
            stage.until(self.changes * 5 / 8).await;
            let again = stage.server_again(&postgres, &url_of_redis).await;
            stage.until(self.changes * 3 / 4).await;
            block_in_place(|| redis.restart_empty());
            again
        };
        let changes = async {
            let (_, again) = futures::join!(writers, faults);
            stage.comes_to_rest().await;
            again
        };
        let (told, _again) = futures::join!(followers, changes);
        Verdict::new(self, |follower| stage.happened(follower).unwrap_or_default(), told)
    }
}
