//! Joining, as the person meets it: three ways in, and what the links say that lead nowhere.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use entity::membership::{Column as MembershipColumn, Entity as Memberships, Role};
use entity::{event, invitation, membership, user};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tests::{Actor, Object, Usher, stories};

stories![
    somebody_without_an_account_joins_registers_and_logs_in,
    somebody_with_an_account_joins_signed_out_and_logs_in,
    somebody_who_is_signed_in_joins_and_is_there,
    signed_in_as_somebody_else_nothing_is_joined,
    the_way_through_registration_needs_no_join_button,
    registering_with_the_link_of_a_person_with_an_account_leads_to_login,
    logging_in_with_a_link_joins,
    a_login_with_a_dead_link_succeeds_and_says_why_it_did_not_join,
    a_link_for_another_address_joins_nobody,
    an_invitation_is_accepted_by_its_id,
    accepting_takes_exactly_one_of_id_and_link,
    pressing_join_twice_is_no_error,
    the_preview_tells_what_one_needs_to_know,
    looking_at_a_link_changes_nothing,
    a_link_that_never_was_is_told_apart_from_a_dead_one,
    a_removed_member_does_not_come_back_by_the_old_link,
    the_inviter_hears_of_it,
    a_member_made_meanwhile_keeps_the_role,
    an_invitation_does_not_outlive_its_inviters_rights,
    an_invitation_of_somebody_who_left_is_suspended,
    a_suspended_invitation_works_again_when_an_administrator_sends_it,
    a_login_opens_the_workspace_joined_since_the_last_one,
];

async fn somebody_without_an_account_joins_registers_and_logs_in(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    alice.creates_location(&acme, "Oslo").await;
    let input = json!({ "email": "Bob@example.com", "locationIds": [riga.id()] });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    app.run_jobs().await;
    let link = app.mail_to("Bob@example.com").link();

    let bob = app.visitor("bob@example.com");
    let joined = bob.joins(&link).await.object("");
    assert_eq!((joined.text("/nextStep"), joined.text("/preview/email")), ("REGISTER", "Bob@example.com"));
    assert_eq!(joined.at("/workspace"), &json!(null));
    assert_eq!(alice.sees_status(&invitation).await, "CONFIRMED");

    let registered = bob.registers_through(&link).await.object("");
    assert_eq!((registered.text("/nextStep"), registered.text("/user/email")), ("LOGIN", "bob@example.com"));
    assert!(!bob.is_signed_in().await, "registering is not logging in");
    bob.logs_in().await.succeeds();
    assert_eq!(bob.sees_active_workspace().await.as_deref(), Some("Acme"));
    assert_eq!(bob.sees_locations(&acme).await, ["Riga"]);
    assert_eq!(bob.sees_workspace(&acme).await.text("/viewerRole"), "USER");
    let seen = alice.sees_invitation(&invitation).await;
    assert_eq!((seen.text("/status"), seen.at("/respondedAt").is_null()), ("ACCEPTED", false));
    app.ignores_mail().await;
}

async fn somebody_with_an_account_joins_signed_out_and_logs_in(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await.elsewhere();
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    app.clock_moves(Duration::from_secs(1));
    let joined = bob.joins(&link).await.object("");
    assert_eq!((joined.text("/nextStep"), joined.at("/workspace")), ("LOGIN", &json!(null)));
    assert_eq!(alice.sees_status(&invitation).await, "ACCEPTED");
    assert_eq!(alice.sees_member_addresses(&acme).await, ["alice@example.com", "bob@example.com"]);
    assert!(!bob.is_signed_in().await, "the link is not a login");

    bob.logs_in().await.succeeds();
    assert_eq!(bob.sees_active_workspace().await.as_deref(), Some("Acme"));
    app.ignores_mail().await;
}

async fn somebody_who_is_signed_in_joins_and_is_there(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (bob, _) = app.owner("bob@example.com", "Bob's own").await;
    let (_, link) = alice.sends_link(&acme, "BOB@example.com").await;
    let joined = bob.joins(&link).await.object("");
    assert_eq!((joined.text("/nextStep"), joined.text("/workspace/id")), ("OPEN_WORKSPACE", acme.id()));
    assert_eq!(joined.text("/workspace/viewerRole"), "USER");
    assert_eq!(bob.sees_active_workspace().await.as_deref(), Some("Acme"));
    app.ignores_mail().await;
}

async fn signed_in_as_somebody_else_nothing_is_joined(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let carol = app.account("carol@example.com").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    let joined = carol.joins(&link).await.object("");
    assert_eq!((joined.text("/nextStep"), joined.text("/preview/email")), ("SWITCH_ACCOUNT", "bob@example.com"));
    assert_eq!(joined.at("/workspace"), &json!(null));
    assert_eq!(alice.sees_status(&invitation).await, "PENDING");
    assert_eq!(carol.accepts(&link).await.user_error(), "WRONG_ACCOUNT");
    assert_eq!(carol.declines(&link).await.user_error(), "WRONG_ACCOUNT");
    assert_eq!(alice.sees_status(&invitation).await, "PENDING");
    assert_eq!(app.count::<Memberships>().await, 1);

    // The way back: at the same link, signed out.
    carol.logs_out().await.succeeds();
    assert_eq!(carol.joins(&link).await.text("/nextStep"), "REGISTER");
}

async fn the_way_through_registration_needs_no_join_button(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let bob = app.visitor("bob@example.com");
    // A registration that waits for its own mail does not stand in the way, and is gone with the account.
    bob.registers().await.succeeds();
    assert_eq!(bob.registers_through(&link).await.text("/nextStep"), "LOGIN");
    bob.logs_in().await.succeeds();
    assert_eq!(bob.sees_active_workspace().await.as_deref(), Some("Acme"));
    assert_eq!(app.count::<entity::registration::Entity>().await, 0);
    app.ignores_mail().await;
}

async fn registering_with_the_link_of_a_person_with_an_account_leads_to_login(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    app.account("bob@example.com").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    let again = app.visitor("bob@example.com").with_password("another password");
    let registered = again.registers_through(&link).await.object("");
    assert_eq!((registered.text("/nextStep"), registered.at("/user")), ("LOGIN", &json!(null)));
    assert_eq!(again.logs_in().await.user_error(), "INVALID_CREDENTIALS");
    assert_eq!(alice.sees_status(&invitation).await, "PENDING", "nothing changes");
    app.run_jobs().await;
    app.no_more_mail();
}

async fn logging_in_with_a_link_joins(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await.elsewhere();
    bob.logs_in().await.succeeds();
    bob.creates_workspace("Bob's own").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let login = bob.logs_in_through(&link).await.object("");
    assert_eq!((login.text("/viewer/activeWorkspace/name"), login.at("/joinError")), ("Acme", &json!(null)));
    // A second login with the same link opens the same workspace.
    assert_eq!(bob.elsewhere().logs_in_through(&link).await.text("/viewer/activeWorkspace/name"), "Acme");
    app.ignores_mail().await;
}

async fn a_login_with_a_dead_link_succeeds_and_says_why_it_did_not_join(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await.elsewhere();
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    alice.revokes(&invitation).await.succeeds();
    for (link, code) in [(link.as_str(), "INVITATION_REVOKED"), ("never-was", "TOKEN_INVALID")] {
        let login = bob.logs_in_through(link).await.object("");
        assert_eq!((login.text("/joinError/code"), login.text("/viewer/user/email")), (code, "bob@example.com"));
        assert!(bob.is_signed_in().await);
    }
    let wrong = bob.with_password("not the password").logs_in_through(&link).await;
    assert_eq!((wrong.user_error(), wrong.data("/joinError")), ("INVALID_CREDENTIALS".into(), &json!(null)));
}

async fn a_link_for_another_address_joins_nobody(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    let mallory = app.visitor("mallory@example.com");
    assert_eq!(mallory.registers_through(&link).await.user_error(), "WRONG_ACCOUNT");
    assert_eq!(app.count::<user::Entity>().await, 1, "nothing is done");

    let carol = app.account("carol@example.com").await;
    assert_eq!(carol.logs_in_through(&link).await.text("/joinError/code"), "WRONG_ACCOUNT");
    assert_eq!(alice.sees_status(&invitation).await, "PENDING");
    assert_eq!(app.count::<Memberships>().await, 1);
}

async fn an_invitation_is_accepted_by_its_id(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (bob, carol) = (app.account("bob@example.com").await, app.account("carol@example.com").await);
    let invitation = alice.invites(&acme, "bob@example.com").await;
    assert_eq!(carol.accepts_by_id(&invitation).await.error_code(), "NOT_FOUND");
    assert_eq!(carol.declines_by_id(&invitation).await.error_code(), "NOT_FOUND");
    assert_eq!(alice.accepts_by_id(&invitation).await.error_code(), "NOT_FOUND");
    assert_eq!(app.visitor("bob@example.com").accepts_by_id(&invitation).await.error_code(), "UNAUTHENTICATED");
    assert_eq!(app.visitor("bob@example.com").declines_by_id(&invitation).await.error_code(), "UNAUTHENTICATED");

    let membership = bob.accepts_by_id(&invitation).await.object("/membership");
    assert_eq!((membership.text("/role"), membership.text("/workspace/id")), ("USER", acme.id()));
    assert_eq!(membership.text("/invitedBy/email"), "alice@example.com");
    assert_eq!(bob.sees_active_workspace().await.as_deref(), Some("Acme"));
    app.ignores_mail().await;
}

async fn accepting_takes_exactly_one_of_id_and_link(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    let both = json!({ "invitationId": invitation.id(), "token": link });
    for input in [json!({}), both] {
        assert_eq!(bob.accepts_with(input.clone()).await.error_code(), "BAD_USER_INPUT");
        assert_eq!(bob.declines_with(input).await.error_code(), "BAD_USER_INPUT");
    }
    assert_eq!(alice.sees_status(&invitation).await, "PENDING");
}

async fn pressing_join_twice_is_no_error(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let bob = app.visitor("bob@example.com");
    for _ in 0..2 {
        assert_eq!(bob.joins(&link).await.text("/nextStep"), "REGISTER");
    }
    bob.registers_through(&link).await.succeeds();
    for _ in 0..2 {
        assert_eq!(bob.joins(&link).await.text("/nextStep"), "LOGIN");
    }
    assert_eq!(bob.registers_through(&link).await.text("/nextStep"), "LOGIN");
    bob.logs_in().await.succeeds();
    for _ in 0..2 {
        assert_eq!(bob.joins(&link).await.text("/nextStep"), "OPEN_WORKSPACE");
        bob.accepts(&link).await.succeeds();
    }
    app.run_jobs().await;
    app.mail_to("alice@example.com");
    app.no_more_mail();
}

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
        entity::outbox::Entity::find().all(app.db()).await.expect(whole),
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

async fn the_inviter_hears_of_it(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    bob.joins(&link).await.succeeds();
    app.run_jobs().await;
    let mail = app.mail_to("alice@example.com");
    assert_eq!(mail.subject(), "bob@example.com joined Acme");
    assert_eq!(mail.link(), format!("http://usher.test/w/{}/members", acme.id()));
}

async fn a_member_made_meanwhile_keeps_the_role(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    let bob = app.member("bob@example.com", &acme, Role::Administrator).await;
    assert_eq!(bob.joins(&link).await.text("/workspace/viewerRole"), "ADMINISTRATOR");
    assert_eq!(alice.sees_status(&invitation).await, "ACCEPTED");
    app.ignores_mail().await;
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
    let resent: Object = alice.resends(&invitation).await.object("/invitation");
    assert_eq!(resent.text("/invitedBy/email"), "alice@example.com");
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "OPEN_WORKSPACE");
    app.ignores_mail().await;
}

async fn a_login_opens_the_workspace_joined_since_the_last_one(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (bob, own) = app.owner("bob@example.com", "Bob's own").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    app.clock_moves(Duration::from_secs(1));
    assert_eq!(bob.elsewhere().joins(&link).await.text("/nextStep"), "LOGIN");
    app.clock_moves(Duration::from_secs(1));
    let phone = bob.elsewhere();
    assert_eq!(phone.logs_in().await.text("/viewer/activeWorkspace/name"), "Acme");
    phone.switches_to(&own).await.succeeds();
    assert_eq!(bob.elsewhere().logs_in().await.text("/viewer/activeWorkspace/name"), "Bob's own");
    app.ignores_mail().await;
}
