//! The line between the doorbells of all processes that share a Redis: its pub/sub. Nothing depends on it but time.

use std::time::Duration;

use futures::StreamExt;
use redis::{AsyncConnectionConfig, Client, RedisResult, aio::MultiplexedConnection, aio::PubSub};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Bell, Doorbell};
use crate::{App, Error, Result};

/// Redis has one name space of channels for all its databases; a ring of somebody else's Usher costs a look.
const CHANNEL: &str = "usher:doorbell";
/// How long connecting, and how long an answer may take; without it an absent Redis hangs its callers.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long after a failure it is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// The bells that are heard elsewhere, by name.
const CARRIED: [(Bell, &str); 2] = [(Bell::Outbox, "outbox"), (Bell::Events, "events")];

/// One end of the line.
#[derive(Clone, Debug)]
pub struct Line {
    client: Client,
    doorbell: Doorbell,
    /// What we say is not for us: we have heard it already.
    us: Uuid,
}

impl Line {
    /// Connects to nothing yet; an error is about the URL.
    pub fn open(app: &App, redis_url: &SecretString) -> Result<Self> {
        let client = Client::open(redis_url.expose_secret()).map_err(Error::internal)?;
        Ok(Self { client, doorbell: app.doorbell.clone(), us: app.clock.new_id() })
    }

    /// Carries rings in both directions until `shutdown`, and begins anew whenever the connection breaks.
    pub async fn run(self, shutdown: CancellationToken) {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = again_and_again("said", || self.say()) => {}
            () = again_and_again("heard", || self.hear()) => {}
        }
    }

    /// Tells the others of our rings. Those that come while one is on its way are one.
    async fn say(&self) -> RedisResult<()> {
        let mut rings = CARRIED.map(|(bell, _)| self.doorbell.elsewhere[bell as usize].subscribe());
        let mut connection = self.connect().await?;
        // What was rung while there was no connection.
        for (_, name) in CARRIED {
            self.publish(&mut connection, name).await?;
        }
        let [outbox, events] = &mut rings;
        loop {
            let rung = tokio::select! {
                _ = outbox.changed() => 0,
                _ = events.changed() => 1,
            };
            self.publish(&mut connection, CARRIED[rung].1).await?;
        }
    }

    async fn publish(&self, connection: &mut MultiplexedConnection, name: &str) -> RedisResult<()> {
        let ring = format!("{} {name}", self.us.simple());
        redis::cmd("PUBLISH").arg(CHANNEL).arg(ring).query_async(connection).await
    }

    /// Rings here what is rung elsewhere.
    async fn hear(&self) -> RedisResult<()> {
        let mut rings = self.subscribe().await?.into_on_message();
        // What was rung while there was no subscription.
        for (bell, _) in CARRIED {
            self.doorbell.ring_here(bell);
        }
        while let Some(ring) = rings.next().await {
            let ring: String = ring.get_payload()?;
            let Some((who, name)) = ring.split_once(' ') else { continue };
            if who == self.us.simple().to_string() {
                continue;
            }
            if let Some((bell, _)) = CARRIED.into_iter().find(|(_, known)| *known == name) {
                self.doorbell.ring_here(bell);
            }
        }
        Ok(())
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }

    async fn subscribe(&self) -> RedisResult<PubSub> {
        let subscribing = async {
            let mut pubsub = self.client.get_async_pubsub().await?;
            pubsub.subscribe(CHANNEL).await?;
            Ok(pubsub)
        };
        timeout(PATIENCE, subscribing).await.map_err(std::io::Error::from)?
    }
}

async fn again_and_again<F: Future<Output = RedisResult<()>>>(what: &str, mut work: impl FnMut() -> F) {
    loop {
        if let Err(error) = work().await {
            tracing::debug!(%error, "rings are not {what} for the moment");
        }
        sleep(PAUSE).await;
    }
}
