//! The own account in a browser without JavaScript: name, language, password, sessions, invitations, workspaces.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use entity::membership::Role;
use serde_json::json;
use tests::{Actor, Usher, stories};

use crate::members::{membership_of, updates};

stories![
    name_and_language_are_changed,
    who_does_not_know_the_password_of_a_registration_can_register_again,
    the_password_is_changed_and_other_sessions_end,
    sessions_are_listed_and_ended,
    an_invitation_is_accepted_without_its_mail,
    an_invitation_is_declined_for_good,
    a_suspended_invitation_asks_for_a_fresh_link,
    who_declines_by_the_link_can_opt_out_and_ask_again,
    somebody_switches_between_workspaces,
    the_account_is_for_whoever_is_signed_in,
    what_is_cut_short_says_so,
];

async fn name_and_language_are_changed(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let refused = bob.submits("/account", &[("name", ""), ("language", "lv")]).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body().contains("Enter a name"), "{}", refused.body());
    let saved = bob.submits("/account", &[("name", "Roberts"), ("language", "lv")]).await;
    assert_eq!(saved.headers()[LOCATION], "/account?saved=1");
    let page = bob.opens("/account?saved=1").await;
    assert!(page.body().contains("value=\"Roberts\"") && page.body().contains("Saglabāts."), "{}", page.body());
    assert!(page.body().contains("lang=\"lv\" selected"), "{}", page.body());
    bob.submits("/account", &[("name", "Robert"), ("language", "")]).await;
    assert!(bob.opens("/account").await.body().contains("Your account"));
}

async fn the_password_is_changed_and_other_sessions_end(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let elsewhere = bob.elsewhere();
    elsewhere.logs_in().await.succeeds();
    let change = async |current: &str, new: &str| {
        bob.submits("/account/password", &[("currentPassword", current), ("newPassword", new)]).await
    };
    let wrong = change("not this one", "a brand new one").await;
    assert!(wrong.body().contains("id=\"currentPassword-note\">This password is wrong"), "{}", wrong.body());
    let short = change(&bob.password, "short").await;
    assert!(short.body().contains("id=\"newPassword-note\">A password has at least"), "{}", short.body());
    assert!(elsewhere.is_signed_in().await);
    assert_eq!(change(&bob.password, "a brand new one").await.headers()[LOCATION], "/account/password?saved=1");
    assert!(bob.opens("/account/password?saved=1").await.body().contains("Your password is changed"));
    assert!(!elsewhere.is_signed_in().await);
    bob.with_password("a brand new one").logs_in().await.succeeds();
    app.run_jobs().await;
    app.ignores_mail().await;
}

async fn sessions_are_listed_and_ended(app: Usher) {
    let bob = app.account("bob@example.com").await;
    assert!(!bob.opens("/account/sessions").await.body().contains("END ALL OTHERS"));
    let (phone, tablet, library) = (bob.elsewhere(), bob.elsewhere(), bob.elsewhere());
    for client in [&phone, &tablet, &library] {
        client.logs_in().await.succeeds();
    }
    let page = bob.opens("/account/sessions").await;
    let ends: Vec<&str> = page.body().split("name=\"session\" value=\"").skip(1).collect();
    assert_eq!((ends.len(), page.body().matches("This one").count()), (3, 1), "{}", page.body());
    let mallory = app.account("mallory@example.com").await;
    let own = phone.sees_viewer().await.list("/sessions");
    let own =
        own.iter().find(|session| session.at("/current") == true).expect("the session of the phone").id().to_owned();
    let fields = [("session", own.as_str())];
    assert_eq!(mallory.submits("/account/sessions", &fields).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(bob.submits("/account/sessions", &fields).await.headers()[LOCATION], "/account/sessions");
    assert!(!phone.is_signed_in().await && tablet.is_signed_in().await && bob.is_signed_in().await);
    bob.submits("/account/sessions", &[]).await;
    assert!(!tablet.is_signed_in().await && !library.is_signed_in().await && bob.is_signed_in().await);
}

async fn an_invitation_is_accepted_without_its_mail(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let input = json!({ "email": "bob@example.com", "locationIds": [riga.id()], "message": "Come in" });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    app.run_jobs().await;
    let bob = app.account("bob@example.com").await;
    assert!(bob.opens("/").await.body().contains("An invitation waits for you"));
    let list = bob.opens("/account/invitations").await;
    for shown in ["Alice invites you to Acme", "Riga", "Come in", invitation.id()] {
        assert!(list.body().contains(shown), "{shown}: {}", list.body());
    }
    let fields = [("invitation", invitation.id()), ("action", "accept")];
    let mallory = app.account("mallory@example.com").await;
    assert_eq!(mallory.submits("/account/invitations", &fields).await.status(), StatusCode::NOT_FOUND);
    let accepted = bob.submits("/account/invitations", &fields).await;
    assert_eq!(accepted.headers()[LOCATION], format!("/w/{}", acme.id()).as_str());
    assert_eq!(bob.sees_active_workspace().await.as_deref(), Some("Acme"));
    assert!(bob.opens("/account/invitations").await.body().contains("No open invitation"));
    app.run_jobs().await;
    app.ignores_mail().await;
}

async fn an_invitation_is_declined_for_good(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let (invitation, _) = alice.sends_link(&acme, "bob@example.com").await;
    let fields = [("invitation", invitation.id()), ("action", "decline"), ("opt_out", "1")];
    assert_eq!(bob.submits("/account/invitations", &fields).await.headers()[LOCATION], "/account/invitations");
    assert_eq!(alice.sees_status(&invitation).await, "DECLINED");
    let again = alice.invites_with(&acme, json!({ "email": "bob@example.com" })).await;
    assert_eq!(again.user_error(), "RECIPIENT_OPTED_OUT");
    let twice = bob.submits("/account/invitations", &fields).await;
    assert_eq!(twice.status(), StatusCode::CONFLICT);
    assert!(twice.body().contains("This invitation was declined."), "{}", twice.body());
}

async fn who_declines_by_the_link_can_opt_out_and_ask_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let path = link.strip_prefix("http://usher.test").expect("a page of ours");
    let bob = app.visitor("bob@example.com");
    assert!(bob.opens(path).await.body().contains("name=\"opt_out\""));
    let declined = bob.submits(path, &[("action", "decline"), ("opt_out", "1")]).await;
    assert!(declined.body().contains("You declined the invitation"), "{}", declined.body());
    assert!(declined.body().contains("ASK FOR A FRESH LINK"), "{}", declined.body());
    let refused = alice.invites_with(&acme, json!({ "email": "bob@example.com" })).await;
    assert_eq!(refused.user_error(), "RECIPIENT_OPTED_OUT");
    assert!(bob.submits(path, &[("action", "ask")]).await.body().contains("Your request is on its way"));
    alice.sends_link(&acme, "bob@example.com").await;
}

async fn somebody_switches_between_workspaces(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (bob, other) = app.owner("bob@example.com", "Other").await;
    app.member("adam@example.com", &other, Role::Administrator).await;
    alice.creates_workspace("Second").await;
    let home = alice.opens("/").await;
    let current = home.body().split("<li>").find(|row| row.contains("opened last")).expect("a current one");
    assert!(current.contains("Second"), "{}", home.body());
    let opened = alice.submits(&format!("/workspaces/{}", acme.id()), &[("action", "open")]).await;
    assert_eq!(opened.headers()[LOCATION], format!("/w/{}", acme.id()).as_str());
    assert_eq!(alice.sees_active_workspace().await.as_deref(), Some("Acme"));
    let foreign = alice.submits(&format!("/workspaces/{}", other.id()), &[("action", "open")]).await;
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
    assert!(bob.is_signed_in().await);
}

async fn the_account_is_for_whoever_is_signed_in(app: Usher) {
    let bob = app.account("bob@example.com").await;
    for path in ["/account", "/account/password", "/account/sessions", "/account/invitations"] {
        assert_eq!(bob.opens(path).await.status(), StatusCode::OK, "{path}");
        let stopped = bob.elsewhere().opens(path).await;
        let login = stopped.headers()[LOCATION].to_str().expect("text").to_owned();
        assert!(login.starts_with("/login?next=%2Faccount"), "{path}: {login}");
        let fields = [("name", "x"), ("invitation", ""), ("action", "accept")];
        assert_eq!(bob.submits_forged(path, &fields).await.status(), StatusCode::FORBIDDEN, "{path}");
    }
}

async fn a_suspended_invitation_asks_for_a_fresh_link(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let bob = app.account("bob@example.com").await;
    let invitation = adam.invites(&acme, "bob@example.com").await;
    assert!(!bob.opens("/account/invitations").await.body().contains("value=\"ask\""));
    updates(&alice, &membership_of(&adam, &acme).await, json!({ "role": "USER" })).await.succeeds();
    let page = bob.opens("/account/invitations").await;
    assert!(page.body().contains("value=\"ask\"") && !page.body().contains("value=\"accept\""), "{}", page.body());
    let asked = bob.submits("/account/invitations", &[("invitation", invitation.id()), ("action", "ask")]).await;
    assert_eq!(asked.headers()[LOCATION], "/account/invitations?asked=1");
    assert!(bob.opens("/account/invitations?asked=1").await.body().contains("Your request is on its way"));
    let list = alice.opens(&format!("/w/{}/invitations", acme.id())).await;
    assert!(list.body().contains("Requests for a fresh link"), "{}", list.body());
    let of_alice = alice.submits("/account/invitations", &[("invitation", invitation.id()), ("action", "ask")]).await;
    assert_eq!(of_alice.status(), StatusCode::NOT_FOUND, "it is addressed to Bob");
    app.run_jobs().await;
    app.ignores_mail().await;
}

async fn who_does_not_know_the_password_of_a_registration_can_register_again(app: Usher) {
    let bob = app.visitor("bob@example.com");
    let registers = async |password: &str| {
        let typed = [("email", bob.email.as_str()), ("name", "Bob"), ("password", password)];
        bob.submits("/register", &typed).await;
        app.run_jobs().await;
        app.mail_to(&bob.email).link().strip_prefix("http://usher.test").expect("a page of ours").to_owned()
    };
    let first = registers("a password I forgot").await;
    let refused = bob.submits(&first, &[("password", "not this one")]).await;
    assert!(refused.body().contains("href=\"/register\""), "{}", refused.body());
    let second = registers("a password I know").await;
    let verified = bob.submits(&second, &[("password", "a password I know")]).await;
    assert_eq!(verified.headers()[LOCATION], "/login?verified=1");
}

async fn what_is_cut_short_says_so(app: Usher) {
    let (bob, alice) = (app.account("bob@example.com").await, app.account("alice@example.com").await);
    let (carol, other) = app.owner("carol@example.com", "Other").await;
    carol.invites(&other, "bob@example.com").await;
    for number in 0..100 {
        let workspace = alice.creates_workspace(&format!("Workspace {number}")).await;
        alice.invites(&workspace, "bob@example.com").await;
    }
    let cut = async |viewer: &Actor, path| viewer.opens(path).await.body().contains("There are more; only the ");
    assert!(cut(&bob, "/account/invitations").await, "one of 101 is not shown");
    assert!(!cut(&alice, "/").await, "100 are shown");
    alice.creates_workspace("One more").await;
    assert!(cut(&alice, "/").await, "one of 101 is not shown");
    app.ignores_mail().await;
}
