//! The console of a workspace, as a browser without JavaScript meets it.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION};
use axum::http::{Request, Response, StatusCode};
use entity::membership::Role;
use tests::{Actor, Usher, stories};

stories![
    an_administrator_invites_and_finds_the_invitation,
    an_administrator_looks_at_an_invitation_and_takes_it_back,
    an_administrator_sends_again_and_dismisses_a_request,
    several_addresses_are_shown_before_anything_is_sent,
    an_address_that_cannot_be_read_is_shown_before_anything_is_sent,
    the_address_of_a_form_that_was_sent_leads_on,
    a_list_that_is_filtered_says_that_nothing_is_found,
    a_file_that_cannot_be_read_says_how_to_save_it,
    the_newest_of_a_long_timeline_is_shown,
    an_address_that_cannot_be_read_leads_to_a_page,
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

async fn an_administrator_sends_again_and_dismisses_a_request(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let list = format!("/w/{}/invitations", acme.id());
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    let one = format!("{list}/{}", invitation.id());
    alice.revokes(&invitation).await.succeeds();
    let refused = alice.submits(&one, &[("action", "resend")]).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT, "it was taken back");
    app.visitor("bob@example.com").asks_for_a_fresh_link(&link).await.succeeds();
    assert!(alice.opens(&list).await.body().contains("value=\"dismiss\""));
    assert_eq!(alice.submits(&one, &[("action", "dismiss")]).await.headers()[LOCATION], list.as_str());
    assert!(!alice.opens(&list).await.body().contains("value=\"dismiss\""));

    let (invitation, _) = alice.sends_link(&acme, "carol@example.com").await;
    let one = format!("{list}/{}", invitation.id());
    assert_eq!(alice.submits(&one, &[("action", "resend")]).await.headers()[LOCATION], list.as_str());
    app.run_jobs().await;
    let again = app.mail_to("carol@example.com").link();
    assert_eq!(app.visitor("carol@example.com").joins(&again).await.text("/nextStep"), "REGISTER");
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

async fn an_address_that_cannot_be_read_is_shown_before_anything_is_sent(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let new = format!("/w/{}/invitations/new", acme.id());
    for typed in ["bob@example.com, carol.example.com", "carol.example.com bob@example.com"] {
        let preview = alice.submits(&new, &[("emails", typed), ("role", "USER")]).await;
        assert!(preview.body().contains("1 will be invited, 1 will not"), "{typed}: {}", preview.body());
        assert!(preview.body().contains("carol.example.com"), "{}", preview.body());
    }
    assert!(alice.sees_invitations(&acme).await.is_empty());
    app.ignores_mail().await;
}

async fn the_address_of_a_form_that_was_sent_leads_on(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let list = format!("/w/{}/invitations", acme.id());
    for (sent, leads) in [
        (format!("{list}/send"), list.as_str()),
        ("/workspaces".to_owned(), "/"),
        (format!("/workspaces/{}", acme.id()), "/"),
        ("/logout".to_owned(), "/"),
    ] {
        let answer = alice.opens(&sent).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{sent}");
        assert_eq!(answer.headers()[LOCATION], leads, "{sent}");
    }
    assert!(alice.opens("/").await.body().contains("Acme"), "a GET logs nobody out");
}

async fn a_list_that_is_filtered_says_that_nothing_is_found(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let list = format!("/w/{}/invitations", acme.id());
    assert!(alice.opens(&list).await.body().contains("Nobody has been invited yet."));
    for filter in ["search=zzz", "status=REVOKED"] {
        let found = alice.opens(&format!("{list}?{filter}")).await;
        assert!(found.body().contains("No invitation is found."), "{filter}: {}", found.body());
        assert!(!found.body().contains("Nobody has been invited yet."), "{filter}");
    }
}

/// Sends the form with a CSV file, which need not be text.
async fn uploads(app: &Usher, actor: &Actor, path: &str, file: &[u8]) -> Response<String> {
    let csrf = "x".repeat(43);
    let session = actor.token().expect("somebody signed in");
    let fields = format!("--X\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--X\r\n");
    let disposition = "Content-Disposition: form-data; name=\"csv\"; filename=\"people.csv\"\r\n\r\n";
    let body = [fields.as_bytes(), disposition.as_bytes(), file, b"\r\n--X--\r\n"].concat();
    let request = Request::post(path)
        .header(COOKIE, format!("usher_csrf={csrf}; usher_session={session}"))
        .header(CONTENT_TYPE, "multipart/form-data; boundary=X")
        .body(Body::from(body));
    app.request(request.expect("a request")).await
}

async fn a_file_that_cannot_be_read_says_how_to_save_it(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let new = format!("/w/{}/invitations/new", acme.id());
    let refused = uploads(&app, &alice, &new, b"bob@example.com,user,R\xEEga\n").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body().contains("Save it as CSV in UTF-8"), "{}", refused.body());
    let preview = uploads(&app, &alice, &new, b"carol.example.com\nbob@example.com,user\n").await;
    assert!(preview.body().contains("1 will be invited, 1 will not"), "{}", preview.body());
}

async fn the_newest_of_a_long_timeline_is_shown(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    for _ in 0..100 {
        alice.resends(&invitation).await.succeeds();
    }
    alice.revokes(&invitation).await.succeeds();
    let page = alice.opens(&format!("/w/{}/invitations/{}", acme.id(), invitation.id())).await;
    assert!(page.body().contains("Taken back."), "{}", page.body());
    assert_eq!(page.body().matches("Sent again.").count(), 99);
    app.ignores_mail().await;
}

async fn an_address_that_cannot_be_read_leads_to_a_page(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let console = format!("/w/{}", acme.id());
    for path in ["invitations?search=a&search=b", "members?search=a&search=b", "invitations/%FF", "members/%FF"] {
        let page = alice.opens(&format!("{console}/{path}")).await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(page.body().contains("<!doctype html>"), "{path}: {}", page.body());
    }
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
    assert!(list.body().contains("Requests for a fresh link"), "{}", list.body());
    app.ignores_mail().await;
}
