//! Mail that waits for a worker.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use domain::outbox::Claimed;
use entity::outbox::{Column, Entity, Status};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tests::{Actor, Object, Usher, stories};
use uuid::Uuid;
use worker::queue::Job;
use worker::{JOB_SIZE, QUEUE_BOUND, Queue, Relay};

stories![
    five_thousand_mails_wait_for_ten_minutes_and_all_go_out,
    an_invitation_taken_back_while_it_waits_is_not_sent,
    a_full_queue_is_given_no_more,
    one_sent_again_while_it_waits_goes_out_once_and_both_links_work,
];

const TEN_MINUTES: Duration = Duration::from_mins(10);

async fn ready(app: &Usher) -> Value {
    let answer = app.request(Request::get("/readyz").body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.status(), 200);
    serde_json::from_str(answer.body()).expect("JSON")
}

async fn status(alice: &Actor, invitation: &Object) -> String {
    alice.sees_invitation(invitation).await.text("/delivery/status").to_owned()
}

async fn count(app: &Usher, status: Status) -> u64 {
    Entity::find().filter(Column::Status.eq(status)).count(app.db()).await.expect("the outbox can be counted")
}

async fn five_thousand_mails_wait_for_ten_minutes_and_all_go_out(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for thousand in 0..5 {
        let rows: Vec<Value> =
            (0..1_000).map(|number| json!({ "email": format!("guest-{thousand}-{number}@example.com") })).collect();
        alice.invites_many(&acme, json!(rows), None).await.succeeds();
    }
    app.clock_moves(TEN_MINUTES);
    let seen = alice.sees_invitations(&acme).await;
    assert_eq!(seen.len(), 100);
    assert!(seen.iter().all(|invitation| invitation.text("/delivery/status") == "QUEUED"));
    let waiting = ready(&app).await;
    assert_eq!(waiting["mails"], json!({ "waiting": 5_000, "oldestAgeSeconds": 600 }));
    assert_eq!(waiting["status"], "degraded");
    let born_due = Entity::find().filter(Column::Claim.eq(0)).count(app.db()).await.expect("the outbox can be counted");
    assert_eq!(born_due, 3_000, "what the hand-off had no room for is the relay's");

    app.ignores_mail().await;
    assert_eq!(count(&app, Status::Sent).await, 5_000);
    let attempts = Entity::find().filter(Column::Attempts.ne(1)).count(app.db()).await;
    assert_eq!(attempts.expect("the outbox can be counted"), 0, "none was sent twice");
    assert_eq!(ready(&app).await["mails"], json!({ "waiting": 0, "oldestAgeSeconds": 0 }));
}

async fn an_invitation_taken_back_while_it_waits_is_not_sent(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.clock_moves(TEN_MINUTES);
    alice.revokes(&invitation).await.succeeds();
    app.run_jobs().await;
    app.no_more_mail();
    assert_eq!(status(&alice, &invitation).await, "CANCELLED");
}

async fn a_full_queue_is_given_no_more(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    const MAILS: usize = JOB_SIZE + 2;
    let rows: Vec<Value> = (0..MAILS).map(|number| json!({ "email": format!("guest-{number}@example.com") })).collect();
    alice.invites_many(&acme, json!(rows), None).await.succeeds();
    app.loses_the_push().await;
    app.clock_moves(TEN_MINUTES);
    let queue = Queue::open(None).await.expect("a queue");
    let job = |_| Job { mails: vec![Claimed { id: Uuid::nil(), claim: 1 }] };
    queue.push((1..QUEUE_BOUND).map(job).collect()).await.expect("a queue in memory takes jobs");
    let relay = Relay::new(app.domain().clone(), queue.clone());
    assert_eq!(relay.tick().await.expect("it claims"), JOB_SIZE, "there is room for one job");
    assert_eq!(relay.tick().await.expect("it claims nothing"), 0);
    assert_eq!(queue.depth().await.expect("a depth"), QUEUE_BOUND);
    assert_eq!(count(&app, Status::Queued).await, MAILS as u64);
    app.clock_moves(TEN_MINUTES);
    app.ignores_mail().await;
    assert_eq!(count(&app, Status::Sent).await, MAILS as u64);
}

async fn one_sent_again_while_it_waits_goes_out_once_and_both_links_work(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let older = app.link_of(&invitation);
    app.clock_moves(TEN_MINUTES);
    alice.resends(&invitation).await.succeeds();
    app.run_jobs().await;
    let newer = app.mail_to("bob@example.com").link();
    app.no_more_mail();
    assert_eq!(status(&alice, &invitation).await, "SENT");
    assert_ne!(older, newer);
    let bob = app.visitor("bob@example.com");
    for link in [&older, &newer] {
        assert_eq!(bob.looks_at(link).await.text("/status"), "PENDING");
    }
    alice.revokes(&invitation).await.succeeds();
    for link in [&older, &newer] {
        assert_eq!(bob.joins(link).await.user_error(), "INVITATION_REVOKED");
    }
}
