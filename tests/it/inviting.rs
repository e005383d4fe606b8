//! Sending invitations: to whom, as what, and who sees them.

use std::time::Duration;

use entity::membership::Role;
use entity::{invitation, membership, outbox};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tests::{Object, Usher, stories};

stories![
    an_invitation_is_sent_with_all_that_it_grants,
    the_mail_says_who_invites_to_what_and_until_when,
    an_administrator_invites_and_a_user_does_not,
    a_stranger_finds_no_workspace_to_invite_to,
    a_member_is_not_invited,
    a_person_has_one_open_invitation_to_a_workspace,
    a_person_is_invited_to_several_workspaces,
    locations_are_only_for_users,
    locations_of_another_workspace_are_not_found,
    a_role_that_nobody_can_be_invited_to_is_refused,
    a_declined_person_is_invited_again,
    a_revoked_person_is_invited_again,
    an_expired_person_is_invited_again,
    a_removed_member_is_invited_again,
];

async fn an_invitation_is_sent_with_all_that_it_grants(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let input = json!({ "email": " Bob@Example.com ", "locationIds": [riga.id()], "message": " Welcome! " });
    let sent = alice.invites_with(&acme, input).await.object("/invitation");

    assert_eq!((sent.text("/email"), sent.text("/role"), sent.text("/status")), ("Bob@Example.com", "USER", "PENDING"));
    assert_eq!((sent.text("/message"), sent.text("/workspace/name")), ("Welcome!", "Acme"));
    assert_eq!(
        (sent.texts("/locations", "/name"), sent.text("/invitedBy/email")),
        (vec!["Riga".into()], "alice@example.com")
    );
    let week = chrono::TimeDelta::days(7);
    assert_eq!(time(&sent, "/expiresAt") - time(&sent, "/createdAt"), week);
    assert_eq!((sent.text("/delivery/status"), sent.at("/delivery/attempts")), ("QUEUED", &json!(0)));
    assert_eq!((sent.at("/viewerCanResend"), sent.at("/viewerCanRevoke")), (&json!(true), &json!(true)));
    assert_eq!(alice.sees_invitations(&acme).await.as_slice(), std::slice::from_ref(&sent));

    app.run_jobs().await;
    let seen = alice.sees_invitation(&sent).await;
    let mail = app.mail_to("Bob@Example.com");
    assert_eq!((seen.text("/delivery/status"), seen.at("/delivery/attempts")), ("SENT", &json!(1)));
    assert_eq!(time(&seen, "/delivery/sentAt"), app.now());
    assert_eq!(seen.text("/delivery/messageId"), mail.message_id());
}

fn time(object: &Object, path: &str) -> chrono::DateTime<chrono::Utc> {
    object.text(path).parse().expect("a time")
}

async fn the_mail_says_who_invites_to_what_and_until_when(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let oslo = alice.creates_location(&acme, "Oslo").await;
    let input =
        json!({ "email": "bob@example.com", "locationIds": [riga.id(), oslo.id()], "message": "Hello,\nwelcome" });
    alice.invites_with(&acme, input).await.succeeds();
    app.run_jobs().await;

    let mail = app.mail_to("bob@example.com");
    assert_eq!(mail.subject(), "Alice invites you to Acme");
    assert!(mail.link().starts_with("http://usher.test/join/"));
    for content in [mail.text(), mail.html()] {
        for said in
            ["Alice", "Acme", "User", "Oslo, Riga", "Hello,", "welcome", "9 March 2026, 09:00 UTC", "bob@example.com"]
        {
            assert!(content.contains(said), "{said} is not in {content}");
        }
        assert!(content.contains("ACCEPT INVITATION"));
    }
    assert_eq!(mail.html().matches("<a ").count(), 1, "there is one button and no other link");
}

async fn an_administrator_invites_and_a_user_does_not(app: Usher) {
    let (_, acme) = app.owner("alice@example.com", "Acme").await;
    let dora = app.member("dora@example.com", &acme, Role::Administrator).await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let input = json!({ "email": "bob@example.com", "role": "ADMINISTRATOR" });
    let invitation = dora.invites_with(&acme, input).await.object("/invitation");

    assert_eq!(uma.invites_with(&acme, json!({ "email": "carl@example.com" })).await.error_code(), "FORBIDDEN");
    assert_eq!(uma.resends(&invitation).await.error_code(), "FORBIDDEN");
    assert_eq!(uma.revokes(&invitation).await.error_code(), "FORBIDDEN");
    let query = "query($id: ID!) { workspace(id: $id) { name invitations { nodes { id } } } }";
    let answer = uma.graphql(query, json!({ "id": acme.id() })).await;
    assert_eq!(answer.error_code(), "FORBIDDEN");
    assert_eq!(answer.data("/workspace"), &json!({ "name": "Acme", "invitations": null }));
    assert_eq!(app.count::<invitation::Entity>().await, 1);
    app.ignores_mail().await;
}

async fn a_stranger_finds_no_workspace_to_invite_to(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let mallory = app.account("mallory@example.com").await;
    assert_eq!(mallory.invites_with(&acme, json!({ "email": "carl@example.com" })).await.error_code(), "NOT_FOUND");
    assert_eq!(
        mallory.invites_many(&acme, json!([{ "email": "carl@example.com" }]), None).await.error_code(),
        "NOT_FOUND"
    );
    assert_eq!(mallory.resends(&invitation).await.error_code(), "NOT_FOUND");
    assert_eq!(mallory.revokes(&invitation).await.error_code(), "NOT_FOUND");
    assert!(mallory.sees_invitation(&invitation).await.is_null());
    let visitor = app.visitor("carl@example.com");
    assert_eq!(
        visitor.invites_with(&acme, json!({ "email": "carl@example.com" })).await.error_code(),
        "UNAUTHENTICATED"
    );
    assert_eq!(app.count::<invitation::Entity>().await, 1);
    app.ignores_mail().await;
}

async fn a_member_is_not_invited(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    app.member("bob@example.com", &acme, Role::User).await;
    for address in ["BOB@example.com", "alice@example.com"] {
        let refused = alice.invites_with(&acme, json!({ "email": address })).await;
        assert_eq!((refused.user_error(), refused.user_error_field()), ("ALREADY_MEMBER".into(), "email".into()));
    }
    assert_eq!(app.count::<outbox::Entity>().await, 0);
}

async fn a_person_has_one_open_invitation_to_a_workspace(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    alice.sends_link(&acme, "bob@example.com").await;
    let refused = alice.invites_with(&acme, json!({ "email": "Bob@EXAMPLE.com" })).await;
    assert_eq!((refused.user_error(), refused.user_error_field()), ("ALREADY_INVITED".into(), "email".into()));
    assert_eq!(refused.data("/invitation"), &Value::Null);
    app.run_jobs().await;
    app.no_more_mail();
}

async fn a_person_is_invited_to_several_workspaces(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let other = alice.creates_workspace("Other").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let (_, other_link) = alice.sends_link(&other, "bob@example.com").await;
    assert_ne!(link, other_link);
    assert_eq!(alice.looks_at(&link).await.text("/workspaceName"), "Acme");
    assert_eq!(alice.looks_at(&other_link).await.text("/workspaceName"), "Other");
}

async fn locations_are_only_for_users(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let input = |ids: Value| json!({ "email": "bob@example.com", "role": "ADMINISTRATOR", "locationIds": ids });
    let refused = alice.invites_with(&acme, input(json!([riga.id()]))).await;
    assert_eq!(
        (refused.user_error(), refused.user_error_field()),
        ("LOCATIONS_NOT_ALLOWED".into(), "locationIds".into())
    );
    assert_eq!(app.count::<invitation::Entity>().await, 0);
    alice.invites_with(&acme, input(json!([]))).await.succeeds();
    app.ignores_mail().await;
}

async fn locations_of_another_workspace_are_not_found(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let other = alice.creates_workspace("Other").await;
    let oslo = alice.creates_location(&other, "Oslo").await;
    for id in [oslo.id(), acme.id()] {
        let input = json!({ "email": "bob@example.com", "locationIds": [riga.id(), id] });
        let refused = alice.invites_with(&acme, input).await;
        assert_eq!(
            (refused.user_error(), refused.user_error_field()),
            ("LOCATION_NOT_FOUND".into(), "locationIds".into())
        );
    }
    let unreadable = alice.invites_with(&acme, json!({ "email": "bob@example.com", "locationIds": ["riga"] })).await;
    assert_eq!(unreadable.error_code(), "BAD_USER_INPUT");
    assert_eq!(app.count::<invitation::Entity>().await, 0);
}

async fn a_role_that_nobody_can_be_invited_to_is_refused(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for role in ["OWNER", "KING", "user"] {
        let refused = alice.invites_with(&acme, json!({ "email": "bob@example.com", "role": role })).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT", "{role}");
    }
    assert_eq!(app.count::<invitation::Entity>().await, 0);
}

async fn a_declined_person_is_invited_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (declined, link) = alice.sends_link(&acme, "bob@example.com").await;
    app.visitor("bob@example.com").declines(&link).await.succeeds();
    let (again, _) = alice.sends_link(&acme, "bob@example.com").await;
    assert_eq!(
        alice.sees_invitations(&acme).await.iter().map(|row| row.id().to_owned()).collect::<Vec<_>>(),
        [again.id(), declined.id()]
    );
}

async fn a_revoked_person_is_invited_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (revoked, link) = alice.sends_link(&acme, "bob@example.com").await;
    alice.revokes(&revoked).await.succeeds();
    let (_, new_link) = alice.sends_link(&acme, "bob@example.com").await;
    let bob = app.visitor("bob@example.com");
    assert_eq!(bob.joins(&link).await.user_error(), "INVITATION_REVOKED", "the old link stays dead");
    assert_eq!(bob.joins(&new_link).await.text("/nextStep"), "REGISTER");
}

async fn an_expired_person_is_invited_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (expired, _) = alice.sends_link(&acme, "bob@example.com").await;
    app.clock_moves(Duration::from_hours(7 * 24));
    let (again, _) = alice.sends_link(&acme, "bob@example.com").await;
    assert_eq!(alice.sees_status(&expired).await, "EXPIRED");
    assert_eq!(alice.sees_status(&again).await, "PENDING");
}

async fn a_removed_member_is_invited_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.member("bob@example.com", &acme, Role::User).await;
    membership::Entity::delete_many()
        .filter(membership::Column::UserId.eq(bob.user_id().await))
        .exec(app.db())
        .await
        .expect("the membership can be deleted");
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "OPEN_WORKSPACE");
    app.ignores_mail().await;
}
