//! Many at once: the database decides, and it decides once.

use entity::invitation::{Column, Entity as Invitations, Status};
use entity::membership::{Entity as Memberships, Role};
use entity::{bulk_send, event, outbox, user};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tests::{Actor, Object, Usher, at_once, stories};

use crate::members::{membership_of, removes};

stories![
    a_hundred_joins_of_one_link_make_one_member,
    a_hundred_registrations_through_one_link_make_one_account,
    a_hundred_invitations_to_one_address_make_one,
    revoking_and_joining_never_both_succeed,
    declining_and_resending_end_in_one_state,
    the_same_bulk_send_twice_at_once_is_one,
    bulk_sends_that_share_addresses_do_not_wait_for_each_other_for_ever,
    one_verification_link_opened_often_makes_one_account,
    whoever_is_removed_does_not_come_back_by_pressing_join_just_then,
    removing_the_inviter_and_joining_go_one_after_the_other,
];

async fn a_hundred_joins_of_one_link_make_one_member(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let joins = (0..100).map(|number| {
        let (bob, link) = (if number % 2 == 0 { bob.clone() } else { bob.elsewhere() }, link.clone());
        async move { bob.joins(&link).await.text("/nextStep") }
    });
    let steps = at_once(joins).await;
    assert_eq!(steps.iter().filter(|step| *step == "OPEN_WORKSPACE").count(), 50);
    assert_eq!(steps.iter().filter(|step| *step == "LOGIN").count(), 50);
    assert_eq!(app.count::<Memberships>().await, 2);
    app.run_jobs().await;
    app.mail_to("alice@example.com");
    app.no_more_mail();
    let accepted = event::Entity::find().filter(event::Column::Kind.eq("invitation.accepted")).count(app.db()).await;
    assert_eq!(accepted.expect("events can be counted"), 1);
}

async fn a_hundred_registrations_through_one_link_make_one_account(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let bob = app.visitor("bob@example.com");
    let registrations = (0..100).map(|_| {
        let (bob, link) = (bob.clone(), link.clone());
        async move { bob.registers_through(&link).await.object("") }
    });
    let answers = at_once(registrations).await;
    assert!(answers.iter().all(|answer| answer.text("/nextStep") == "LOGIN"));
    assert_eq!(answers.iter().filter(|answer| !answer.at("/user").is_null()).count(), 1);
    assert_eq!((app.count::<user::Entity>().await, app.count::<Memberships>().await), (2, 2));
    app.run_jobs().await;
    app.mail_to("alice@example.com");
}

async fn a_hundred_invitations_to_one_address_make_one(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let sends = (0..100).map(|number| {
        let (alice, acme) = (alice.clone(), acme.clone());
        let email = if number % 2 == 0 { "bob@example.com" } else { "BOB@example.com" };
        async move { alice.invites_with(&acme, json!({ "email": email })).await }
    });
    let answers = at_once(sends).await;
    let (sent, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| !answer.data("/invitation").is_null());
    assert_eq!((sent.len(), refused.len()), (1, 99));
    assert!(refused.iter().all(|answer| answer.user_error() == "ALREADY_INVITED"));
    assert_eq!((app.count::<Invitations>().await, app.count::<outbox::Entity>().await), (1, 1));
    app.run_jobs().await;
    app.mail_to(&sent[0].text("/invitation/email"));
}

async fn revoking_and_joining_never_both_succeed(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let mut rounds_with = (0, 0);
    for round in 0..200 {
        let (invitation, link) = invites_without_mail(&app, &alice, &acme, round).await;
        let (revokes, joins) = tokio::join!(
            spawned({
                let (alice, invitation) = (alice.clone(), invitation.clone());
                async move { alice.revokes(&invitation).await }
            }),
            spawned({
                let bob = bob.clone();
                async move { bob.joins(&link).await }
            })
        );
        let joined = !joins.data("/nextStep").is_null();
        let members = Memberships::find().count(app.db()).await.expect("members can be counted");
        if joined {
            assert_eq!(revokes.user_error(), "INVITATION_ALREADY_ACCEPTED");
            assert_eq!((alice.sees_status(&invitation).await.as_str(), members), ("ACCEPTED", 2));
            Memberships::delete_many()
                .filter(entity::membership::Column::Role.eq(Role::User))
                .exec(app.db())
                .await
                .expect("the membership can be deleted");
            rounds_with.0 += 1;
        } else {
            revokes.succeeds();
            assert_eq!(joins.user_error(), "INVITATION_REVOKED");
            assert_eq!((alice.sees_status(&invitation).await.as_str(), members), ("REVOKED", 1));
            rounds_with.1 += 1;
        }
    }
    assert_eq!(rounds_with.0 + rounds_with.1, 200);
    app.ignores_mail().await;
}

/// Invites bob@example.com, whose link is made without waiting for the mail.
async fn invites_without_mail(app: &Usher, alice: &Actor, acme: &Object, round: u32) -> (Object, String) {
    let input = json!({ "email": "bob@example.com", "message": format!("round {round}") });
    let invitation = alice.invites_with(acme, input).await.object("/invitation");
    (invitation.clone(), app.link_of(&invitation))
}

/// Runs on a task of its own, so that two run truly at once.
async fn spawned<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> T {
    at_once([task]).await.pop().expect("one answer for one task")
}

async fn declining_and_resending_end_in_one_state(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for round in 0..20 {
        let (invitation, link) = invites_without_mail(&app, &alice, &acme, round).await;
        let bob = app.visitor("bob@example.com");
        let (declines, resends) = tokio::join!(
            spawned({
                let bob = bob.clone();
                async move { bob.declines(&link).await }
            }),
            spawned({
                let (alice, invitation) = (alice.clone(), invitation.clone());
                async move { alice.resends(&invitation).await }
            })
        );
        // Resending first leaves it open and declining closes it; the other way round resending is refused.
        declines.succeeds();
        if resends.data("/invitation").is_null() {
            assert_eq!(resends.user_error(), "INVITATION_DECLINED");
        }
        assert_eq!(alice.sees_status(&invitation).await, "DECLINED");
    }
    app.run_jobs().await;
    app.no_more_mail();
}

async fn the_same_bulk_send_twice_at_once_is_one(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let rows: Vec<_> = (0..20).map(|number| json!({ "email": format!("guest{number}@example.com") })).collect();
    let sends = (0..10).map(|_| {
        let (alice, acme, rows) = (alice.clone(), acme.clone(), json!(rows));
        async move { alice.invites_many(&acme, rows, Some("import")).await }
    });
    let answers = at_once(sends).await;
    for answer in &answers {
        assert_eq!(answer.object("").at(""), answers[0].object("").at(""));
        assert!(answer.object("").list("/results").iter().all(|row| !row.at("/invitation").is_null()));
    }
    assert_eq!((app.count::<Invitations>().await, app.count::<bulk_send::Entity>().await), (20, 1));
    app.ignores_mail().await;
}

async fn bulk_sends_that_share_addresses_do_not_wait_for_each_other_for_ever(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let rows: Vec<_> = (0..50).map(|number| json!({ "email": format!("guest{number}@example.com") })).collect();
    let sends = (0..10).map(|number| {
        let (alice, acme, mut rows) = (alice.clone(), acme.clone(), rows.clone());
        if number % 2 == 0 {
            rows.reverse();
        }
        async move { alice.invites_many(&acme, json!(rows), None).await }
    });
    for answer in at_once(sends).await {
        answer.succeeds();
    }
    let open = Invitations::find().filter(Column::Status.eq(Status::Pending)).count(app.db()).await;
    assert_eq!(open.expect("invitations can be counted"), 50);
    app.ignores_mail().await;
}

async fn one_verification_link_opened_often_makes_one_account(app: Usher) {
    let bob = app.visitor("bob@example.com");
    bob.registers().await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("bob@example.com").link();
    let opened = (0..20).map(|_| {
        let (bob, link) = (bob.clone(), link.clone());
        async move { bob.verifies(&link).await }
    });
    let answers = at_once(opened).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| !answer.data("/user").is_null());
    assert_eq!((made.len(), refused.len()), (1, 19));
    assert!(refused.iter().all(|answer| answer.user_error() == "TOKEN_INVALID"));
    assert_eq!(app.count::<user::Entity>().await, 1);
}

async fn whoever_is_removed_does_not_come_back_by_pressing_join_just_then(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    for round in 0..30 {
        let (_, link) = invites_without_mail(&app, &alice, &acme, round).await;
        bob.joins(&link).await.succeeds();
        let of_bob = membership_of(&bob, &acme).await;
        let (removed, joined) = tokio::join!(
            spawned({
                let alice = alice.clone();
                async move { removes(&alice, &of_bob).await }
            }),
            spawned({
                let (bob, link) = (bob.clone(), link.clone());
                async move { bob.joins(&link).await }
            })
        );
        removed.succeeds();
        if !joined.is_done() {
            assert_eq!(joined.user_error(), "INVITATION_ALREADY_ACCEPTED");
        }
        assert_eq!(alice.sees_member_addresses(&acme).await, ["alice@example.com"]);
        assert_eq!(bob.sees_active_workspace().await, None);
        assert_eq!(bob.joins(&link).await.user_error(), "INVITATION_ALREADY_ACCEPTED");
    }
    app.ignores_mail().await;
}

async fn removing_the_inviter_and_joining_go_one_after_the_other(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (adam, bob) = (app.account("adam@example.com").await, app.account("bob@example.com").await);
    for round in 0..30 {
        let of_adam = app.admits(adam.user_id().await, &acme, Role::Administrator, None).await;
        let (invitation, link) = invites_without_mail(&app, &adam, &acme, round).await;
        let (removed, joined) = tokio::join!(
            spawned({
                let alice = alice.clone();
                async move { removes(&alice, &of_adam).await }
            }),
            spawned({
                let bob = bob.clone();
                async move { bob.joins(&link).await }
            })
        );
        removed.succeeds();
        if joined.is_done() {
            assert_eq!(alice.sees_status(&invitation).await, "ACCEPTED");
            removes(&alice, &membership_of(&bob, &acme).await).await.succeeds();
        } else {
            assert_eq!(joined.user_error(), "INVITATION_SUSPENDED");
            assert_eq!(alice.sees_member_addresses(&acme).await, ["alice@example.com"]);
            alice.revokes(&invitation).await.succeeds();
        }
    }
    app.ignores_mail().await;
}
