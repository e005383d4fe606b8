//! What an operator does about mail, and what everybody sees of it.

use domain::{Error, id, mail};
use entity::outbox::Status;
use serde_json::json;
use tests::{Actor, Object, RefusingSmtp, Smtp, Usher, at_once, stories};
use uuid::Uuid;

stories![
    a_failed_mail_is_sent_when_the_operator_has_it_tried_again,
    a_mail_that_waits_is_due_at_once_when_the_operator_says_so,
    a_mail_that_the_operator_cancels_is_not_sent,
    what_is_over_can_neither_be_cancelled_nor_sent_twice,
    of_many_cancellations_at_once_one_counts,
    every_failure_is_kept_with_the_servers_words,
    mail_is_listed_by_state_kind_and_workspace,
];

/// The outbox row of an invitation.
fn mail_of(invitation: &Object) -> Uuid {
    let message_id = invitation.text("/delivery/messageId").trim_start_matches('<');
    message_id.split('@').next().expect("a left side").parse().expect("an id")
}

/// What the audit log tells of deliveries.
/// What the audit log tells of deliveries, in order.
pub(crate) async fn told(alice: &Actor, acme: &Object) -> Vec<String> {
    let query = "query($id: ID!) { workspace(id: $id) { events(first: 100) { nodes { type } } } }";
    let kinds =
        alice.graphql(query, json!({ "id": acme.id() })).await.object("/workspace").texts("/events/nodes", "/type");
    kinds.into_iter().filter(|kind| kind.starts_with("delivery.")).collect()
}

async fn a_failed_mail_is_sent_when_the_operator_has_it_tried_again(app: Usher) {
    let refusing = RefusingSmtp::start("550 5.1.1 Nobody of that name here").await;
    app.delivers_by_smtp(&refusing.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("FAILED".into(), json!(1)));

    let smtp = Smtp::start();
    app.delivers_by_smtp(&smtp.url());
    let retried = mail::retry(app.domain(), mail_of(&invitation)).await.expect("a failed mail");
    assert_eq!((retried.status, retried.finished_at), (Status::Retrying, None));
    assert_eq!(alice.sees_delivery(&invitation).await, ("RETRYING".into(), json!(1)));
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("SENT".into(), json!(2)));
    assert_eq!(smtp.mails().len(), 1);
    assert_eq!(told(&alice, &acme).await, ["delivery.failed", "delivery.retried", "delivery.sent"]);
}

async fn a_mail_that_waits_is_due_at_once_when_the_operator_says_so(app: Usher) {
    let refusing = RefusingSmtp::start("451 Later").await;
    app.delivers_by_smtp(&refusing.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    let smtp = Smtp::start();
    app.delivers_by_smtp(&smtp.url());
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("RETRYING".into(), json!(1)));
    mail::retry(app.domain(), mail_of(&invitation)).await.expect("a mail that waits");
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("SENT".into(), json!(2)));
    assert_eq!(smtp.mails().len(), 1);
}

async fn a_mail_that_the_operator_cancels_is_not_sent(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    // It is on its way to the queue already; the job finds nothing to take.
    mail::cancel(app.domain(), mail_of(&invitation)).await.expect("a mail that waits");
    app.run_jobs().await;
    app.no_more_mail();
    assert_eq!(alice.sees_delivery(&invitation).await, ("CANCELLED".into(), json!(0)));
    assert_eq!(alice.sees_status(&invitation).await, "PENDING");
    assert_eq!(told(&alice, &acme).await, ["delivery.cancelled"]);
    alice.resends(&invitation).await.succeeds();
    app.run_jobs().await;
    app.mail_to("bob@example.com");
}

async fn what_is_over_can_neither_be_cancelled_nor_sent_twice(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    app.mail_to("bob@example.com");
    let id = mail_of(&invitation);
    for refused in [mail::retry(app.domain(), id).await, mail::cancel(app.domain(), id).await] {
        assert!(matches!(&refused, Err(Error::BadInput(why)) if why.contains("SENT")), "{refused:?}");
    }
    assert!(matches!(mail::retry(app.domain(), Uuid::nil()).await, Err(Error::NotFound)));
    app.run_jobs().await;
    app.no_more_mail();
    assert_eq!(told(&alice, &acme).await, ["delivery.sent"]);
}

async fn of_many_cancellations_at_once_one_counts(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let id = mail_of(&alice.invites(&acme, "bob@example.com").await);
    let cancellations = at_once((0..8).map(|_| {
        let app = app.domain().clone();
        async move { mail::cancel(&app, id).await }
    }));
    assert_eq!(cancellations.await.iter().filter(|cancelled| cancelled.is_ok()).count(), 1);
    app.run_jobs().await;
    assert_eq!(told(&alice, &acme).await, ["delivery.cancelled"]);
}

async fn every_failure_is_kept_with_the_servers_words(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let mut at = Vec::new();
    for refusal in ["451 The first time", "452 The second time", "550 Never"] {
        let refusing = RefusingSmtp::start(refusal).await;
        app.delivers_by_smtp(&refusing.url());
        app.run_jobs().await;
        at.push(app.now());
        app.clock_moves(std::time::Duration::from_mins(2));
    }
    let mail = mail::find(app.domain(), mail_of(&invitation)).await.expect("the mail");
    let failures = mail::failures(&mail);
    for (position, words) in ["The first time", "The second time", "Never"].into_iter().enumerate() {
        let failure = &failures[position];
        assert!(failure.error.contains(words), "{failure:?}");
        assert_eq!((failure.at, failure.attempts as usize), (at[position], position + 1));
    }
    assert_eq!((failures.len(), mail.status), (3, Status::Failed));
}

async fn mail_is_listed_by_state_kind_and_workspace(app: Usher) {
    use entity::outbox::Kind;
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let globex = alice.creates_workspace("Globex").await;
    alice.invites(&acme, "bob@example.com").await;
    let cancelled = alice.invites(&acme, "carl@example.com").await;
    alice.revokes(&cancelled).await.succeeds();
    alice.sends_test_mail(&globex).await.succeeds();
    app.ignores_mail().await;
    let listed = async |filter: mail::Filter, limit| {
        let mails = mail::list(app.domain(), &filter, limit).await.expect("a list");
        mails.into_iter().map(|mail| mail.recipient).collect::<Vec<_>>()
    };
    let all = mail::Filter::default();
    assert_eq!(listed(all.clone(), 50).await, ["alice@example.com", "carl@example.com", "bob@example.com"]);
    assert_eq!(listed(all, 1).await, ["alice@example.com"]);
    let sent = mail::Filter { status: vec![Status::Sent], ..Default::default() };
    assert_eq!(listed(sent, 50).await, ["alice@example.com", "bob@example.com"]);
    let invitations = mail::Filter { kind: vec![Kind::Invitation], ..Default::default() };
    assert_eq!(listed(invitations, 50).await, ["carl@example.com", "bob@example.com"]);
    let workspace_id = id::Kind::Workspace.parse(globex.id()).ok();
    assert_eq!(listed(mail::Filter { workspace_id, ..Default::default() }, 50).await, ["alice@example.com"]);
}
