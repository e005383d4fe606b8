//! Limits: how often something may be done, counted by all processes together in Redis, or in this process without one.
//!
//! A budget is counted for somebody: a client, an account as one client tries it, a person, a workspace. None is counted
//! for a stranger's account alone, so that nobody can use up what belongs to somebody else (docs/decisions/0009).

mod memory;
mod quota;
mod redis;

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};

pub use quota::{Limit, Quota, Quotas};

use self::{memory::Memory, redis::Redis};
use crate::{App, Error, Result, client::Client, config::ConfigError, session::Viewer};

/// The budgets. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Limits(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    quotas: Quotas,
    redis: Option<Redis>,
    /// What counts without Redis, and while it is away.
    memory: Memory,
}

/// So much of a budget.
#[derive(Clone, Debug)]
pub struct Charge {
    limit: Limit,
    whose: Vec<String>,
    cost: u32,
}

impl Charge {
    /// One of the limit's budget that belongs to `whose`.
    pub fn one<const N: usize>(limit: Limit, whose: [&str; N]) -> Self {
        Self { limit, whose: whose.map(str::to_owned).into(), cost: 1 }
    }

    /// That often.
    #[must_use]
    pub fn times(self, cost: usize) -> Self {
        Self { cost: u32::try_from(cost).unwrap_or(u32::MAX), ..self }
    }
}

/// A charge with its quota, under a key that tells nothing of whom it is about.
struct Priced {
    key: String,
    quota: Quota,
    /// Negative when it is given back.
    cost: i64,
}

impl Limits {
    /// Budgets in the Redis at `redis_url`, or in this process; the error is about the URL. Nothing is connected yet.
    pub fn new(quotas: Quotas, redis_url: Option<&SecretString>) -> Result<Self, ConfigError> {
        let redis = redis_url.map(|url| Redis::new(url.expose_secret())).transpose();
        let redis = redis.map_err(|error| ConfigError::new("USHER_REDIS_URL", error.to_string()))?;
        Ok(Self(Arc::new(Inner { quotas, redis, memory: Memory::default() })))
    }

    /// The most that can be asked of a limit at once.
    pub fn most(&self, limit: Limit) -> u32 {
        self.0.quotas.of(limit).map_or(u32::MAX, |quota| quota.count)
    }

    async fn count(&self, now: i64, together: usize, priced: &[Priced]) -> Vec<i64> {
        if priced.is_empty() {
            return Vec::new();
        }
        if let Some(redis) = &self.0.redis
            && let Some(waits) = redis.spend(now, together, priced).await
        {
            return waits;
        }
        self.0.memory.spend(now, together, priced)
    }
}

/// Spends all of these or nothing: RateLimited when one of the budgets has too little left.
pub async fn spend(app: &App, charges: &[Charge]) -> Result<()> {
    spend_each(app, charges, &[]).await.map(drop)
}

/// Spends all of `together` or nothing, and of `each` what can be: answers for each of them how long to wait, or none if
/// it was spent.
pub async fn spend_each(app: &App, together: &[Charge], each: &[Charge]) -> Result<Vec<Option<Duration>>> {
    let now = app.clock.now().timestamp_micros();
    let price = |charge: &Charge| price(app, charge, 1);
    let mut priced: Vec<Priced> = together.iter().filter_map(price).collect();
    let first = priced.len();
    let limited: Vec<Option<Priced>> = each.iter().map(price).collect();
    let is_limited: Vec<bool> = limited.iter().map(Option::is_some).collect();
    priced.extend(limited.into_iter().flatten());
    let waits = app.limits.count(now, first, &priced).await;
    if let Some(retry_after) = waits.iter().take(first).copied().max().and_then(until_free) {
        return Err(Error::RateLimited { retry_after });
    }
    let mut waits = waits.into_iter().skip(first);
    Ok(is_limited.into_iter().map(|limited| if limited { waits.next().and_then(until_free) } else { None }).collect())
}

/// How long to wait, in whole seconds and rounded up: a moment too early would only be refused again.
fn until_free(micros: i64) -> Option<Duration> {
    let micros = u64::try_from(micros).ok().filter(|micros| *micros > 0)?;
    Some(Duration::from_secs(micros.div_ceil(1_000_000)))
}

/// Gives back what was spent on something that turned out to be harmless.
pub async fn give_back(app: &App, charges: &[Charge]) {
    let priced: Vec<Priced> = charges.iter().filter_map(|charge| price(app, charge, -1)).collect();
    app.limits.count(app.clock.now().timestamp_micros(), 0, &priced).await;
}

/// None for a limit that is off.
fn price(app: &App, charge: &Charge, sign: i64) -> Option<Priced> {
    let quota = app.limits.0.quotas.of(charge.limit)?;
    let mut parts = vec![charge.limit.setting()];
    parts.extend(charge.whose.iter().map(String::as_str));
    Some(Priced { key: app.keys.pseudonym(&parts), quota, cost: sign * i64::from(charge.cost) })
}

/// Trying a password for an account: counted for the client, and for the account as this client tries it.
pub(crate) fn password(client: &Client, email_key: &str) -> [Charge; 2] {
    let network = client.network();
    [Charge::one(Limit::LoginAccount, [email_key, &network]), Charge::one(Limit::LoginClient, [&network])]
}

/// Confirming something with the password: counted for the session, so that a stolen one cannot try for long and locks
/// out no other.
pub(crate) fn confirmation(viewer: &Viewer) -> [Charge; 1] {
    [Charge::one(Limit::LoginAccount, ["session", &viewer.session.id.to_string()])]
}

/// Registering: the mail to an address is counted for the address as this client names it. Through an invitation no
/// mail is sent; that is a use of its link.
pub(crate) fn registration(client: &Client, email_key: Option<&str>) -> [Charge; 2] {
    let network = client.network();
    let way = match email_key {
        Some(key) => Charge::one(Limit::RegisterAddress, [key, &network]),
        None => Charge::one(Limit::JoinClient, [&network]),
    };
    [Charge::one(Limit::RegisterClient, [&network]), way]
}

/// Asking for a new password.
pub(crate) fn reset(client: &Client, email_key: &str) -> [Charge; 2] {
    let network = client.network();
    [Charge::one(Limit::ResetAddress, [email_key, &network]), Charge::one(Limit::ResetClient, [&network])]
}

/// Using an invitation's link.
pub(crate) fn link(client: &Client) -> [Charge; 1] {
    [Charge::one(Limit::JoinClient, [&client.network()])]
}
