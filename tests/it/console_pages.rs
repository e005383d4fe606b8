//! The console of a workspace, as a browser without JavaScript meets it.

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION};
use axum::http::{Request, Response, StatusCode};
use entity::membership::Role;
use serde_json::json;
use tests::{Actor, RefusingSmtp, Usher, stories, unescaped};

stories![
    an_administrator_invites_and_finds_the_invitation,
    an_administrator_looks_at_an_invitation_and_takes_it_back,
    an_administrator_sends_again_and_dismisses_a_request,
    who_asked_for_a_fresh_link_is_invited_again_as_before,
    what_is_done_in_a_filtered_list_leads_back_to_it_and_is_told,
    several_addresses_are_shown_before_anything_is_sent,
    an_address_that_cannot_be_read_is_shown_before_anything_is_sent,
    the_address_of_a_form_that_was_sent_leads_on,
    a_list_that_is_filtered_says_that_nothing_is_found,
    a_file_that_cannot_be_read_says_how_to_save_it,
    the_newest_of_a_long_timeline_is_shown,
    the_words_of_the_mail_server_are_shown,
    the_location_that_an_invitation_lost_is_named,
    an_address_that_cannot_be_read_leads_to_a_page,
    a_method_that_an_address_does_not_take_leads_to_a_page,
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
    let sent = alice.submits(&format!("{list}/new"), &fields).await;
    assert_eq!(sent.headers()[LOCATION], format!("{list}?done=sent").as_str());
    let told = alice.opens(&format!("{list}?done=sent")).await;
    assert!(told.body().contains("The invitation is on its way."), "{}", told.body());
    app.run_jobs().await;
    let shown = alice.opens(&format!("{list}?status=PENDING&search=BOB")).await;
    assert!(shown.body().contains("bob@example.com") && shown.body().contains(">Sent<"), "{}", shown.body());
    assert!(!alice.opens(&format!("{list}?status=REVOKED")).await.body().contains("bob@example.com"));
    app.ignores_mail().await;
}

async fn an_administrator_looks_at_an_invitation_and_takes_it_back(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let list = format!("/w/{}/invitations", acme.id());
    let input = json!({ "email": "bob@example.com", "message": "Come in" });
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
    let dismissed = alice.submits(&one, &[("action", "dismiss")]).await;
    assert_eq!(dismissed.headers()[LOCATION], format!("{list}?done=dismissed").as_str());
    assert!(!alice.opens(&list).await.body().contains("value=\"dismiss\""));

    let (invitation, _) = alice.sends_link(&acme, "carol@example.com").await;
    let one = format!("{list}/{}", invitation.id());
    let resent = alice.submits(&one, &[("action", "resend")]).await;
    assert_eq!(resent.headers()[LOCATION], format!("{list}?done=resent").as_str());
    app.run_jobs().await;
    let again = app.mail_to("carol@example.com").link();
    assert_eq!(app.visitor("carol@example.com").joins(&again).await.text("/nextStep"), "REGISTER");
    app.ignores_mail().await;
}

async fn what_is_done_in_a_filtered_list_leads_back_to_it_and_is_told(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let list = format!("/w/{}/invitations", acme.id());
    let one = format!("{list}/{}", invitation.id());
    let filtered = format!("{list}?status=PENDING&search=bob");
    let page = alice.opens(&filtered).await;
    assert!(!page.body().contains("role=\"status\">The invitation"), "{}", page.body());
    let back = unescaped(&hidden(page.body(), "back"));
    assert_eq!(back, filtered);
    for (place, back) in [("the list", back), ("the invitation itself", one.clone())] {
        let done = alice.submits(&one, &[("action", "resend"), ("back", &back)]).await;
        let leads = done.headers()[LOCATION].to_str().expect("text").to_owned();
        assert!(leads.starts_with(&back), "{place}: {leads}");
        let shown = alice.opens(&leads).await;
        assert!(shown.body().contains("role=\"status\">The invitation is sent again.</p>"), "{}", shown.body());
    }
    let done = alice.submits(&one, &[("action", "revoke"), ("back", "//evil.example")]).await;
    assert_eq!(done.headers()[LOCATION], format!("{list}?done=revoked").as_str());
    app.ignores_mail().await;
}

async fn several_addresses_are_shown_before_anything_is_sent(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let list = format!("/w/{}/invitations", acme.id());
    let typed = [("emails", "bob@example.com, carol@example.com; bob@EXAMPLE.com alice@example.com"), ("role", "USER")];
    let preview = alice.submits(&format!("{list}/new"), &typed).await;
    assert!(preview.body().contains("2 will be invited, 2 will not"), "{}", preview.body());
    assert_eq!(preview.body().matches(">Will be invited</td>").count(), 2, "{}", preview.body());
    assert!(alice.sees_invitations(&acme).await.is_empty());
    let (payload, key) = (hidden(preview.body(), "payload"), hidden(preview.body(), "key"));
    for _ in 0..2 {
        let sent = alice.submits(&format!("{list}/send"), &[("payload", &payload), ("key", &key)]).await;
        assert!(sent.body().contains("2 invited, 0 not"), "{}", sent.body());
        assert_eq!(sent.body().matches(">Invited</td>").count(), 2, "{}", sent.body());
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
pub(crate) async fn uploads(app: &Usher, actor: &Actor, path: &str, file: &[u8]) -> Response<String> {
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

async fn who_asked_for_a_fresh_link_is_invited_again_as_before(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    alice.creates_location(&acme, "Oslo").await;
    let input =
        json!({ "email": "bob@example.com", "locationIds": [riga.id()], "message": "Come in", "language": "LV" });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    app.run_jobs().await;
    let link = app.mail_to("bob@example.com").link();
    alice.revokes(&invitation).await.succeeds();
    app.visitor("bob@example.com").asks_for_a_fresh_link(&link).await.succeeds();
    let again = format!("/w/{}/invitations/new?again={}", acme.id(), invitation.id());
    let list = alice.opens(&format!("/w/{}/invitations", acme.id())).await;
    assert!(unescaped(list.body()).contains(&again), "{}", list.body());
    let form = alice.opens(&again).await;
    for kept in [">bob@example.com</textarea>", ">Come in</textarea>", "value=\"lv\" lang=\"lv\" selected"] {
        assert!(form.body().contains(kept), "{kept}: {}", form.body());
    }
    let ticked = format!("value=\"{}\" checked> Riga", riga.id());
    assert!(form.body().contains(&ticked) && form.body().matches(" checked").count() == 1, "{}", form.body());
    let (eve, other) = app.owner("eve@example.com", "Other").await;
    let of_others = format!("/w/{}/invitations/new?again={}", other.id(), invitation.id());
    assert_eq!(eve.opens(&of_others).await.status(), StatusCode::NOT_FOUND);
}

async fn a_method_that_an_address_does_not_take_leads_to_a_page(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for path in ["/", &format!("/w/{}/members", acme.id()), "/mail/preview"] {
        let page = alice.submits(path, &[]).await;
        assert_eq!(page.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(page.headers()[ALLOW], "GET,HEAD", "{path}");
        assert!(page.body().contains("Go back and try again"), "{path}: {}", page.body());
        assert!(page.headers().contains_key(CONTENT_SECURITY_POLICY), "{path}");
    }
}

async fn the_words_of_the_mail_server_are_shown(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let shown = async |email: &str, refusal| {
        let smtp = RefusingSmtp::start(refusal).await;
        app.delivers_by_smtp(&smtp.url());
        let invitation = alice.invites(&acme, email).await;
        app.run_jobs().await;
        alice.opens(&format!("/w/{}/invitations/{}", acme.id(), invitation.id())).await.into_body()
    };
    let failed = shown("bob@example.com", "550 5.1.1 Nobody of that name here").await;
    assert!(failed.contains("<dd class=\"error\">RCPT TO: 550 5.1.1 Nobody of that name here"), "{failed}");
    assert!(failed.contains("<dt>Attempts</dt><dd>1</dd>") && !failed.contains("Next attempt"), "{failed}");
    let told = failed.split("The mail could not be delivered:").nth(1).expect("a step of the timeline");
    assert!(told.contains("550 5.1.1 Nobody of that name here"), "{failed}");
    let delayed = shown("carol@example.com", "451 4.7.1 Come back later").await;
    assert!(delayed.contains("<dt>Next attempt</dt><dd><time datetime="), "{delayed}");
    let told = delayed.split("The mail could not be delivered yet:").nth(1).expect("a step of the timeline");
    assert!(told.contains("451 4.7.1 Come back later"), "{delayed}");
}

async fn the_location_that_an_invitation_lost_is_named(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (riga, oslo) = (alice.creates_location(&acme, "Riga").await, alice.creates_location(&acme, "Oslo").await);
    let input = json!({ "email": "bob@example.com", "locationIds": [riga.id(), oslo.id()] });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    alice.deletes_location(&riga).await.succeeds();
    let list = format!("/w/{}/invitations", acme.id());
    for path in [&list, &format!("{list}/{}", invitation.id())] {
        let page = alice.opens(path).await;
        assert!(page.body().contains("without Riga, deleted since"), "{path}: {}", page.body());
    }
    app.ignores_mail().await;
}
