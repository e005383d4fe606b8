//! The console of a workspace, as a browser without JavaScript meets it.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use entity::membership::Role;
use tests::{Usher, stories};

stories![
    an_administrator_invites_and_finds_the_invitation,
    an_administrator_looks_at_an_invitation_and_takes_it_back,
    several_addresses_are_shown_before_anything_is_sent,
    the_page_of_a_dead_link_asks_for_a_fresh_one,
];

/// What a hidden field of a page holds.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("a hidden field");
    rest.split('"').next().expect("a value").replace("&quot;", "\"").replace("&#x3D;", "=")
}

async fn an_administrator_invites_and_finds_the_invitation(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let list = format!("/w/{}/invitations", acme.id());
    assert!(alice.opens(&list).await.body().contains("SEND NEW INVITATION"));
    let refused = alice.submits(&format!("{list}/new"), &[("emails", "bob@"), ("role", "USER")]).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body().contains("bob@</textarea>"), "what was typed stays: {}", refused.body());
    let fields = [("emails", "bob@example.com"), ("role", "ADMINISTRATOR"), ("message", "Come in")];
    assert_eq!(alice.submits(&format!("{list}/new"), &fields).await.headers()[LOCATION], list.as_str());
    app.run_jobs().await;
    let shown = alice.opens(&format!("{list}?status=PENDING&search=BOB")).await;
    assert!(shown.body().contains("bob@example.com") && shown.body().contains(">Sent<"), "{}", shown.body());
    assert!(!alice.opens(&format!("{list}?status=REVOKED")).await.body().contains("bob@example.com"));
    app.ignores_mail().await;
}

async fn an_administrator_looks_at_an_invitation_and_takes_it_back(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let list = format!("/w/{}/invitations", acme.id());
    let input = serde_json::json!({ "email": "bob@example.com", "message": "Come in" });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    app.run_jobs().await;
    let one = format!("{list}/{}", invitation.id());
    let page = alice.opens(&one).await;
    assert!(page.body().contains("Come in") && page.body().contains("The mail server took the mail."));
    assert!(page.body().contains("/join/"), "mail is captured, so its link can be copied");
    assert_eq!(alice.submits(&one, &[("action", "revoke")]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(alice.sees_status(&invitation).await, "REVOKED");
    let user = app.member("user@example.com", &acme, Role::User).await;
    assert_eq!(user.opens(&one).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(user.opens(&list).await.status(), StatusCode::FORBIDDEN);
    app.ignores_mail().await;
}

async fn several_addresses_are_shown_before_anything_is_sent(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let list = format!("/w/{}/invitations", acme.id());
    let typed = [("emails", "bob@example.com, carol@example.com; bob@EXAMPLE.com alice@example.com"), ("role", "USER")];
    let preview = alice.submits(&format!("{list}/new"), &typed).await;
    assert!(preview.body().contains("2 will be invited, 2 will not"), "{}", preview.body());
    assert!(alice.sees_invitations(&acme).await.is_empty());
    let (payload, key) = (hidden(preview.body(), "payload"), hidden(preview.body(), "key"));
    for _ in 0..2 {
        let sent = alice.submits(&format!("{list}/send"), &[("payload", &payload), ("key", &key)]).await;
        assert!(sent.body().contains("2 invited, 0 not"), "{}", sent.body());
    }
    assert_eq!(alice.sees_invitations(&acme).await.len(), 2);
    app.run_jobs().await;
    app.ignores_mail().await;
}

async fn the_page_of_a_dead_link_asks_for_a_fresh_one(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    alice.revokes(&invitation).await.succeeds();
    let path = link.strip_prefix("http://usher.test").expect("a page of ours");
    let bob = app.visitor("bob@example.com");
    assert!(bob.opens(path).await.body().contains("ASK FOR A FRESH LINK"));
    let asked = bob.submits(path, &[("action", "ask")]).await;
    assert!(asked.body().contains("Your request is on its way"), "{}", asked.body());
    let list = alice.opens(&format!("/w/{}/invitations", acme.id())).await;
    assert!(list.body().contains("They ask for a fresh link"), "{}", list.body());
    app.ignores_mail().await;
}
