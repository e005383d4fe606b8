//! Where a campaign happens: PostgreSQL, Redis, a mail server, and the processes of Usher.

use std::time::Duration;

use domain::{
    clock::Clock,
    db,
    outbox::{self, Claimed},
};
use entity::outbox::{Column, Entity, Model, Status};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep};

use super::{Death, Fault, Plan};
use crate::{Durability, Mood, Postgres, Program, Redis, Running, Sink, free_port};

/// The key of links.
const KEY: &str = "a key for campaigns of 32 bytes or more";
/// How long the mail server takes over a mail, so that kills find dialogues under way.
const PACE: Duration = Duration::from_millis(100);
/// How long after the last fault mails may wait.
const PATIENCE: Duration = Duration::from_mins(3);
/// How often one looks whether they still do.
const GLANCE: Duration = Duration::from_millis(250);

pub(super) struct Stage {
    pub(super) postgres: Postgres,
    pub(super) redis: Redis,
    pub(super) sink: Sink,
    /// The ports of the servers, which they keep when they are started again.
    pub(super) ports: Vec<u16>,
    /// Each time that a worker died or the database was away, so far.
    pub(super) deaths: Vec<Death>,
    servers: Vec<Running>,
    workers: Vec<Running>,
    lease: Duration,
}

impl Stage {
    /// Starts everything.
    pub(super) async fn set(plan: &Plan) -> Self {
        let (postgres, redis) = block_in_place(|| (Postgres::start(Durability::Durable), Redis::start()));
        let mut stage = Self {
            postgres,
            redis,
            sink: Sink::start(PACE).await,
            ports: (0..plan.servers).map(|_| free_port()).collect(),
            deaths: Vec::new(),
            servers: Vec::new(),
            workers: Vec::new(),
            lease: plan.lease,
        };
        for number in 0..plan.servers {
            stage.servers.push(stage.server(number).await);
        }
        for _ in 0..plan.workers {
            stage.workers.push(stage.worker().await);
        }
        stage
    }

    /// One of the program's commands, with the settings that all share.
    pub(super) fn program(&self, arguments: &[&str]) -> Program {
        let lease = format!("{}s", self.lease.as_secs());
        Program::new(arguments)
            .with("USHER_DATABASE_URL", &self.postgres.url("postgres"))
            .with("USHER_REDIS_URL", &self.redis.url(0))
            .with("USHER_SMTP_URL", &self.sink.url())
            .with("USHER_SECRET_KEY", KEY)
            .with("USHER_PUBLIC_URL", "https://usher.example")
            .with("USHER_MAIL_LEASE", &lease)
            .with("USHER_MAIL_RETRY_FIRST", "1s")
            .with("USHER_MAIL_RETRY_MAX", "4s")
            .with("USHER_MAIL_ATTEMPTS", "100")
            .with("USHER_RATE_LIMITS", "off")
    }

    async fn server(&self, number: usize) -> Running {
        let address = format!("127.0.0.1:{}", self.ports[number]);
        self.program(&["server"]).with("USHER_LISTEN", &address).starts().await
    }

    async fn worker(&self) -> Running {
        self.program(&["worker"]).starts().await
    }

    /// Kills a worker and starts another in its place.
    pub(super) async fn kills_worker(&mut self, number: usize) {
        let begun = Instant::now();
        self.workers.swap_remove(number).is_killed().await;
        self.looks_around(Fault::WorkerKilled, 1, begun).await;
        self.workers.push(self.worker().await);
    }

    /// Kills a server and starts it again.
    pub(super) async fn kills_server(&mut self, number: usize) {
        self.servers.remove(number).is_killed().await;
        self.servers.insert(number, self.server(number).await);
    }

    /// Notes which mails are in state SENDING and which of these the mail server has taken since they are, after a death
    /// that began at `begun`. Mails of the dead are SENDING until their lease ends, a quarter of it after `begun` at the earliest.
    pub(super) async fn looks_around(&mut self, fault: Fault, workers: usize, begun: Instant) {
        self.sink.comes_to_rest().await;
        let sending = self.mails(Status::Sending).await;
        let is_in_time = begun.elapsed() < self.lease / 4;
        // The ages first: what comes between makes a mail seem taken rather than not.
        let (ages, now) = (self.sink.ages(), Clock::system().now());
        let in_hand = |mail: &Model| (now - (mail.available_at - self.lease)).to_std().unwrap_or_default();
        let taken = sending.iter().filter(|mail| ages.get(&mail.recipient).is_some_and(|age| *age <= in_hand(mail)));
        let taken = taken.map(|mail| Claimed { id: mail.id, claim: mail.claim }).collect();
        self.deaths.push(Death { fault, workers, sending: sending.len(), taken: is_in_time.then_some(taken) });
    }

    /// The mails of the outbox in one state.
    pub(super) async fn mails(&self, status: Status) -> Vec<Model> {
        let mails = Entity::find().filter(Column::Status.eq(status));
        mails.all(&self.database().await).await.expect("the outbox can be read")
    }

    async fn database(&self) -> DatabaseConnection {
        db::connect(&self.postgres.url("postgres").into()).await.expect("PostgreSQL takes connections")
    }

    /// Lets the mail server be in a mood for a while.
    pub(super) async fn mood(&self, mood: Mood, time: Duration) {
        self.sink.is(mood);
        sleep(time).await;
        self.sink.is(Mood::Polite);
    }

    /// Waits until no mail waits any more.
    pub(super) async fn nothing_waits(&self) {
        let db = self.database().await;
        let limit = Instant::now() + PATIENCE;
        loop {
            let waiting = outbox::backlog(&db).await.expect("the outbox can be read").waiting;
            if waiting == 0 {
                return;
            }
            assert!(Instant::now() < limit, "{waiting} mails still wait {PATIENCE:?} after the last fault");
            sleep(GLANCE).await;
        }
    }
}
