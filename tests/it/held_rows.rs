//! What hangs together and is changed at the same moment: the second waits for the first, and then sees what it did.

use std::time::Duration;

use domain::{Code, Error, id::Kind, membership, operator, session::Viewer, workspace};
use entity::{event, membership::Role, session, user};
use futures::FutureExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use secrecy::SecretString;
use serde_json::json;
use tests::{Answer, Usher, at_once, stories};

use crate::account_settings::changes_password;
use crate::members::{membership_of, removes, updates};

stories![
    joining_succeeds_while_a_location_of_the_invitation_is_deleted,
    giving_locations_and_deleting_one_go_one_after_the_other,
    whoever_is_demoted_changes_nothing_afterwards,
    whoever_knows_only_the_old_password_confirms_nothing,
    bulk_and_single_sends_for_limited_seats_do_not_wait_for_each_other_for_ever,
];

/// An outcome that is told to whoever asked, and no failure of ours.
fn refused_with(answer: &Answer, code: &str) -> bool {
    !answer.is_done() && answer.user_error() == code
}

async fn joining_succeeds_while_a_location_of_the_invitation_is_deleted(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    for round in 0..30 {
        let riga = alice.creates_location(&acme, &format!("Riga {round}")).await;
        let input = json!({ "email": "bob@example.com", "locationIds": [riga.id()] });
        let link = app.link_of(&alice.invites_with(&acme, input).await.object("/invitation"));
        let delete = {
            let (alice, riga) = (alice.clone(), riga.clone());
            async move { alice.deletes_location(&riga).await }
        };
        let join = {
            let bob = bob.clone();
            async move { bob.joins(&link).await }
        };
        for answer in at_once([delete.boxed(), join.boxed()]).await {
            answer.succeeds();
        }
        assert!(bob.sees_locations(&acme).await.is_empty());
        removes(&alice, &membership_of(&bob, &acme).await).await.succeeds();
    }
    app.ignores_mail().await;
}

async fn giving_locations_and_deleting_one_go_one_after_the_other(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let of_uma = membership_of(&uma, &acme).await;
    for round in 0..30 {
        let riga = alice.creates_location(&acme, &format!("Riga {round}")).await;
        let change = json!({ "locationIds": [riga.id()] });
        updates(&alice, &of_uma, change.clone()).await.succeeds();
        let give = {
            let (alice, of_uma) = (alice.clone(), of_uma.clone());
            async move { updates(&alice, &of_uma, change).await }
        };
        let delete = {
            let (alice, riga) = (alice.clone(), riga.clone());
            async move { alice.deletes_location(&riga).await }
        };
        for answer in at_once([give.boxed(), delete.boxed()]).await {
            assert!(answer.is_done() || refused_with(&answer, "LOCATION_NOT_FOUND"));
        }
        assert!(uma.sees_locations(&acme).await.is_empty());
    }
}

async fn whoever_is_demoted_changes_nothing_afterwards(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let of_adam = membership_of(&adam, &acme).await;
    for round in 0..20 {
        let riga = alice.creates_location(&acme, &format!("Riga {round}")).await;
        let invitation = alice.invites(&acme, &format!("guest{round}@example.com")).await;
        let demote = {
            let (alice, of_adam) = (alice.clone(), of_adam.clone());
            async move { updates(&alice, &of_adam, json!({ "role": "USER" })).await }
        };
        let rename = {
            let (adam, acme) = (adam.clone(), acme.clone());
            async move { adam.renames_workspace(&acme, &format!("Acme {round}")).await }
        };
        let delete = {
            let (adam, riga) = (adam.clone(), riga.clone());
            async move { adam.deletes_location(&riga).await }
        };
        let revoke = {
            let (adam, invitation) = (adam.clone(), invitation.clone());
            async move { adam.revokes(&invitation).await }
        };
        at_once([demote.boxed(), rename.boxed(), delete.boxed(), revoke.boxed()]).await;
        let latest = event::Entity::find().order_by_desc(event::Column::Drawn).one(app.db()).await;
        let latest = latest.expect("events can be read").expect("an event");
        assert_eq!(latest.kind, "member.updated", "nothing of adam's comes after it");
        updates(&alice, &of_adam, json!({ "role": "ADMINISTRATOR" })).await.succeeds();
    }
    app.ignores_mail().await;
}

async fn whoever_knows_only_the_old_password_confirms_nothing(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let to = Kind::Membership.parse(&membership_of(&adam, &acme).await).expect("the id of a membership");
    let id = Kind::Workspace.parse(acme.id()).expect("the id of a workspace");
    // Requests that began before the password was changed, and verified it as it was then.
    let (session, user) = session::Entity::find()
        .find_also_related(user::Entity)
        .filter(session::Column::UserId.eq(alice.user_id().await))
        .one(app.db())
        .await
        .expect("sessions can be read")
        .expect("a session");
    let began = Viewer { session, user: user.expect("an account") };
    let old = SecretString::from(alice.password.clone());
    changes_password(&alice, &alice.password, "a new password, which is long").await.succeeds();
    let handed_over = membership::hand_over(app.domain(), &began, id, to, &old).await.map(drop);
    let deleted = workspace::delete(app.domain(), &began, id, &old).await.map(drop);
    for refused in [handed_over, deleted] {
        let Err(Error::User(errors)) = refused else { panic!("{refused:?}") };
        assert_eq!(errors[0].code, Code::InvalidCredentials);
    }
    assert!(!alice.sees_workspace(&acme).await.is_null());
    app.ignores_mail().await;
}

async fn bulk_and_single_sends_for_limited_seats_do_not_wait_for_each_other_for_ever(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let id = Kind::Workspace.parse(acme.id()).expect("the id of a workspace");
    operator::set_seats(app.domain(), id, Some(50)).await.expect("a workspace");
    let rows: Vec<_> = (0..10).map(|number| json!({ "email": format!("guest{number}@example.com") })).collect();
    for _ in 0..5 {
        alice.invites_many(&acme, json!(rows), None).await.succeeds();
        app.ignores_mail().await;
        // All of them expire, and no sweep has written so.
        app.clock_moves(Duration::from_hours(24 * 8));
        let singles = (0..10).map(|number| {
            let (alice, acme) = (alice.clone(), acme.clone());
            let email = format!("guest{number}@example.com");
            async move { alice.invites_with(&acme, json!({ "email": email })).await }.boxed()
        });
        let bulks = (0..4).map(|_| {
            let (alice, acme, rows) = (alice.clone(), acme.clone(), json!(rows));
            async move { alice.invites_many(&acme, rows, None).await }.boxed()
        });
        for answer in at_once(singles.chain(bulks)).await {
            assert!(answer.is_done() || refused_with(&answer, "ALREADY_INVITED"));
        }
        app.clock_moves(Duration::from_hours(24 * 8));
    }
    app.ignores_mail().await;
}
