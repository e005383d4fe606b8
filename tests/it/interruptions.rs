//! Deliveries whose worker dies: they are counted apart from those that fail. And invitations that somebody holds meanwhile:
//! nobody else waits for them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::db;
use domain::id::Kind;
use entity::invitation;
use entity::outbox::{Column, Entity, Status};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{DatabaseTransaction, DbBackend, EntityTrait, TransactionTrait};
use serde_json::json;
use tests::{Actor, Mood, Object, RefusingSmtp, Sink, Usher, eventually, stories};
use tokio::time::timeout;
use worker::{Queue, Relay};

stories![
    deaths_of_workers_make_no_failure_final,
    a_mail_whose_worker_dies_each_time_waits_longer_and_fails_in_the_end,
    a_mail_sent_while_its_invitation_is_held_keeps_no_other_from_being_recorded,
    an_interrupted_mail_whose_invitation_is_held_keeps_no_other_from_being_relayed,
];

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

/// Holds the row of an invitation until the end of the transaction. None on SQLite, where one transaction writes at a time
/// and there are no rows to hold.
async fn holds(app: &Usher, invitation: &Object) -> Option<DatabaseTransaction> {
    if app.db().get_database_backend() != DbBackend::Postgres {
        return None;
    }
    let id = Kind::Invitation.parse(invitation.id()).expect("the id of an invitation");
    let tx = app.db().begin().await.expect("a transaction");
    db::hold(&tx, invitation::Entity::find_by_id(id)).await.expect("it can be held").expect("an invitation");
    Some(tx)
}

async fn delivery_becomes(alice: &Actor, invitation: &Object, status: &str) {
    let is = async || (alice.sees_delivery(invitation).await.0 == status).then_some(());
    eventually(&format!("its mail is {status}"), is).await;
}

async fn a_mail_sent_while_its_invitation_is_held_keeps_no_other_from_being_recorded(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let held = alice.invites(&acme, "held@example.com").await;
    let others = [alice.invites(&acme, "bob@example.com").await, alice.invites(&acme, "carl@example.com").await];
    let holder = holds(&app, &held).await;
    let is_held = holder.is_some();
    tokio::join!(app.run_jobs(), async {
        for other in &others {
            delivery_becomes(&alice, other, "SENT").await;
        }
        if is_held {
            assert_eq!(alice.sees_delivery(&held).await.0, "SENDING");
        }
        if let Some(tx) = holder {
            tx.rollback().await.expect("it is let go");
        }
    });
    assert_eq!(alice.sees_delivery(&held).await, ("SENT".into(), json!(1)));
    for address in ["held@example.com", "bob@example.com", "carl@example.com"] {
        app.mail_to(address);
    }
    app.no_more_mail();
}

async fn an_interrupted_mail_whose_invitation_is_held_keeps_no_other_from_being_relayed(app: Usher) {
    let (alice, held, relay) = waiting(&app).await;
    let acme = alice.creates_workspace("Acme 2").await;
    let interrupted = alice.invites(&acme, "carl@example.com").await;
    a_worker_dies(&app).await;
    let waits = alice.invites(&acme, "dora@example.com").await;
    app.loses_the_push().await;
    app.clock_moves(app.domain().mail.lease);
    let holder = holds(&app, &held).await;
    let is_held = holder.is_some();
    let tick = timeout(Duration::from_secs(10), relay.tick()).await.expect("the relay waits for nobody");
    // A first interruption has waited for long enough with its lease.
    assert_eq!(tick.expect("the relay finds the mails"), if is_held { 2 } else { 3 });
    assert_eq!(alice.sees_delivery(&waits).await.0, "QUEUED");
    assert_eq!(alice.sees_delivery(&interrupted).await.0, "RETRYING");
    assert_eq!(alice.sees_delivery(&held).await.0, if is_held { "SENDING" } else { "RETRYING" });
    if let Some(tx) = holder {
        tx.rollback().await.expect("it is let go");
        relay.tick().await.expect("the relay finds the mail");
        assert_eq!(alice.sees_delivery(&held).await.0, "RETRYING");
    }
    app.clock_moves(Duration::from_mins(10));
    app.ignores_mail().await;
}
