//! Joining, as the person meets it: three ways in, and what the links say that lead nowhere.

use std::time::Duration;

use entity::membership::{Entity as Memberships, Role};
use entity::user;
use serde_json::json;
use tests::{Usher, stories};

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
    the_inviter_hears_of_it,
    a_member_made_meanwhile_keeps_the_role,
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
