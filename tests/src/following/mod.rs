//! Following live events while things go wrong: two servers, PostgreSQL and Redis. Writers invite people and take that back
//! while followers are dropped and come back with their cursor, Redis is restarted twice and one server is killed. When
//! followers are dropped is decided by a seed; `cargo run -p tests --bin following` runs the whole of it.

mod stage;
mod verdict;

use std::sync::Arc;

use tokio::task::block_in_place;

use self::stage::Stage;
pub use self::verdict::Verdict;
use crate::{Durability, Postgres, Redis, at_once};

/// How many write at once.
const WRITERS: usize = 16;

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
        let (stage, killed, _stays) = Stage::set(self, &postgres, &redis).await;
        let stage = Arc::new(stage);
        let writers = at_once((0..WRITERS).map(|writer| {
            let stage = Arc::clone(&stage);
            async move { stage.write(writer).await }
        }));
        let followers = at_once((0..self.followers).map(|follower| {
            let stage = Arc::clone(&stage);
            async move { stage.follow(follower).await }
        }));
        let faults = async {
            stage.until(self.changes / 4).await;
            block_in_place(|| redis.restart_empty());
            stage.until(self.changes / 2).await;
            killed.is_killed().await;
            stage.until(self.changes * 3 / 4).await;
            block_in_place(|| redis.restart_empty());
        };
        let (_, told, ()) = futures::join!(writers, followers, faults);
        Verdict::new(self, told)
    }
}
