//! Deliveries whose worker dies: they are counted apart from those that fail.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::outbox::{Column, Entity, Status};
use sea_orm::EntityTrait;
use sea_orm::sea_query::{Expr, ExprTrait};
use serde_json::json;
use tests::{Actor, Mood, Object, RefusingSmtp, Sink, Usher, stories};
use worker::{Queue, Relay};

stories![deaths_of_workers_make_no_failure_final, a_mail_whose_worker_dies_each_time_waits_longer_and_fails_in_the_end,];

/// How long it is to the next attempt.
async fn wait(app: &Usher, alice: &Actor, invitation: &Object) -> Duration {
    let seen = alice.sees_invitation(invitation).await;
    let next: DateTime<Utc> = seen.text("/delivery/nextAttemptAt").parse().expect("a time");
    (next - app.now()).to_std().unwrap_or_default()
}

/// An invitation whose mail waits, and a relay to a queue that nobody serves.
async fn waiting(app: &Usher) -> (Actor, Object, Relay) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.loses_the_push().await;
    let relay = Relay::new(app.domain().clone(), Queue::open(None).await.expect("a queue in memory"));
    (alice, invitation, relay)
}

/// As a worker leaves a mail that dies in its SMTP dialogue.
async fn a_worker_dies(app: &Usher) {
    let left = Entity::update_many()
        .col_expr(Column::Status, Expr::value(Status::Sending))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::AvailableAt, Expr::value(app.now() + app.domain().mail.lease));
    left.exec(app.db()).await.expect("the mail");
    app.clock_moves(app.domain().mail.lease);
}

async fn deaths_of_workers_make_no_failure_final(app: Usher) {
    let (alice, invitation, relay) = waiting(&app).await;
    for death in 1..13 {
        a_worker_dies(&app).await;
        relay.tick().await.expect("the relay finds the mail");
        assert_eq!(alice.sees_delivery(&invitation).await, ("RETRYING".into(), json!(death)));
        app.clock_moves(wait(&app, &alice, &invitation).await);
    }
    // Cut dialogues and refusals are attempts alike.
    let sink = Sink::start(Duration::ZERO).await;
    sink.is(Mood::Cutting);
    let refusing = RefusingSmtp::start("451 4.7.1 Come back later").await;
    for failure in 1..13 {
        app.delivers_by_smtp(&if failure % 2 == 0 { refusing.url() } else { sink.url() });
        app.run_jobs().await;
        assert_eq!(alice.sees_delivery(&invitation).await, ("RETRYING".into(), json!(12 + failure)));
        let wait = wait(&app, &alice, &invitation).await;
        assert!(failure > 1 || wait <= Duration::from_secs(36), "the first failure waits like a first one: {wait:?}");
        app.clock_moves(wait);
    }
    app.delivers_by_smtp(&refusing.url());
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("FAILED".into(), json!(25)));
    assert!(alice.sees_invitation(&invitation).await.text("/delivery/lastError").contains("Come back later"));
}

async fn a_mail_whose_worker_dies_each_time_waits_longer_and_fails_in_the_end(app: Usher) {
    let (alice, invitation, relay) = waiting(&app).await;
    for death in 1..13 {
        a_worker_dies(&app).await;
        relay.tick().await.expect("the relay finds the mail");
        assert_eq!(alice.sees_delivery(&invitation).await, ("RETRYING".into(), json!(death)));
        let (wait, lease) = (wait(&app, &alice, &invitation).await, app.domain().mail.lease);
        let planned = app.domain().mail.retry_delay(death - 1);
        let is_long_enough = death < 3 || (wait + lease >= planned * 8 / 10 && wait + lease <= planned * 12 / 10);
        assert!(is_long_enough, "after {death} deaths: {lease:?} and {wait:?}, not {planned:?}");
        app.clock_moves(wait);
    }
    a_worker_dies(&app).await;
    app.run_jobs().await;
    app.no_more_mail();
    assert_eq!(alice.sees_delivery(&invitation).await, ("FAILED".into(), json!(13)));
    let error = alice.sees_invitation(&invitation).await.text("/delivery/lastError").to_owned();
    assert_eq!(error, "the delivery was interrupted: its worker died, or the database was away");
}
