//! The apalis worker that serves the queue in Redis, and the supervision that keeps one running.

use std::convert::Infallible;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use apalis::layers::limit::GlobalConcurrencyLimitLayer;
use apalis::prelude::{BackendExt, ParallelizeExt, TaskId, WorkerBuilder, WorkerContext, WorkerError};
use apalis_core::backend::codec::Codec;
use apalis_redis::RedisStorage;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use redis::RedisError;
use redis::aio::MultiplexedConnection;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::poll::{self, Wakeups};
use super::redis::Redis;
use super::{Job, attend};

/// A worker asks for one job at a time and waits for the answer; two use the time that one spends waiting.
const WORKERS: usize = 2;
/// How long a worker that ended by itself stays away: FIRST, then twice as long each time.
const FIRST: Duration = Duration::from_millis(100);
const LAST: Duration = Duration::from_secs(5);

/// Why a worker ended by itself.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("no connection: {0}")]
    Connect(#[from] RedisError),
    #[error(transparent)]
    Worker(#[from] WorkerError),
    #[error("a finished job could not be taken off the queue")]
    Unfinished,
}

/// What outlives a single worker. A broken connection ends the worker but not its handlers, so slots and tasks are kept
/// here: the bound holds over all workers, and the end waits for every handler.
struct Crew<H> {
    redis: Arc<Redis>,
    handler: H,
    slots: Arc<Semaphore>,
    running: TaskTracker,
    shutdown: CancellationToken,
}

/// Keeps WORKERS workers running until `shutdown`, then waits for the handlers that still run.
pub(super) async fn work<H, F, E>(redis: Arc<Redis>, concurrency: usize, handler: H, shutdown: CancellationToken)
where
    H: Fn(Job) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Display + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(concurrency));
    let crew = Crew { redis, handler, slots, running: TaskTracker::new(), shutdown };
    // Each is woken for itself alone: an idle worker that is polled, for whatever reason, asks Redis for a job, and two
    // in one future would keep each other asking without end.
    let mut workers: FuturesUnordered<_> = (0..WORKERS).map(|_| crew.supervise()).collect();
    while workers.next().await.is_some() {}
    crew.running.close();
    crew.running.wait().await;
}

impl<H, F, E> Crew<H>
where
    H: Fn(Job) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Display + Send + 'static,
{
    /// Runs one worker after the other until shutdown.
    async fn supervise(&self) {
        let mut pause = FIRST;
        while !self.shutdown.is_cancelled() {
            let started = Instant::now();
            if let Err(error) = self.run().await {
                tracing::warn!(%error, "queue worker ended, another one follows");
            }
            if started.elapsed() > LAST {
                pause = FIRST;
            }
            self.shutdown.run_until_cancelled(sleep(pause)).await;
            pause = (pause * 2).min(LAST);
        }
    }

    /// Runs one worker, on a connection of its own, and clears up after it.
    async fn run(&self) -> Result<(), Ended> {
        let Some(connection) = self.shutdown.run_until_cancelled(self.redis.connect()).await else { return Ok(()) };
        let connection = connection?;
        // A new name each time: apalis refuses one that was in use a moment ago.
        #[expect(clippy::disallowed_methods, reason = "it names a worker, not a row")]
        let worker = WorkerContext::new(&Uuid::now_v7().to_string());
        let ended = self.serve(&worker, connection).await;
        if let Err(error) = self.redis.retire(&worker).await {
            tracing::debug!(%error, "queue worker left its name; what it held returns when its heart is missed");
        }
        ended
    }

    /// Drives one worker until it ends or shutdown ends it.
    async fn serve(&self, worker: &WorkerContext, connection: MultiplexedConnection) -> Result<(), Ended> {
        let (ring, wakeups) = poll::bell();
        let broken = CancellationToken::new();
        let mut work = self.worker(worker, connection, wakeups, &broken);
        tokio::select! {
            // The worker first: one that has not been polled yet can't be stopped.
            biased;
            ended = &mut work => return Ok(ended?),
            never = poll::listen(&self.redis, ring) => match never {},
            // While its worker lives, an unfinished job would stay in its hands.
            () = broken.cancelled() => return Err(Ended::Unfinished),
            () = self.shutdown.cancelled() => worker.stop()?,
        }
        Ok(work.await?)
    }

    /// The apalis worker as a future; it cancels `broken` when a job that is done can't be taken off the queue.
    fn worker(
        &self,
        worker: &WorkerContext,
        connection: MultiplexedConnection,
        wakeups: Wakeups,
        broken: &CancellationToken,
    ) -> BoxFuture<'static, Result<(), WorkerError>> {
        let storage = RedisStorage::<Vec<u8>, _>::new(connection.clone()).with_config(self.redis.config.clone());
        let hand = Hand {
            redis: Arc::clone(&self.redis),
            connection,
            worker: worker.clone(),
            handler: self.handler.clone(),
            broken: broken.clone(),
        };
        let running = self.running.clone();
        WorkerBuilder::new(worker)
            .backend(storage.with_codec(Verbatim).poll_with_strategy(wakeups))
            // In tasks of their own handlers outlive the worker: dropped in the middle, a mail would be sent unrecorded.
            .parallelize(move |handling| running.spawn(handling))
            .layer(GlobalConcurrencyLimitLayer::with_semaphore(Arc::clone(&self.slots)))
            .build(move |payload: Vec<u8>, id: TaskId| hand.clone().handle(payload, id.to_string()))
            .run()
            .boxed()
    }
}

/// What a job needs while it is handled: enough to be finished under the name of the worker that fetched it.
#[derive(Clone)]
struct Hand<H> {
    redis: Arc<Redis>,
    connection: MultiplexedConnection,
    worker: WorkerContext,
    handler: H,
    broken: CancellationToken,
}

impl<H> Hand<H> {
    /// Never an error: apalis would try again, up to 25 times whatever it is told, and attempts belong to the outbox.
    async fn handle<F, E>(mut self, payload: Vec<u8>, id: String)
    where
        H: Fn(Job) -> F,
        F: Future<Output = Result<(), E>>,
        E: Display,
    {
        match serde_json::from_slice(&payload) {
            Ok(job) => attend(self.handler, job).await,
            Err(error) => tracing::error!(%error, id, "a job that can't be read is dropped"),
        }
        if let Err(error) = self.redis.finish(&mut self.connection, &self.worker, &id).await {
            tracing::debug!(%error, id, "job done but not taken off the queue");
            self.broken.cancel();
        }
    }
}

/// Hands payloads to the handler as they are. Decoding is the handler's business: in apalis, a payload that can't be
/// decoded ends the worker, and the next one after it.
#[derive(Clone)]
struct Verbatim;

impl Codec<Vec<u8>> for Verbatim {
    type Error = Infallible;
    type Compact = Vec<u8>;

    fn encode(&self, payload: &Vec<u8>) -> Result<Vec<u8>, Infallible> {
        Ok(payload.clone())
    }

    fn decode(&self, payload: &Vec<u8>) -> Result<Vec<u8>, Infallible> {
        Ok(payload.clone())
    }
}
