//! The queue in Redis: the connections, and what is done to apalis' keys without apalis.

use std::sync::LazyLock;
use std::time::Duration;

use apalis::prelude::WorkerContext;
use apalis_redis::Config;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::{AsyncConnectionConfig, Client, FromRedisValue, RedisResult, Script, ScriptInvocation};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Job, QueueError};

/// No ':' in it: apalis cuts the names of its channels there.
const QUEUE: &str = "email";
const BELL: &str = "email:pushed";
/// How many jobs one push script adds: a millisecond or two during which Redis does nothing else.
const CHUNK: usize = 500;
/// How long connecting, and how long an answer may take; without it an absent Redis hangs its callers.
const PATIENCE: Duration = Duration::from_secs(3);
/// A worker that has not been heard of for HEARTBEAT × MISSED is taken for dead, and what it held runs elsewhere.
const HEARTBEAT: Duration = Duration::from_secs(5);
const MISSED: usize = 4;

static PUSH: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("push.lua")));
static FINISH: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("finish.lua")));
static RETIRE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("retire.lua")));
static DEPTH: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("depth.lua")));

/// The queue of all processes that share a Redis database.
pub(super) struct Redis {
    client: Client,
    pub(super) config: Config,
    /// For pushing and counting: made when first needed, and anew after a failure. Not a ConnectionManager: one that was
    /// answered an error while connecting (LOADING, a password just being changed) repeats that error for ever.
    shared: Mutex<Option<MultiplexedConnection>>,
}

impl Redis {
    /// Connects to nothing yet; an error is about the URL.
    pub(super) fn new(url: &str) -> RedisResult<Self> {
        let config = Config::default()
            .queue(QUEUE)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED)
            // With more, the worker neither beats nor looks at anything else until the batch has been handed out.
            .batch_size(1)
            // apalis keeps payload, metadata and result of what is done for ever, and its worker ends when a lock or a
            // result comes too late. Jobs are finished by `finish` instead.
            .persist_results(false)
            .lock_tasks(false)
            .emit_events(false)
            // The id of a job is what tells it from others, so no job has a key; but None would mean "expired at once".
            .idempotency_ttl(Some(HEARTBEAT));
        Ok(Self { client: Client::open(url)?, config, shared: Mutex::default() })
    }

    /// A connection of the caller's own, for a worker: the two live and die together.
    pub(super) async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }

    /// A subscription to the bell that every push rings.
    pub(super) async fn subscribe(&self) -> RedisResult<PubSub> {
        let subscribing = async {
            let mut pubsub = self.client.get_async_pubsub().await?;
            pubsub.subscribe(BELL).await?;
            Ok(pubsub)
        };
        timeout(PATIENCE, subscribing).await.map_err(std::io::Error::from)?
    }

    pub(super) async fn push(&self, jobs: &[Job]) -> Result<(), QueueError> {
        for jobs in jobs.chunks(CHUNK) {
            let mut script = PUSH.key(self.config.job_data_hash());
            script.key(self.config.active_jobs_list()).arg(self.config.job_meta_hash()).arg(BELL);
            for job in jobs {
                // A claimed row is in one job only: its first one names it, and the same job twice is one job.
                let Some(first) = job.mails.first() else { continue };
                script.arg(format!("{}-{}", first.id, first.claim)).arg(serde_json::to_vec(job)?);
            }
            self.run::<()>(&script).await?;
        }
        Ok(())
    }

    pub(super) async fn depth(&self) -> RedisResult<usize> {
        let mut script = DEPTH.key(self.config.active_jobs_list());
        script
            .key(self.config.scheduled_jobs_set())
            .key(self.config.workers_set())
            .arg(self.config.inflight_jobs_set());
        self.run(&script).await
    }

    /// Ends a job that `worker` has fetched; one that has gone to another worker meanwhile is left alone.
    pub(super) async fn finish(
        &self,
        connection: &mut MultiplexedConnection,
        worker: &WorkerContext,
        id: &str,
    ) -> RedisResult<()> {
        let mut script = FINISH.key(self.config.inflight_set_for(worker));
        script.key(self.config.job_data_hash()).key(format!("{}:{id}", self.config.job_meta_hash())).arg(id);
        script.invoke_async(connection).await
    }

    /// Gives back what a worker that has ended still holds. apalis leaves its name and metadata in Redis for ever, and
    /// what it held to whoever finds that its heart has stopped.
    pub(super) async fn retire(&self, worker: &WorkerContext) -> RedisResult<()> {
        let mut script = RETIRE.key(self.config.inflight_set_for(worker));
        script
            .key(self.config.active_jobs_list())
            .key(self.config.job_data_hash())
            .key(self.config.workers_set())
            .key(self.config.worker_metadata_key(worker))
            .arg(worker.name())
            .arg(self.config.job_meta_hash());
        self.run(&script).await
    }

    /// Runs a script on the shared connection; once more, on a new one, when that turns out to be broken (Redis was
    /// restarted, somebody cuts idle connections). So a script must bear being run twice.
    async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> RedisResult<T> {
        let answer = self.run_once(script).await;
        match answer {
            Err(error) if error.is_connection_dropped() => self.run_once(script).await,
            answer => answer,
        }
    }

    async fn run_once<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> RedisResult<T> {
        let answer = script.invoke_async(&mut self.shared().await?).await;
        if answer.is_err() {
            *self.shared.lock().await = None;
        }
        answer
    }

    async fn shared(&self) -> RedisResult<MultiplexedConnection> {
        let mut shared = self.shared.lock().await;
        if let Some(connection) = &*shared {
            return Ok(connection.clone());
        }
        let connection = self.connect().await?;
        *shared = Some(connection.clone());
        Ok(connection)
    }
}
