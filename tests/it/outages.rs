//! What the program answers while it stops, and while what it depends on is away.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use entity::workspace;
use futures::future::join_all;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, Statement};
use serde_json::{Value, json};
use tests::{CREATE_ALICE, Durability, Mood, Postgres, Program, Redis, Running, Sink, SlowWay, eventually, stories};
use tokio::time::timeout;

stories![alone:
    readiness_tells_what_is_away,
    a_database_that_hangs_is_told_in_time_and_loses_no_mail,
    a_mail_taken_while_the_database_hangs_is_sent_once,
    a_database_that_is_gone_without_a_word_keeps_no_connection,
    a_request_in_progress_is_answered_before_the_program_stops,
];

/// Waits until /readyz answers this status and has these values.
async fn is_ready_with(usher: &Running, status: u16, expected: &[(&str, &str)]) {
    eventually(&format!("{status} {expected:?}"), async || {
        let (answered, body) = usher.gets("/readyz").await;
        let body: Value = serde_json::from_str(&body).expect("JSON");
        (answered == status && expected.iter().all(|(name, value)| body[name] == *value)).then_some(())
    })
    .await;
}

async fn readiness_tells_what_is_away() {
    let (mut postgres, mut redis) = (Postgres::start(Durability::Fast), Redis::start());
    let usher = Program::new(&["up"])
        .with("USHER_LISTEN", "127.0.0.1:0")
        .with("USHER_DATABASE_URL", &postgres.url("postgres"))
        .with("USHER_REDIS_URL", &redis.url(0))
        .starts()
        .await;
    let fit = [("status", "ok"), ("database", "ok"), ("redis", "ok")];
    is_ready_with(&usher, 200, &fit).await;
    redis.kill();
    is_ready_with(&usher, 200, &[("status", "degraded"), ("database", "ok"), ("redis", "away")]).await;
    redis.restart_empty();
    is_ready_with(&usher, 200, &fit).await;
    postgres.stop();
    is_ready_with(&usher, 503, &[("status", "unavailable"), ("database", "away")]).await;
    assert_eq!(usher.gets("/healthz").await.0, 200, "it lives all the same");
    postgres.restart();
    is_ready_with(&usher, 200, &fit).await;
}

async fn a_database_that_hangs_is_told_in_time_and_loses_no_mail() {
    let postgres = Postgres::start(Durability::Fast);
    let usher = Program::new(&["up"])
        .with("USHER_LISTEN", "127.0.0.1:0")
        .with("USHER_DATABASE_URL", &postgres.url("postgres"))
        .with("USHER_REQUEST_TIMEOUT", "1s")
        .starts()
        .await;
    let alice = usher.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    alice.invites(&acme, "bob@example.com").await;
    let hanging = postgres.hangs();
    let input = json!({ "workspaceId": acme.id(), "email": "carol@example.com" });
    let given_up = alice.mutates("sendInvitation", input, "invitation { id }").await;
    assert_eq!(given_up.error_code(), "QUERY_TOO_COMPLEX");
    is_ready_with(&usher, 503, &[("status", "unavailable"), ("database", "away")]).await;
    assert_eq!(usher.gets("/healthz").await.0, 200, "it lives all the same");
    drop(hanging);
    is_ready_with(&usher, 200, &[("status", "ok"), ("database", "ok")]).await;
    alice.invites(&acme, "dave@example.com").await;
    for guest in ["bob@example.com", "dave@example.com"] {
        usher.link_to(guest, "Alice invites you to Acme").await;
    }
    let mails: Value = serde_json::from_str(&usher.gets("/mail.json").await.1).expect("JSON");
    let to_bob = |mail: &&Value| mail["to"] == "bob@example.com";
    assert_eq!(mails.as_array().expect("a list").iter().filter(to_bob).count(), 1, "{mails}");
}

async fn a_mail_taken_while_the_database_hangs_is_sent_once() {
    let (postgres, sink) = (Postgres::start(Durability::Fast), Sink::start(Duration::ZERO).await);
    sink.is(Mood::Holding);
    let url = postgres.url("postgres");
    assert!(Program::new(&CREATE_ALICE).with("USHER_DATABASE_URL", &url).runs().await.status.success());
    let usher = Program::new(&["up"])
        .with("USHER_LISTEN", "127.0.0.1:0")
        .with("USHER_DATABASE_URL", &url)
        .with("USHER_SMTP_URL", &sink.url())
        .starts()
        .await;
    let alice = usher.visitor("alice@example.com");
    alice.logs_in().await.succeeds();
    let acme = alice.creates_workspace("Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    eventually("the mail server has the mail", async || (sink.received().len() == 1).then_some(())).await;
    let hanging = postgres.hangs();
    sink.is(Mood::Polite);
    is_ready_with(&usher, 503, &[("status", "unavailable"), ("database", "away")]).await;
    drop(hanging);
    eventually("the mail is recorded", async || {
        (alice.sees_delivery(&invitation).await == ("SENT".to_owned(), json!(1))).then_some(())
    })
    .await;
    assert_eq!(sink.received().len(), 1);
}

async fn a_database_that_is_gone_without_a_word_keeps_no_connection() {
    let postgres = Postgres::start(Durability::Fast);
    let way = SlowWay::to(postgres.port(), Duration::ZERO).await;
    let url = postgres.url("postgres").replace(&format!(":{}/", postgres.port()), &format!(":{}/", way.port()));
    let db = domain::db::connect(&url.into()).await.expect("the database takes connections");
    let ask = || timeout(Duration::from_secs(1), db.execute_unprepared("SELECT pg_sleep(0.2)"));
    // As many at once as there are connections in a pool.
    let asked = join_all((0..19).map(|_| ask())).await;
    assert!(asked.iter().all(|asked| matches!(asked, Ok(Ok(_)))), "{asked:?}");
    way.loses_connections();
    let asked = join_all((0..19).map(|_| ask())).await;
    assert!(asked.iter().all(Result::is_err), "{asked:?}");
    eventually("it answers over new connections", async || matches!(ask().await, Ok(Ok(_))).then_some(())).await;
    // Nor does the database keep the rows of a transaction whose host went away.
    let limit = Statement::from_string(DbBackend::Postgres, "SHOW idle_in_transaction_session_timeout");
    let limit = db.query_one_raw(limit).await.expect("an answer").expect("a row");
    assert_eq!(limit.try_get_by_index::<String>(0).expect("a text"), "20s");
}

/// Whether a request waits for a row that somebody holds.
async fn somebody_waits(db: &DatabaseConnection) -> Option<()> {
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    let found = db.query_one_raw(Statement::from_string(DbBackend::Postgres, waiting)).await;
    found.expect("a list of connections").map(drop)
}

async fn a_request_in_progress_is_answered_before_the_program_stops() {
    let postgres = Postgres::start(Durability::Fast);
    let url = postgres.url("postgres");
    assert!(Program::new(&CREATE_ALICE).with("USHER_DATABASE_URL", &url).runs().await.status.success());
    let usher = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0").with("USHER_DATABASE_URL", &url);
    let usher = usher.starts().await;
    let alice = usher.visitor("alice@example.com");
    alice.logs_in().await.succeeds();
    let acme = alice.creates_workspace("Acme").await;

    let db = domain::db::connect(&url.into()).await.expect("the database takes connections");
    let held = domain::db::begin_write(&db).await.expect("a transaction");
    held.execute_unprepared("SELECT id FROM workspaces FOR UPDATE").await.expect("a row that is held");
    let rename = {
        let (alice, acme) = (alice.clone(), acme.clone());
        async move { alice.renames_workspace(&acme, "Apex").await }
    };
    let meanwhile = async {
        eventually("the request waits for the row", async || somebody_waits(&db).await).await;
        usher.is_asked_to_stop().await;
        let address = usher.address();
        let address = SocketAddr::from(([127, 0, 0, 1], address.port().expect("a port")));
        eventually("nobody is let in any more", async || TcpStream::connect(address).is_err().then_some(())).await;
        held.rollback().await.expect("the row is free");
        usher.ends().await
    };
    let (renamed, ended) = tokio::join!(rename, meanwhile);
    assert_eq!(renamed.text("/workspace/name"), "Apex");
    assert_eq!(ended.code(), Some(0));
    let row = workspace::Entity::find().one(&db).await.expect("workspaces can be read").expect("a workspace");
    assert_eq!(row.name, "Apex");
}
