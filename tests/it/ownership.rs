//! Ownership: handed over by the owner alone, and never lost, whatever happens at once.

use std::time::Duration;

use entity::membership::{Column, Entity as Memberships, Role};
use futures::FutureExt;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tests::{Actor, Answer, Usher, at_once, stories};

use crate::members::{hands_over, is, leaves, membership_of, outcome, removes, role_of, updates};

stories![
    the_owner_cannot_leave,
    the_ownership_goes_to_an_administrator,
    the_ownership_goes_to_nobody_else,
    the_ownership_needs_the_password,
    only_the_owner_hands_over,
    two_administrators_do_not_demote_each_other,
    two_administrators_do_not_remove_each_other,
    the_ownership_never_goes_to_somebody_who_is_leaving,
    of_two_transfers_at_once_one_happens,
];

/// How many owners the only workspace of a story has.
async fn owners(app: &Usher) -> u64 {
    let owners = Memberships::find().filter(Column::Role.eq(Role::Owner)).count(app.db()).await;
    owners.expect("owners can be counted")
}

async fn the_owner_cannot_leave(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    assert_eq!(outcome(&leaves(&alice, &acme).await), is("LAST_OWNER", ""));
    assert_eq!(alice.sees_active_workspace().await.as_deref(), Some("Acme"));
    hands_over(&alice, &acme, &membership_of(&adam, &acme).await).await.succeeds();
    leaves(&alice, &acme).await.succeeds();
    assert_eq!(outcome(&leaves(&adam, &acme).await), is("LAST_OWNER", ""));
}

async fn the_ownership_goes_to_an_administrator(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let of_alice = membership_of(&alice, &acme).await;
    let answer = hands_over(&alice, &acme, &membership_of(&adam, &acme).await).await;
    assert_eq!(answer.text("/workspace/viewerRole"), "ADMINISTRATOR");
    assert_eq!(
        (role_of(&alice, &acme).await.as_str(), role_of(&adam, &acme).await.as_str()),
        ("ADMINISTRATOR", "OWNER")
    );
    assert_eq!(hands_over(&alice, &acme, &of_alice).await.error_code(), "FORBIDDEN");
    hands_over(&adam, &acme, &of_alice).await.succeeds();
    assert_eq!(role_of(&alice, &acme).await, "OWNER");
}

async fn the_ownership_goes_to_nobody_else(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    for member in [&uma, &alice] {
        let refused = hands_over(&alice, &acme, &membership_of(member, &acme).await).await;
        assert_eq!(outcome(&refused), is("ROLE_NOT_ALLOWED", "toMembershipId"));
    }
    assert_eq!(role_of(&alice, &acme).await, "OWNER");
}

async fn the_ownership_needs_the_password(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let to = membership_of(&adam, &acme).await;
    let input = json!({ "workspaceId": acme.id(), "toMembershipId": to, "password": adam.password });
    let refused = alice.mutates("transferOwnership", input, "workspace { id }").await;
    assert_eq!(outcome(&refused), is("INVALID_CREDENTIALS", "password"));
    assert_eq!(role_of(&alice, &acme).await, "OWNER");
}

async fn only_the_owner_hands_over(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let dora = app.member("dora@example.com", &acme, Role::Administrator).await;
    for to in [&adam, &dora, &alice] {
        assert_eq!(hands_over(&adam, &acme, &membership_of(to, &acme).await).await.error_code(), "FORBIDDEN");
    }
    assert_eq!(role_of(&alice, &acme).await, "OWNER");
}

/// Runs both on tasks of their own, so that they happen truly at once, and answers in their order.
async fn together(
    first: impl Future<Output = Answer> + Send + 'static,
    second: impl Future<Output = Answer> + Send + 'static,
) -> (Answer, Answer) {
    let both = at_once([first.map(|answer| (0, answer)).boxed(), second.map(|answer| (1, answer)).boxed()]).await;
    let [(order, one), (_, other)] = <[_; 2]>::try_from(both).expect("two answers");
    if order == 0 { (one, other) } else { (other, one) }
}

async fn two_administrators_do_not_demote_each_other(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let dora = app.member("dora@example.com", &acme, Role::Administrator).await;
    let (of_adam, of_dora) = (membership_of(&adam, &acme).await, membership_of(&dora, &acme).await);
    for _ in 0..40 {
        let demote = |actor: &Actor, id: &str| {
            let (actor, id) = (actor.clone(), id.to_owned());
            async move { updates(&actor, &id, json!({ "role": "USER" })).await }
        };
        let (of_first, of_second) = together(demote(&adam, &of_dora), demote(&dora, &of_adam)).await;
        let done = [&of_first, &of_second].map(Answer::is_done);
        assert!(done[0] != done[1], "exactly one demotes the other: {done:?}");
        let (refused, demoted) = if done[0] { (&of_second, &of_dora) } else { (&of_first, &of_adam) };
        assert_eq!(refused.error_code(), "FORBIDDEN");
        updates(&alice, demoted, json!({ "role": "ADMINISTRATOR" })).await.succeeds();
    }
}

async fn two_administrators_do_not_remove_each_other(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for round in 0..20 {
        let adam = app.member(&format!("adam{round}@example.com"), &acme, Role::Administrator).await;
        let dora = app.member(&format!("dora{round}@example.com"), &acme, Role::Administrator).await;
        let (of_adam, of_dora) = (membership_of(&adam, &acme).await, membership_of(&dora, &acme).await);
        let remove = |actor: &Actor, id: &str| {
            let (actor, id) = (actor.clone(), id.to_owned());
            async move { removes(&actor, &id).await }
        };
        let answers = together(remove(&adam, &of_dora), remove(&dora, &of_adam)).await;
        let done = [&answers.0, &answers.1].map(Answer::is_done);
        assert!(done[0] != done[1], "exactly one removes the other: {done:?}");
        let (refused, left) = if done[0] { (answers.1, of_adam) } else { (answers.0, of_dora) };
        assert_eq!(refused.error_code(), "NOT_FOUND", "for the one who is out there is no workspace");
        removes(&alice, &left).await.succeeds();
    }
}

async fn the_ownership_never_goes_to_somebody_who_is_leaving(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for round in 0..15 {
        let adam = app.member(&format!("adam{round}@example.com"), &acme, Role::Administrator).await;
        let of_adam = membership_of(&adam, &acme).await;
        let transfer = {
            let (alice, acme, of_adam) = (alice.clone(), acme.clone(), of_adam.clone());
            async move { hands_over(&alice, &acme, &of_adam).await }
        };
        let leave = {
            let (adam, acme) = (adam.clone(), acme.clone());
            // The password is verified first, which takes a while: leaving begins at different moments of it.
            async move {
                tokio::time::sleep(Duration::from_millis(round * 6)).await;
                leaves(&adam, &acme).await
            }
        };
        let (transferred, left) = together(transfer, leave).await;
        assert_eq!(owners(&app).await, 1);
        if transferred.is_done() {
            assert_eq!(left.user_error(), "LAST_OWNER");
            hands_over(&adam, &acme, &membership_of(&alice, &acme).await).await.succeeds();
            leaves(&adam, &acme).await.succeeds();
        } else {
            assert_eq!(transferred.error_code(), "NOT_FOUND");
            left.succeeds();
        }
    }
}

async fn of_two_transfers_at_once_one_happens(app: Usher) {
    let (mut alice, acme) = app.owner("alice@example.com", "Acme").await;
    let mut adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let dora = app.member("dora@example.com", &acme, Role::Administrator).await;
    for _ in 0..5 {
        let hand = |to: String| {
            let (alice, acme) = (alice.elsewhere(), acme.clone());
            async move {
                alice.logs_in().await.succeeds();
                hands_over(&alice, &acme, &to).await
            }
        };
        let (of_adam, of_dora) = (membership_of(&adam, &acme).await, membership_of(&dora, &acme).await);
        let answers = together(hand(of_adam), hand(of_dora)).await;
        let done = [&answers.0, &answers.1].map(Answer::is_done);
        assert!(done[0] != done[1], "exactly one: {done:?}");
        assert_eq!((if done[0] { &answers.1 } else { &answers.0 }).error_code(), "FORBIDDEN");
        assert_eq!(owners(&app).await, 1);
        if done[1] {
            hands_over(&dora, &acme, &membership_of(&adam, &acme).await).await.succeeds();
        }
        std::mem::swap(&mut alice, &mut adam);
    }
}
