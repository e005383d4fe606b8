//! Mail in its dialogue with the mail server, and what happens to its worker meanwhile.

use std::{
    fs,
    time::{Duration, Instant},
};

use domain::db;
use entity::outbox::{Column, Entity, Model, Status};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, TransactionTrait,
};
use serde_json::json;
use tests::{
    Actor, CREATE_ALICE, Durability, Mood, Object, Postgres, Program, Redis, Running, Sink, eventually, stories,
};
use worker::IN_FLIGHT;

stories![alone:
    a_mail_in_its_dialogue_is_finished_before_a_stop,
    a_mail_that_waits_for_its_dialogue_is_given_back_at_a_stop,
    a_mail_server_that_answers_nobody_stops_no_stop_and_gets_the_same_mail_again,
    a_dialogue_begins_only_when_it_can_end_before_the_lease,
    a_yes_that_comes_while_the_database_is_away_is_recorded_when_it_is_back,
    while_nothing_can_be_recorded_no_more_mails_are_sent_than_may_be_sent_twice,
    a_mail_that_waits_for_the_records_of_others_is_given_back_at_a_stop,
    a_mail_that_is_taken_back_while_it_waits_for_a_connection_is_not_sent,
];

const KEY: &str = "a key for dialogues of 32 bytes or more";

/// A mail to the one account there is, for later.
const LATER: &str = "INSERT INTO outbox (id, kind, status, recipient, user_id, key_id, claim, attempts, available_at, created_at) \
    SELECT gen_random_uuid(), 'ADDRESS_IN_USE', 'QUEUED', email, id, 0, 0, 0, now() + interval '1 hour', now() FROM users";

/// PostgreSQL, Redis, a mail server, and a server of Usher with somebody signed in.
struct Stage {
    postgres: Postgres,
    redis: Redis,
    sink: Sink,
    db: DatabaseConnection,
    _server: Running,
    alice: Actor,
    acme: Object,
}

impl Stage {
    async fn set() -> Self {
        let (postgres, redis) = (Postgres::start(Durability::Fast), Redis::start());
        let sink = Sink::start(Duration::ZERO).await;
        let program = |arguments: &[&str]| program(&postgres, &redis, &sink, arguments);
        let created = program(&CREATE_ALICE).runs().await;
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
        let server = program(&["server"]).with("USHER_LISTEN", "127.0.0.1:0").starts().await;
        let alice = server.visitor("alice@example.com");
        alice.logs_in().await.succeeds();
        let acme = alice.creates_workspace("Acme").await;
        let db = db::connect(&postgres.url("postgres").into()).await.expect("PostgreSQL takes connections");
        Self { postgres, redis, sink, db, _server: server, alice, acme }
    }

    async fn worker(&self) -> Running {
        self.program("worker").starts().await
    }

    fn program(&self, command: &str) -> Program {
        program(&self.postgres, &self.redis, &self.sink, &[command])
    }

    /// The mail server has the invitation of Bob, and does not answer.
    async fn holds_the_mail_to_bob(&self) {
        self.sink.is(Mood::Holding);
        self.alice.invites(&self.acme, "bob@example.com").await;
        eventually("the mail server has the mail", async || (self.sink.received().len() == 1).then_some(())).await;
    }

    /// Invites so many at once.
    async fn invites(&self, count: usize) {
        let rows: Vec<_> = (0..count).map(|number| json!({ "email": format!("guest-{number}@example.com") })).collect();
        self.alice.invites_many(&self.acme, json!(rows), None).await.succeeds();
    }

    /// Waits until so many mails have this status.
    async fn are(&self, count: usize, status: Status) {
        eventually(&format!("{count} mails are {status:?}"), async || {
            let found = Entity::find().filter(Column::Status.eq(status)).count(&self.db).await;
            (found.expect("the outbox can be read") == count as u64).then_some(())
        })
        .await;
    }

    /// The one mail in the outbox.
    async fn mail(&self) -> Model {
        Entity::find().one(&self.db).await.expect("the outbox can be read").expect("a mail")
    }

    async fn is_sent(&self) {
        eventually("the mail is sent", async || (self.mail().await.status == Status::Sent).then_some(())).await;
    }
}

fn program(postgres: &Postgres, redis: &Redis, sink: &Sink, arguments: &[&str]) -> Program {
    Program::new(arguments)
        .with("USHER_DATABASE_URL", &postgres.url("postgres"))
        .with("USHER_REDIS_URL", &redis.url(0))
        .with("USHER_SMTP_URL", &sink.url())
        .with("USHER_SECRET_KEY", KEY)
        .with("USHER_PUBLIC_URL", "https://usher.example")
        .with("USHER_MAIL_LEASE", "10s")
        .with("USHER_MAIL_RETRY_FIRST", "1s")
}

async fn cannot_record(worker: &Running) {
    eventually("the worker has tried to record", async || {
        let log = fs::read_to_string(worker.log()).expect("its log");
        log.contains("could not be recorded yet").then_some(())
    })
    .await;
}

async fn a_mail_in_its_dialogue_is_finished_before_a_stop() {
    let stage = Stage::set().await;
    let worker = stage.worker().await;
    stage.holds_the_mail_to_bob().await;
    worker.is_asked_to_stop().await;
    stage.alice.invites(&stage.acme, "carl@example.com").await;
    stage.sink.is(Mood::Polite);
    let (status, _) = worker.stops().await;
    assert_eq!(status.code(), Some(0));
    let bob = || stage.sink.received().iter().filter(|mail| mail.recipient == "bob@example.com").count();
    let seen = stage.alice.sees_invitations(&stage.acme).await;
    let delivery = seen.iter().find(|invitation| invitation.text("/email") == "bob@example.com").expect("Bob's");
    assert_eq!((delivery.text("/delivery/status"), delivery.at("/delivery/attempts").as_i64()), ("SENT", Some(1)));

    let _next = stage.worker().await;
    eventually("the other mail goes out as well", async || {
        stage.sink.received().iter().any(|mail| mail.recipient == "carl@example.com").then_some(())
    })
    .await;
    assert_eq!((bob(), stage.sink.received().len()), (1, 2));
}

async fn a_mail_that_waits_for_its_dialogue_is_given_back_at_a_stop() {
    let stage = Stage::set().await;
    let worker = stage.program("worker").with("USHER_SMTP_CONNECTIONS", "1").starts().await;
    stage.holds_the_mail_to_bob().await;
    stage.alice.invites(&stage.acme, "carl@example.com").await;
    let deliveries = async || {
        let seen = stage.alice.sees_invitations(&stage.acme).await;
        let mut seen: Vec<_> = seen
            .iter()
            .map(|invitation| {
                (invitation.text("/delivery/status").to_owned(), invitation.at("/delivery/attempts").as_i64())
            })
            .collect();
        seen.sort();
        seen
    };
    let sending = ("SENDING".to_owned(), Some(1));
    eventually("both are in hand", async || (deliveries().await == [sending.clone(), sending.clone()]).then_some(()))
        .await;
    worker.is_asked_to_stop().await;
    eventually("one is given back", async || {
        (deliveries().await == [("QUEUED".to_owned(), Some(0)), sending.clone()]).then_some(())
    })
    .await;
    stage.sink.is(Mood::Polite);
    assert_eq!(worker.stops().await.0.code(), Some(0));
    assert_eq!(stage.sink.received().len(), 1);
    let _next = stage.worker().await;
    let sent = ("SENT".to_owned(), Some(1));
    eventually("both are sent", async || (deliveries().await == [sent.clone(), sent.clone()]).then_some(())).await;
    assert_eq!(stage.sink.received().len(), 2);
}

async fn a_mail_server_that_answers_nobody_stops_no_stop_and_gets_the_same_mail_again() {
    let stage = Stage::set().await;
    let worker = stage.worker().await;
    stage.holds_the_mail_to_bob().await;
    assert_eq!(worker.stops().await.0.code(), Some(0));
    let mail = stage.mail().await;
    assert_eq!(mail.status, Status::Retrying);
    assert!(mail.last_error.as_deref().is_some_and(|error| error.ends_with("; the mail may have been taken")));

    stage.sink.is(Mood::Polite);
    let _next = stage.worker().await;
    stage.is_sent().await;
    let (mail, received) = (stage.mail().await, stage.sink.received());
    assert_eq!((received.len(), mail.attempts, mail.interruptions), (2, 2, 0));
    let message_id = format!("Message-ID: <{}@usher.example>", mail.id);
    assert!(received.iter().all(|mail| mail.content.contains(&message_id)), "{received:?}");
}

async fn a_dialogue_begins_only_when_it_can_end_before_the_lease() {
    let stage = Stage::set().await;
    let _worker = stage.worker().await;
    stage.db.execute_unprepared(LATER).await.expect("a mail that is not due");
    // Workers can take the mail, but not read to whom it is.
    let lock = stage.db.begin().await.expect("a transaction");
    lock.execute_unprepared("LOCK TABLE users IN ACCESS EXCLUSIVE MODE").await.expect("a lock");
    stage.db.execute_unprepared("UPDATE outbox SET available_at = now()").await.expect("a mail that is due");
    eventually("the mail is taken, its lease ends, and it is taken again", async || {
        let mail = stage.mail().await;
        (mail.claim >= 2 && mail.status == Status::Sending).then_some(())
    })
    .await;
    lock.rollback().await.expect("the lock is gone");
    stage.is_sent().await;
    assert_eq!(stage.sink.at_once(), [] as [String; 0]);
    assert_eq!(stage.sink.received().len(), 1, "it is sent by the one who has it");
}

async fn a_yes_that_comes_while_the_database_is_away_is_recorded_when_it_is_back() {
    let mut stage = Stage::set().await;
    let worker = stage.worker().await;
    stage.holds_the_mail_to_bob().await;
    stage.postgres.stop();
    stage.sink.is(Mood::Polite);
    cannot_record(&worker).await;
    stage.postgres.restart();
    stage.db = db::connect(&stage.postgres.url("postgres").into()).await.expect("PostgreSQL takes connections");
    stage.is_sent().await;
    let mail = stage.mail().await;
    assert_eq!((stage.sink.received().len(), mail.attempts, mail.interruptions), (1, 1, 0));
}

async fn while_nothing_can_be_recorded_no_more_mails_are_sent_than_may_be_sent_twice() {
    const MAILS: usize = 100;
    let stage = Stage::set().await;
    stage.invites(MAILS).await;
    // A record is an event as well.
    let lock = stage.db.begin().await.expect("a transaction");
    lock.execute_unprepared("LOCK TABLE events IN EXCLUSIVE MODE").await.expect("a lock");
    let worker = stage.program("worker").with("USHER_SMTP_CONNECTIONS", "100").with("USHER_MAIL_LEASE", "15s");
    let worker = worker.starts().await;
    stage.are(MAILS, Status::Sending).await;
    cannot_record(&worker).await;
    assert_eq!(stage.sink.received().len(), IN_FLIGHT, "the others wait for their records");
    lock.rollback().await.expect("the lock is gone");
    stage.are(MAILS, Status::Sent).await;
    assert_eq!(stage.sink.at_once(), [] as [String; 0]);
    assert_eq!(stage.sink.received().len(), MAILS, "each is sent once");
}

async fn a_mail_that_waits_for_the_records_of_others_is_given_back_at_a_stop() {
    const WAITING: usize = 10;
    let stage = Stage::set().await;
    stage.invites(IN_FLIGHT + WAITING).await;
    stage.sink.is(Mood::Holding);
    let worker = stage.program("worker").with("USHER_SMTP_CONNECTIONS", "100").with("USHER_MAIL_LEASE", "60s");
    let worker = worker.starts().await;
    stage.are(IN_FLIGHT + WAITING, Status::Sending).await;
    eventually("all that may be are with the mail server", async || {
        (stage.sink.received().len() == IN_FLIGHT).then_some(())
    })
    .await;
    worker.is_asked_to_stop().await;
    stage.are(WAITING, Status::Queued).await;
    stage.are(IN_FLIGHT, Status::Sending).await;
    stage.sink.is(Mood::Polite);
    assert_eq!(worker.stops().await.0.code(), Some(0));
    stage.are(IN_FLIGHT, Status::Sent).await;
    let _next = stage.worker().await;
    stage.are(IN_FLIGHT + WAITING, Status::Sent).await;
    assert_eq!(stage.sink.received().len(), IN_FLIGHT + WAITING, "each is sent once");
}

async fn a_mail_that_is_taken_back_while_it_waits_for_a_connection_is_not_sent() {
    let stage = Stage::set().await;
    let worker = stage.program("worker").with("USHER_SMTP_CONNECTIONS", "1").with("USHER_MAIL_LEASE", "60s");
    let _worker = worker.starts().await;
    stage.holds_the_mail_to_bob().await;
    let carl = stage.alice.invites(&stage.acme, "carl@example.com").await;
    stage.are(2, Status::Sending).await;
    stage.alice.revokes(&carl).await.succeeds();
    // What was read a moment ago is taken to be so still.
    let revoked = Instant::now();
    eventually("a moment passes", async || (revoked.elapsed() > Duration::from_millis(300)).then_some(())).await;
    stage.sink.is(Mood::Polite);
    stage.are(1, Status::Sent).await;
    stage.are(1, Status::Cancelled).await;
    assert_eq!(stage.sink.received().len(), 1, "only that to Bob");
}
