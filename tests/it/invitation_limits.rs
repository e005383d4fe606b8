//! Limits of what is sent to others: invitations, by person, workspace and recipient, uses of their links, test mails and
//! the mails of a deletion.

use std::time::Duration;

use domain::rate_limit::Limit;
use entity::{invitation, outbox};
use serde_json::{Value, json};
use tests::{Usher, stories};

use crate::deletion::deletes;
use crate::rate_limits::limited;

stories![
    links_are_used_so_often_by_one_client,
    logging_in_and_registering_through_a_link_are_uses_of_it,
    invitations_are_counted_for_the_sender,
    invitations_are_counted_for_the_workspace,
    an_address_is_written_to_so_often_by_one_person,
    what_is_refused_for_another_reason_costs_nothing,
    test_mails_are_counted_for_the_person,
    every_row_of_a_bulk_send_counts,
    a_repeated_bulk_send_costs_nothing,
    fresh_links_are_asked_for_so_often_by_one_client,
    workspaces_are_deleted_so_often_by_one_person,
];

async fn links_are_used_so_often_by_one_client(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let server = limited(&app, &[(Limit::JoinClient, "2/1h")]);
    let (eve, bob) = (app.visitor("eve@example.com"), app.visitor("bob@example.com"));
    let (eve, bob) = (eve.at("203.0.113.66").through(&server), bob.at("203.0.113.1").through(&server));
    assert_eq!(eve.joins("no-such-token").await.user_error(), "TOKEN_INVALID");
    assert_eq!(eve.declines("no-such-token").await.user_error(), "TOKEN_INVALID");
    assert_eq!(eve.joins(&link).await.error_code(), "RATE_LIMITED");
    assert_eq!(eve.declines(&link).await.error_code(), "RATE_LIMITED");
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "REGISTER");
}

async fn logging_in_and_registering_through_a_link_are_uses_of_it(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (_, to_bob) = alice.sends_link(&acme, "bob@example.com").await;
    let (_, to_carol) = alice.sends_link(&acme, "carol@example.com").await;
    let bob = app.account("bob@example.com").await;
    let server = limited(&app, &[(Limit::JoinClient, "2/1h")]);
    let (bob, carol) = (bob.at("203.0.113.1").through(&server), app.visitor("carol@example.com"));
    let carol = carol.at("203.0.113.1").through(&server);
    assert_eq!(bob.logs_in_through("no-such-token").await.text("/joinError/code"), "TOKEN_INVALID");
    assert_eq!(carol.registers_through("no-such-token").await.user_error(), "TOKEN_INVALID");
    assert_eq!(bob.logs_in_through(&to_bob).await.retry_after(), 1_800);
    assert_eq!(carol.registers_through(&to_carol).await.retry_after(), 1_800);
    bob.logs_in().await.succeeds();
    assert_eq!(alice.sees_member_addresses(&acme).await, ["alice@example.com"]);
    app.clock_moves(Duration::from_mins(30));
    bob.logs_in_through(&to_bob).await.succeeds();
    app.clock_moves(Duration::from_mins(30));
    carol.registers_through(&to_carol).await.succeeds();
    assert_eq!(alice.sees_member_addresses(&acme).await.len(), 3);
    app.ignores_mail().await;
}

async fn invitations_are_counted_for_the_sender(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let umbrella = alice.creates_workspace("Umbrella").await;
    let mallory = app.member("mallory@example.com", &acme, entity::membership::Role::Administrator).await;
    let server = limited(&app, &[(Limit::InvitePerson, "2/1d")]);
    let (alice, mallory) = (alice.through(&server), mallory.through(&server));
    let first = alice.invites(&acme, "a@example.com").await;
    alice.invites(&umbrella, "b@example.com").await;
    let refused = alice.invites_with(&acme, json!({ "email": "c@example.com" })).await;
    assert_eq!(refused.retry_after(), 12 * 3_600);
    assert_eq!(alice.resends(&first).await.error_code(), "RATE_LIMITED");
    mallory.invites(&acme, "c@example.com").await;
    app.clock_moves(Duration::from_hours(12));
    alice.resends(&first).await.succeeds();
    assert_eq!(app.count::<invitation::Entity>().await, 3);
    app.ignores_mail().await;
}

async fn invitations_are_counted_for_the_workspace(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let umbrella = alice.creates_workspace("Umbrella").await;
    let bob = app.member("bob@example.com", &acme, entity::membership::Role::Administrator).await;
    let user = app.member("user@example.com", &acme, entity::membership::Role::User).await;
    let server = limited(&app, &[(Limit::InviteWorkspace, "2/1d")]);
    let (alice, bob, user) = (alice.through(&server), bob.through(&server), user.through(&server));
    for _ in 0..3 {
        // Whoever may not invite takes nothing from those who may.
        assert_eq!(user.invites_with(&acme, json!({ "email": "x@example.com" })).await.error_code(), "FORBIDDEN");
    }
    alice.invites(&acme, "a@example.com").await;
    bob.invites(&acme, "b@example.com").await;
    assert_eq!(alice.invites_with(&acme, json!({ "email": "c@example.com" })).await.error_code(), "RATE_LIMITED");
    alice.invites(&umbrella, "c@example.com").await;
    app.ignores_mail().await;
}

async fn an_address_is_written_to_so_often_by_one_person(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (carol, umbrella) = app.owner("carol@example.com", "Umbrella").await;
    let server = limited(&app, &[(Limit::InviteRecipient, "2/1d")]);
    let (alice, carol) = (alice.through(&server), carol.through(&server));
    let sent = alice.invites(&acme, "bob@example.com").await;
    alice.resends(&sent).await.succeeds();
    assert_eq!(alice.resends(&sent).await.error_code(), "RATE_LIMITED");
    alice.revokes(&sent).await.succeeds();
    assert_eq!(alice.invites_with(&acme, json!({ "email": "BOB@example.com" })).await.error_code(), "RATE_LIMITED");
    carol.invites(&umbrella, "bob@example.com").await;
    app.ignores_mail().await;
}

async fn what_is_refused_for_another_reason_costs_nothing(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let alice = alice.through(&limited(&app, &[(Limit::InvitePerson, "1/1d")]));
    for email in ["no address", "alice@example.com"] {
        alice.invites_with(&acme, json!({ "email": email })).await.user_errors();
    }
    alice.invites(&acme, "bob@example.com").await;
    app.ignores_mail().await;
}

async fn test_mails_are_counted_for_the_person(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let alice = alice.through(&limited(&app, &[(Limit::TestMail, "2/1h")]));
    let asks = async || alice.mutates("sendTestMail", json!({ "workspaceId": acme.id() }), "testMail { id }").await;
    asks().await.succeeds();
    asks().await.succeeds();
    assert_eq!(asks().await.retry_after(), 1_800);
    app.ignores_mail().await;
}

fn rows(range: std::ops::Range<u32>) -> Value {
    range.map(|number| json!({ "email": format!("guest{number}@example.com") })).collect()
}

async fn every_row_of_a_bulk_send_counts(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let limits = [(Limit::InvitePerson, "5/1d"), (Limit::InviteRecipient, "1/1d")];
    let alice = alice.through(&limited(&app, &limits));
    assert_eq!(alice.invites_many(&acme, rows(0..6), None).await.user_error(), "TOO_MANY_ROWS");
    alice.invites_many(&acme, rows(0..3), None).await.succeeds();
    assert_eq!(alice.invites_many(&acme, rows(3..6), None).await.error_code(), "RATE_LIMITED");
    assert_eq!(app.count::<invitation::Entity>().await, 3);
    // One address that has had enough stops no other row.
    let sent = alice.invites_many(&acme, rows(2..4), None).await;
    let results = sent.object("").list("/results");
    assert_eq!(results[0].text("/userErrors/0/code"), "INVALID_INPUT");
    let message = results[0].text("/userErrors/0/message");
    assert!(message.contains("again after 2026-03-03T09:00:00Z") && message.contains("idempotency key"), "{message}");
    assert_eq!(results[0].at("/userErrors/0/field"), &json!(["invitations", "0", "email"]));
    assert_eq!(results[1].text("/invitation/email"), "guest3@example.com");
    assert_eq!(alice.invites_with(&acme, json!({ "email": "x@example.com" })).await.error_code(), "RATE_LIMITED");
    app.ignores_mail().await;
}

async fn a_repeated_bulk_send_costs_nothing(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let alice = alice.through(&limited(&app, &[(Limit::InvitePerson, "3/1d")]));
    for _ in 0..3 {
        alice.invites_many(&acme, rows(0..3), Some("import")).await.succeeds();
    }
    assert_eq!(app.count::<invitation::Entity>().await, 3);
    app.ignores_mail().await;
}

async fn fresh_links_are_asked_for_so_often_by_one_client(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    alice.revokes(&invitation).await.succeeds();
    let server = limited(&app, &[(Limit::JoinClient, "2/1h")]);
    let (eve, bob) = (app.visitor("eve@example.com"), app.visitor("bob@example.com"));
    let (eve, bob) = (eve.at("203.0.113.66").through(&server), bob.at("203.0.113.1").through(&server));
    for _ in 0..2 {
        assert_eq!(eve.asks_for_a_fresh_link("no-such-token").await.user_error(), "TOKEN_INVALID");
    }
    assert_eq!(eve.asks_for_a_fresh_link(&link).await.retry_after(), 1_800);
    bob.asks_for_a_fresh_link(&link).await.succeeds();
}

async fn workspaces_are_deleted_so_often_by_one_person(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (carol, umbrella) = app.owner("carol@example.com", "Umbrella").await;
    let server = limited(&app, &[(Limit::DeleteWorkspace, "2/1d")]);
    let (alice, carol) = (alice.through(&server), carol.through(&server));
    let wrong = json!({ "workspaceId": acme.id(), "password": "not the password" });
    assert_eq!(alice.mutates("deleteWorkspace", wrong, "").await.user_error(), "INVALID_CREDENTIALS");
    for _ in 0..2 {
        deletes(&alice, &acme).await.succeeds();
        alice.mutates("cancelWorkspaceDeletion", json!({ "workspaceId": acme.id() }), "").await.succeeds();
    }
    assert_eq!(deletes(&alice, &acme).await.retry_after(), 12 * 3_600);
    assert_eq!(app.count::<outbox::Entity>().await, 2, "and nobody is mailed");
    deletes(&carol, &umbrella).await.succeeds();
    app.clock_moves(Duration::from_hours(12));
    deletes(&alice, &acme).await.succeeds();
    app.ignores_mail().await;
}
