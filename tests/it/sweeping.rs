//! The sweep: what it forgets, what it keeps, and many of it at once.

use std::time::Duration;

use entity::{event, outbox, session, worker as workers};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use tests::{Usher, at_once, stories};

stories![
    mail_is_forgotten_when_its_time_is_over_and_not_before,
    the_delivery_of_an_invitation_is_told_as_long_as_the_invitation,
    what_has_ended_goes_however_much_it_is_500_at_a_time,
    what_cannot_be_swept_keeps_nothing_else_from_it,
    many_sweeps_at_once_stumble_over_none_of_each_other,
    many_sweeps_at_once_close_each_invitation_once,
];

/// How long mail is remembered in stories, as by default.
const KEPT: Duration = Duration::from_hours(30 * 24);

async fn sweep(app: &Usher) {
    worker::sweep(app.domain()).await.expect("a sweep");
}

async fn mail_is_forgotten_when_its_time_is_over_and_not_before(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    app.visitor("bob@example.com").registers().await.succeeds();
    let asked = alice.sends_test_mail(&acme).await.object("/testMail");
    app.ignores_mail().await;
    let waiting = alice.sends_test_mail(&acme).await.object("/testMail");
    app.loses_the_push().await;

    app.clock_moves(KEPT - Duration::from_secs(1));
    alice.logs_in().await.succeeds();
    sweep(&app).await;
    assert_eq!(app.count::<outbox::Entity>().await, 3);
    app.clock_moves(Duration::from_secs(1));
    sweep(&app).await;
    assert!(alice.sees_test_mail(&asked).await.is_null());
    // Mail that still waits is not forgotten, however old it is.
    assert_eq!(app.count::<outbox::Entity>().await, 1);
    app.run_jobs().await;
    assert_eq!(alice.sees_test_mail(&waiting).await.text("/delivery/status"), "SENT");
}

async fn the_delivery_of_an_invitation_is_told_as_long_as_the_invitation(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let once = alice.invites(&acme, "bob@example.com").await;
    let twice = alice.invites(&acme, "carl@example.com").await;
    app.ignores_mail().await;
    app.clock_moves(Duration::from_secs(1));
    alice.resends(&twice).await.succeeds();
    app.run_jobs().await;
    let before = [alice.sees_invitation(&once).await, alice.sees_invitation(&twice).await];
    assert_eq!(app.count::<outbox::Entity>().await, 3);

    app.clock_moves(2 * KEPT);
    alice.logs_in().await.succeeds();
    sweep(&app).await;
    // The mail of the first generation is gone, and nobody is told of it any more.
    assert_eq!(app.count::<outbox::Entity>().await, 2);
    for (invitation, before) in [&once, &twice].into_iter().zip(&before) {
        let after = alice.sees_invitation(invitation).await;
        assert_eq!((after.text("/status"), after.at("/delivery")), ("EXPIRED", before.at("/delivery")));
        assert_eq!(after.text("/delivery/status"), "SENT");
    }
    assert_eq!(alice.sees_invitations(&acme).await.len(), 2);
}

/// Workers of which 1,100 have not been heard of for long.
async fn workers_die(app: &Usher) {
    let (clock, long_ago) = (&app.domain().clock, app.now() - Duration::from_hours(2));
    let worker = |seen_at| workers::Model { id: clock.new_id(), started_at: long_ago, seen_at, stopped_at: None };
    let rows = (0..1_100).map(|_| worker(long_ago)).chain([worker(app.now())]);
    let rows = rows.map(IntoActiveModel::into_active_model);
    workers::Entity::insert_many(rows).exec_without_returning(app.db()).await.expect("workers");
}

async fn what_has_ended_goes_however_much_it_is_500_at_a_time(app: Usher) {
    workers_die(&app).await;
    let (much, ()) = app.statements_of(sweep(&app)).await;
    assert_eq!(app.count::<workers::Entity>().await, 1);
    let (nothing, ()) = app.statements_of(sweep(&app)).await;
    assert_eq!(much - nothing, 2, "two statements delete 500, and the one that there is always the last 100");
}

async fn what_cannot_be_swept_keeps_nothing_else_from_it(app: Usher) {
    workers_die(&app).await;
    app.sql("ALTER TABLE registrations RENAME TO unreadable").await;
    assert!(worker::sweep(app.domain()).await.is_err());
    assert_eq!(app.count::<workers::Entity>().await, 1);
    app.sql("ALTER TABLE unreadable RENAME TO registrations").await;
}

async fn many_sweeps_at_once_stumble_over_none_of_each_other(app: Usher) {
    workers_die(&app).await;
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for _ in 0..30 {
        alice.logs_in().await.succeeds();
    }
    for _ in 0..5 {
        alice.sends_test_mail(&acme).await.succeeds();
    }
    app.ignores_mail().await;
    app.clock_moves(2 * KEPT);
    let sweeps = at_once((0..8).map(|_| {
        let app = app.domain().clone();
        async move { worker::sweep(&app).await }
    }));
    for swept in sweeps.await {
        swept.expect("a sweep beside others");
    }
    let left = (app.count::<workers::Entity>().await, app.count::<outbox::Entity>().await);
    assert_eq!((left, app.count::<session::Entity>().await), ((0, 0), 0));
}

async fn many_sweeps_at_once_close_each_invitation_once(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for number in 0..130 {
        alice.invites(&acme, &format!("guest{number}@example.com")).await;
    }
    app.ignores_mail().await;
    app.clock_moves(2 * KEPT);
    let sweeps = at_once((0..8).map(|_| {
        let app = app.domain().clone();
        async move { worker::sweep(&app).await }
    }));
    for swept in sweeps.await {
        swept.expect("a sweep beside others");
    }
    let told = event::Entity::find().filter(event::Column::Kind.eq("invitation.expired")).count(app.db()).await;
    assert_eq!(told.expect("events can be counted"), 130);
}
