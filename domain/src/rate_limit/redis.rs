//! Budgets in Redis, shared by all processes: one script, one round trip.

use std::{
    io,
    sync::{LazyLock, PoisonError},
    time::{Duration, Instant},
};

use redis::{AsyncConnectionConfig, Client, RedisResult, Script, aio::MultiplexedConnection};

use super::Priced;

/// How long connecting, and how long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long Redis is left alone after it failed; then one request tries it, and the others follow when it succeeds.
const REST: Duration = Duration::from_secs(5);

static GCRA: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("gcra.lua")));

/// The budgets of all processes that share a Redis database.
#[derive(Debug)]
pub(super) struct Redis {
    client: Client,
    connection: tokio::sync::Mutex<Connection>,
    /// Until when it is left alone; none while it answers.
    away_until: std::sync::Mutex<Option<Instant>>,
}

/// Made when first needed, and anew after a failure, by one request while the others wait.
#[derive(Debug, Default)]
struct Connection {
    kept: Option<MultiplexedConnection>,
    /// When making it failed last.
    failed_at: Option<Instant>,
}

impl Redis {
    /// Connects to nothing yet; an error is about the URL.
    pub(super) fn new(url: &str) -> RedisResult<Self> {
        Ok(Self { client: Client::open(url)?, connection: Default::default(), away_until: Default::default() })
    }

    /// Like [`super::memory::Memory::spend`]; none while Redis is away.
    pub(super) async fn spend(&self, now: i64, together: usize, priced: &[Priced]) -> Option<Vec<i64>> {
        if !self.may_try() {
            return None;
        }
        match self.run(now, together, priced).await {
            Ok(waits) => {
                if self.set_away_until(None) {
                    tracing::info!("Redis answers again: limits are shared by all processes");
                }
                Some(waits)
            }
            Err(error) => {
                self.connection.lock().await.kept = None;
                if !self.set_away_until(Some(Instant::now() + REST)) {
                    tracing::warn!(%error, "Redis is away: until it answers, limits count in each process alone");
                }
                None
            }
        }
    }

    async fn run(&self, now: i64, together: usize, priced: &[Priced]) -> RedisResult<Vec<i64>> {
        let mut connection = self.connection().await?;
        let mut call = GCRA.arg(now);
        call.arg(together);
        for each in priced {
            call.key(format!("{{usher:limit}}:{}", each.key));
            call.arg(each.quota.interval()).arg(each.quota.period()).arg(each.cost);
        }
        call.invoke_async(&mut connection).await
    }

    async fn connection(&self) -> RedisResult<MultiplexedConnection> {
        let begun = Instant::now();
        let mut held = self.connection.lock().await;
        if let Some(connection) = &held.kept {
            return Ok(connection.clone());
        }
        if held.failed_at.is_some_and(|failed_at| failed_at >= begun) {
            // Another waited in vain meanwhile: one after the other they would wait for minutes.
            return Err(io::Error::from(io::ErrorKind::TimedOut).into());
        }
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        let made = self.client.get_multiplexed_async_connection_with_config(&config).await;
        match &made {
            Ok(connection) => held.kept = Some(connection.clone()),
            Err(_) => held.failed_at = Some(Instant::now()),
        }
        made
    }

    /// Whether Redis is asked: while it is away by one request at a time.
    fn may_try(&self) -> bool {
        let mut away_until = self.away_until.lock().unwrap_or_else(PoisonError::into_inner);
        match *away_until {
            None => true,
            Some(until) if Instant::now() < until => false,
            Some(_) => {
                *away_until = Some(Instant::now() + REST);
                true
            }
        }
    }

    /// Answers whether it was away before.
    fn set_away_until(&self, until: Option<Instant>) -> bool {
        let mut away_until = self.away_until.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *away_until, until).is_some()
    }
}
