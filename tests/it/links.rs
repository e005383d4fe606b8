//! What a link shows to its holder, and links that let nobody in (any more).

use axum::body::Body;
use axum::http::{Method, Request};
use entity::membership::{Column as MembershipColumn, Entity as Memberships, Role};
use entity::{event, invitation, membership, outbox, user};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tests::{Actor, Object, Usher, stories};

stories![
    the_preview_tells_what_one_needs_to_know,
    looking_at_a_link_changes_nothing,
    a_link_that_never_was_is_told_apart_from_a_dead_one,
    a_removed_member_does_not_come_back_by_the_old_link,
    an_invitation_does_not_outlive_its_inviters_rights,
    an_invitation_of_somebody_who_left_is_suspended,
    a_suspended_invitation_works_again_when_an_administrator_sends_it,
];

async fn the_preview_tells_what_one_needs_to_know(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let input = json!({ "email": "Bob@example.com", "locationIds": [riga.id()], "message": "Welcome!" });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    app.run_jobs().await;
    let preview = app.visitor("bob@example.com").looks_at(&app.mail_to("Bob@example.com").link()).await;
    let expected = json!({
        "workspaceName": "Acme", "invitedByName": "Alice", "email": "Bob@example.com", "role": "USER",
        "locationNames": ["Riga"], "message": "Welcome!", "status": "PENDING", "expiresAt": invitation.at("/expiresAt"),
    });
    assert_eq!(*preview, expected);
}

async fn looking_at_a_link_changes_nothing(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    app.account("bob@example.com").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let before = everything(&app).await;
    let path = link.strip_prefix("http://usher.test").expect("a link to Usher").to_owned();
    let query = "query($token: String!) { invitationByToken(token: $token) { status } }";
    for method in [Method::GET, Method::HEAD] {
        for _ in 0..100 {
            let request = Request::builder().method(&method).uri(&path).body(Body::empty()).expect("a request");
            let page = app.request(request).await;
            assert_eq!(page.status(), 200);
        }
    }
    for _ in 0..100 {
        let token = path.trim_start_matches("/join/");
        assert_eq!(
            alice.elsewhere().graphql(query, json!({ "token": token })).await.text("/invitationByToken/status"),
            "PENDING"
        );
    }
    assert_eq!(everything(&app).await, before);
}

/// Every row that a visit could change.
async fn everything(app: &Usher) -> impl PartialEq + std::fmt::Debug + use<> {
    let whole = "the table can be read";
    (
        invitation::Entity::find().all(app.db()).await.expect(whole),
        membership::Entity::find().all(app.db()).await.expect(whole),
        user::Entity::find().all(app.db()).await.expect(whole),
        event::Entity::find().all(app.db()).await.expect(whole),
        outbox::Entity::find().all(app.db()).await.expect(whole),
    )
}

async fn a_link_that_never_was_is_told_apart_from_a_dead_one(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    alice.revokes(&invitation).await.succeeds();
    let bob = app.visitor("bob@example.com");
    assert_eq!(bob.looks_at(&link).await.text("/status"), "REVOKED");
    let mangled = &link[..link.len() - 1];
    assert!(bob.looks_at(mangled).await.is_null());
    assert_eq!(bob.joins(mangled).await.user_error(), "TOKEN_INVALID");
    assert_eq!(bob.declines(mangled).await.user_error(), "TOKEN_INVALID");
    assert_eq!(bob.registers_through(mangled).await.user_error(), "TOKEN_INVALID");
}

async fn a_removed_member_does_not_come_back_by_the_old_link(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    bob.joins(&link).await.succeeds();
    removes(&app, &bob).await;
    for answer in [bob.joins(&link).await, bob.accepts(&link).await, bob.elsewhere().joins(&link).await] {
        assert_eq!(answer.user_error(), "INVITATION_ALREADY_ACCEPTED");
    }
    assert_eq!(bob.logs_in_through(&link).await.text("/joinError/code"), "INVITATION_ALREADY_ACCEPTED");
    assert!(bob.sees_workspace(&acme).await.is_null());
    assert_eq!(bob.sees_active_workspace().await, None);
    app.ignores_mail().await;
}

/// Ends the only membership of a person.
async fn removes(app: &Usher, member: &Actor) {
    let user_id = member.user_id().await;
    let removed = Memberships::delete_many().filter(MembershipColumn::UserId.eq(user_id)).exec(app.db()).await;
    assert_eq!(removed.expect("the membership can be deleted").rows_affected, 1);
}

async fn an_invitation_does_not_outlive_its_inviters_rights(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let dora = app.member("dora@example.com", &acme, Role::Administrator).await;
    let bob = app.account("bob@example.com").await;
    let (invitation, link) = dora.sends_link(&acme, "bob@example.com").await;
    let (_, link_of_new) = dora.sends_link(&acme, "new@example.com").await;
    demotes(&app, &dora).await;

    let new = app.visitor("new@example.com");
    for answer in [
        bob.joins(&link).await,
        bob.elsewhere().joins(&link).await,
        bob.accepts(&link).await,
        bob.accepts_by_id(&invitation).await,
        new.joins(&link_of_new).await,
        new.registers_through(&link_of_new).await,
    ] {
        assert_eq!(answer.user_error(), "INVITATION_SUSPENDED");
    }
    assert_eq!(bob.logs_in_through(&link).await.text("/joinError/code"), "INVITATION_SUSPENDED");
    assert_eq!(app.count::<Memberships>().await, 2);
    assert_eq!(alice.sees_status(&invitation).await, "PENDING");
    bob.declines(&link).await.succeeds();
}

/// Takes the rank of an administrator away.
async fn demotes(app: &Usher, member: &Actor) {
    Memberships::update_many()
        .col_expr(MembershipColumn::Role, Expr::value(Role::User))
        .filter(MembershipColumn::UserId.eq(member.user_id().await))
        .exec(app.db())
        .await
        .expect("the role can be changed");
}

async fn an_invitation_of_somebody_who_left_is_suspended(app: Usher) {
    let (_, acme) = app.owner("alice@example.com", "Acme").await;
    let dora = app.member("dora@example.com", &acme, Role::Administrator).await;
    let bob = app.account("bob@example.com").await;
    let (_, link) = dora.sends_link(&acme, "bob@example.com").await;
    removes(&app, &dora).await;
    assert_eq!(bob.joins(&link).await.user_error(), "INVITATION_SUSPENDED");
    assert_eq!(bob.looks_at(&link).await.text("/invitedByName"), "Dora");
}

async fn a_suspended_invitation_works_again_when_an_administrator_sends_it(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let dora = app.member("dora@example.com", &acme, Role::Administrator).await;
    let bob = app.account("bob@example.com").await;
    let (invitation, link) = dora.sends_link(&acme, "bob@example.com").await;
    demotes(&app, &dora).await;
    let other = alice.sends_link(&acme, "carol@example.com").await.0;
    assert_eq!(are_suspended(&alice, &[&invitation, &other]).await, [true, false]);
    assert!(sees_it_suspended(&alice, &acme, &invitation).await);
    let resent = alice.resends(&invitation).await.object("/invitation");
    assert_eq!(resent.text("/invitedBy/email"), "alice@example.com");
    assert_eq!(are_suspended(&alice, &[&invitation, &other]).await, [false, false]);
    assert!(!sees_it_suspended(&alice, &acme, &invitation).await);
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "OPEN_WORKSPACE");
    app.ignores_mail().await;
}

/// What the API says of invitations.
async fn are_suspended(actor: &Actor, invitations: &[&Object]) -> Vec<bool> {
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Invitation { suspended } } }";
    let ids: Vec<&str> = invitations.iter().map(|invitation| invitation.id()).collect();
    let answer = actor.graphql(query, json!({ "ids": ids })).await;
    let nodes = answer.data("/nodes").as_array().expect("a list").clone();
    nodes.iter().map(|node| node["suspended"].as_bool().expect("a truth value")).collect()
}

/// Whether the console says so, in its list and on the page of the invitation.
async fn sees_it_suspended(actor: &Actor, workspace: &Object, invitation: &Object) -> bool {
    let list = format!("/w/{}/invitations", workspace.id());
    let listed = actor.opens(&list).await.body().contains(">suspended<");
    let shown = actor.opens(&format!("{list}/{}", invitation.id())).await.body().contains("It is suspended");
    assert_eq!(listed, shown);
    shown
}
