//! The queue between the outbox and the workers: jobs that hold ids only, through Redis or in memory.
//!
//! It is a dispatcher, never the truth: whatever it loses comes back from the outbox when the lease of the mails ends,
//! and whatever it hands out twice is stopped by their fence. This folder alone knows apalis and which of the two ways
//! is in use.

mod memory;
mod poll;
mod redis;
mod worker;

use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use domain::outbox::Claimed;
use futures::FutureExt;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use self::memory::Memory;
use self::redis::Redis;

/// The mails one handler call delivers, each with the fence it was claimed with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// At least one.
    pub mails: Vec<Claimed>,
}

/// Why the queue could not be opened, or did not take or count jobs.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The URL is malformed, or of a kind this program can't speak.
    #[error("the Redis URL can't be used: {0}")]
    Url(#[source] ::redis::RedisError),
    /// Redis is away, too slow, or refused the command.
    #[error("Redis: {0}")]
    Redis(#[from] ::redis::RedisError),
    /// A job has no JSON form.
    #[error("a job can't be written as JSON: {0}")]
    Encode(#[from] serde_json::Error),
}

/// A handle on the queue; clones lead to the same one.
#[derive(Clone)]
pub struct Queue(Way);

#[derive(Clone)]
enum Way {
    Memory(Memory),
    Redis(Arc<Redis>),
}

impl Queue {
    /// Opens the queue: in memory, or in the Redis at `redis_url` (`redis://` or `rediss://`), which may be away for now.
    /// Only a URL that can't be used is an error.
    pub async fn open(redis_url: Option<&SecretString>) -> Result<Self, QueueError> {
        Ok(Self(match redis_url {
            None => Way::Memory(Memory::new()),
            Some(url) => Way::Redis(Arc::new(Redis::new(url.expose_secret()).map_err(QueueError::Url)?)),
        }))
    }

    /// Whether other processes share it: it goes through Redis.
    pub fn is_shared(&self) -> bool {
        matches!(self.0, Way::Redis(_))
    }

    /// Hands jobs to the workers, hundreds in one round trip. After an error some of them may have got through all the
    /// same; the caller needs to do nothing, as the outbox brings back the mails of the others.
    pub async fn push(&self, jobs: Vec<Job>) -> Result<(), QueueError> {
        match &self.0 {
            Way::Memory(memory) => memory.push(jobs),
            Way::Redis(redis) => redis.push(&jobs).await?,
        }
        Ok(())
    }

    /// Jobs that are waiting or in a handler's hands, over all processes that share the queue.
    pub async fn depth(&self) -> Result<usize, QueueError> {
        Ok(match &self.0 {
            Way::Memory(memory) => memory.depth(),
            Way::Redis(redis) => redis.depth().await?,
        })
    }

    /// Runs `handler` on each job, at most `concurrency` at once, until `shutdown`; then fetches no more and returns when
    /// the running handlers have ended. A handler's error or panic is logged and its job is over.
    ///
    /// It survives whatever happens to Redis, and may be called again after it has returned. A job may come twice, even
    /// while it still runs: when a connection breaks, or a process has not been heard of for 20 seconds.
    pub async fn work<H, F, E>(&self, concurrency: usize, handler: H, shutdown: CancellationToken)
    where
        H: Fn(Job) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        match &self.0 {
            Way::Memory(memory) => memory.work(concurrency, handler, shutdown).await,
            Way::Redis(redis) => worker::work(Arc::clone(redis), concurrency, handler, shutdown).await,
        }
    }
}

/// Runs the handler on one job and swallows every way in which that can fail: neither an error nor a panic may leave a
/// job unfinished, since it would count as in flight for as long as this process lives.
async fn attend<H, F, E>(handler: H, job: Job)
where
    H: Fn(Job) -> F,
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    let mails = job.mails.len();
    // The call itself is inside too: it can panic before there is a future.
    match AssertUnwindSafe(async { handler(job).await }).catch_unwind().await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, mails, "job failed; its mails return when their lease ends"),
        Err(_) => tracing::error!(mails, "job panicked; its mails return when their lease ends"),
    }
}
