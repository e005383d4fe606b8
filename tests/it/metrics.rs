//! What Prometheus and those who look at /readyz are told.

use std::fs;
use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use tests::{Durability, Mood, Postgres, Program, Redis, RefusingSmtp, Sink, Smtp, Usher, eventually, stories};
use worker::{Queue, Relay};

/// Those of one Usher on each back end, and those of whole programs.
pub(crate) mod programs {
    use super::{
        a_server_and_a_worker_tell_each_its_own, mails_in_hand_are_counted_while_they_are,
        what_the_program_does_is_counted,
    };
    use tests::stories;

    stories![alone:
        what_the_program_does_is_counted,
        mails_in_hand_are_counted_while_they_are,
        a_server_and_a_worker_tell_each_its_own,
    ];
}

stories![
    what_waits_and_for_how_long_is_told,
    a_mail_that_was_put_off_is_behind_only_when_its_next_attempt_is,
    nothing_waits_and_nobody_works,
];

/// The value of the one sample with this name and these labels.
fn sample(text: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let mut lines = text.lines().filter(|line| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']))
            && labels.iter().all(|label| line.contains(label))
    });
    let line = lines.next()?;
    assert!(lines.next().is_none(), "more than one {name} {labels:?}: {text}");
    line.rsplit(' ').next()?.parse().ok()
}

async fn get(app: &Usher, path: &str) -> String {
    let answer = app.request(Request::get(path).body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.status(), 200);
    answer.into_body()
}

async fn a_worker_is_heard(app: &Usher) {
    let id = app.domain().clock.new_id();
    let row = entity::worker::Model { id, started_at: app.now(), seen_at: app.now(), stopped_at: None };
    entity::worker::Entity::insert(row.into_active_model()).exec_without_returning(app.db()).await.expect("a worker");
}

async fn what_waits_and_for_how_long_is_told(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    a_worker_is_heard(&app).await;
    let seen_at = app.now().timestamp();
    for number in 0..3 {
        alice.invites(&acme, &format!("guest{number}@example.com")).await;
    }
    app.clock_moves(Duration::from_mins(10));
    alice.invites(&acme, "late@example.com").await;

    let ready: Value = serde_json::from_str(&get(&app, "/readyz").await).expect("JSON");
    assert_eq!((&ready["status"], &ready["database"]), (&json!("degraded"), &json!("ok")));
    assert_eq!(ready["mails"], json!({ "waiting": 4, "oldestAgeSeconds": 600 }));
    assert_eq!(ready["worker"], json!({ "alive": false, "lastHeartbeatAt": "2026-03-02T09:00:00.000Z" }));
    let metrics = get(&app, "/metrics").await;
    let told = |name| sample(&metrics, name, &[]);
    assert_eq!(told("usher_mails_waiting"), Some(4.0));
    assert_eq!(told("usher_mails_oldest_waiting_seconds"), Some(600.0));
    assert_eq!(told("usher_worker_last_heartbeat_timestamp_seconds"), Some(seen_at as f64));
    assert_eq!((told("usher_queue_jobs"), told("usher_database_up")), (Some(0.0), Some(1.0)));
    assert!(sample(&metrics, "usher_database_connections", &["state=\"in_use\""]).is_some());
    app.ignores_mail().await;
}

async fn a_mail_that_was_put_off_is_behind_only_when_its_next_attempt_is(app: Usher) {
    let smtp = RefusingSmtp::start("451 4.7.1 Come back later").await;
    app.delivers_by_smtp(&smtp.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    alice.invites(&acme, "bob@example.com").await;
    for _ in 0..5 {
        app.run_jobs().await;
        app.clock_moves(Duration::from_mins(10));
    }
    a_worker_is_heard(&app).await;
    // The sixth attempt is due 8 minutes after the fifth, give or take a fifth of that.
    let ready: Value = serde_json::from_str(&get(&app, "/readyz").await).expect("JSON");
    assert_eq!((&ready["status"], &ready["mails"]["oldestAgeSeconds"]), (&json!("ok"), &json!(3_000)));
    let behind = sample(&get(&app, "/metrics").await, "usher_mails_behind_seconds", &[]).expect("a number");
    assert!((0.0..300.0).contains(&behind), "{behind}");

    app.clock_moves(Duration::from_mins(10));
    // Claimed for a queue that nobody serves.
    let relay = Relay::new(app.domain().clone(), Queue::open(None).await.expect("a queue in memory"));
    assert_eq!(relay.tick().await.expect("the relay finds the mail"), 1);
    a_worker_is_heard(&app).await;
    let ready: Value = serde_json::from_str(&get(&app, "/readyz").await).expect("JSON");
    assert_eq!(ready["status"], "degraded");
    app.clock_moves(Duration::from_mins(10));
    app.ignores_mail().await;
}

async fn nothing_waits_and_nobody_works(app: Usher) {
    let metrics = get(&app, "/metrics").await;
    assert_eq!(sample(&metrics, "usher_mails_waiting", &[]), Some(0.0));
    assert_eq!(sample(&metrics, "usher_mails_oldest_waiting_seconds", &[]), Some(0.0));
    assert_eq!(sample(&metrics, "usher_worker_last_heartbeat_timestamp_seconds", &[]), None);
}

/// The names of the metrics in a text, or those in the table of docs/metrics.md.
fn told_names(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect()
}

async fn what_the_program_does_is_counted() {
    let usher = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0").starts().await;
    let alice = usher.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    usher.link_to("bob@example.com", "Alice invites you to Acme").await;
    alice.graphql("query Mine { viewer { user { email } } }", json!({})).await.object("");
    alice.graphql("query Wrong { nothing }", json!({})).await.error_code();
    assert_eq!(usher.gets("/no/such/page").await.0, 404);

    let sent = ["kind=\"INVITATION\"", "outcome=\"SENT\""];
    let metrics = eventually("the mail is counted", async || {
        let (status, metrics) = usher.gets("/metrics").await;
        assert_eq!(status, 200);
        let swept = sample(&metrics, "usher_sweep_duration_seconds_count", &[]);
        let relayed = sample(&metrics, "usher_relay_duration_seconds_count", &[]);
        let done = sample(&metrics, "usher_mails_finished_total", &sent);
        done.and(swept).and(relayed).map(|_| metrics)
    })
    .await;
    let told = |name: &str, labels: &[&str]| sample(&metrics, name, labels);
    assert_eq!(told("usher_mails_promised_total", &["kind=\"INVITATION\""]), Some(1.0));
    assert_eq!(told("usher_mails_finished_total", &sent), Some(1.0));
    assert_eq!(told("usher_mail_attempts_total", &sent), Some(1.0));
    assert_eq!(told("usher_mail_delivery_duration_seconds_count", &["kind=\"VERIFY_EMAIL\""]), Some(1.0));
    let mine = ["operation=\"Mine\"", "type=\"query\"", "outcome=\"ok\""];
    assert_eq!(told("usher_graphql_operation_duration_seconds_count", &mine), Some(1.0));
    let refused = ["operation=\"other\"", "outcome=\"refused\""];
    assert_eq!(told("usher_graphql_operation_duration_seconds_count", &refused), Some(1.0));
    let lost = ["route=\"(none)\"", "method=\"GET\"", "status=\"404\""];
    assert_eq!(told("usher_http_request_duration_seconds_count", &lost), Some(1.0));
    assert!(told("usher_http_request_duration_seconds_count", &["route=\"/graphql\"", "status=\"200\""]) > Some(5.0));

    // Nothing of what people are or have: no address, no id, no name.
    for private in ["@", acme.id(), invitation.id(), "Acme", "Wrong", "/no/such"] {
        assert!(!metrics.contains(private), "{private}: {metrics}");
    }
    the_docs_list_what_is_told(&metrics);
}

/// docs/metrics.md lists every metric that is told, and none that is not.
fn the_docs_list_what_is_told(metrics: &str) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    let docs = fs::read_to_string(docs).expect("the list of metrics");
    for name in told_names(metrics) {
        assert!(docs.contains(&format!("| {name} |")), "docs/metrics.md does not list {name}");
    }
    // These need a failure of the database or a subscription, and come with it.
    let rare = ["usher_graphql_subscriptions_total", "usher_graphql_subscriptions_open"];
    for name in docs.lines().filter_map(|line| line.strip_prefix("| usher_")?.split(' ').next()) {
        let name = format!("usher_{name}");
        let told = told_names(metrics).contains(&&*name) || rare.contains(&&*name);
        assert!(told, "docs/metrics.md lists {name}, which is not told");
    }
}

async fn mails_in_hand_are_counted_while_they_are() {
    let sink = Sink::start(Duration::ZERO).await;
    sink.is(Mood::Holding);
    let usher = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0").with("USHER_SMTP_URL", &sink.url());
    let usher = usher.starts().await;
    for guest in ["bob@example.com", "carol@example.com", "dave@example.com"] {
        usher.visitor(guest).registers().await.succeeds();
    }
    let are_in_hand = async |count: f64| {
        eventually("so many mails are in hand", async || {
            let metrics = usher.gets("/metrics").await.1;
            (sample(&metrics, "usher_mails_in_flight", &[])? == count).then_some(())
        })
        .await;
    };
    are_in_hand(3.0).await;
    sink.is(Mood::Polite);
    are_in_hand(0.0).await;
    assert_eq!(sink.received().len(), 3);
}

async fn a_server_and_a_worker_tell_each_its_own() {
    let (postgres, redis, smtp) = (Postgres::start(Durability::Fast), Redis::start(), Smtp::start());
    let program = |command: &str| {
        Program::new(&[command])
            .with("USHER_DATABASE_URL", &postgres.url("postgres"))
            .with("USHER_REDIS_URL", &redis.url(0))
            .with("USHER_SMTP_URL", &smtp.url())
            .with("USHER_SECRET_KEY", "a key for process tests of 32 bytes or more")
            .with("USHER_PUBLIC_URL", "https://usher.example")
            .with("USHER_LISTEN", "127.0.0.1:0")
    };
    let (server, worker) = (program("server").starts().await, program("worker").starts().await);
    server.visitor("alice@example.com").registers().await.succeeds();
    let kind = ["kind=\"VERIFY_EMAIL\""];
    eventually("the worker has sent the mail", async || {
        let metrics = worker.gets("/metrics").await.1;
        (sample(&metrics, "usher_mails_finished_total", &kind)? == 1.0).then_some(())
    })
    .await;
    let (of_server, of_worker) = (server.gets("/metrics").await.1, worker.gets("/metrics").await.1);
    assert_eq!(sample(&of_server, "usher_mails_promised_total", &kind), Some(1.0));
    assert_eq!(sample(&of_server, "usher_mails_finished_total", &kind), None);
    assert_eq!(sample(&of_worker, "usher_mails_promised_total", &kind), None);
    for metrics in [&of_server, &of_worker] {
        assert_eq!(sample(metrics, "usher_mails_waiting", &[]), Some(0.0));
        assert!(sample(metrics, "usher_worker_last_heartbeat_timestamp_seconds", &[]).is_some());
    }
    let ready =
        async || serde_json::from_str::<Value>(&server.gets("/readyz").await.1).expect("JSON")["worker"].clone();
    assert_eq!(ready().await["alive"], true);
    worker.stops().await;
    let stopped = ready().await;
    assert_eq!(stopped["alive"], false, "it told that it stops");
    assert!(stopped["lastHeartbeatAt"].is_string(), "{stopped}");
}
