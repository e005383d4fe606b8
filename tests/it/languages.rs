//! In whose language pages and mails are: the account's, else the invitation's (its sender's choice, else the
//! workspace's), else the browser's.

use axum::body::Body;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE};
use axum::http::{Request, StatusCode};
use entity::membership::Role;
use serde_json::json;
use tests::{Actor, Object, RefusingSmtp, Usher, free_port, stories};

use crate::{console_pages::hidden, deletion::deletes};

stories![
    a_page_is_in_the_language_of_the_browser,
    an_account_keeps_the_language_it_was_registered_in,
    an_invitation_is_in_the_language_its_sender_chose,
    an_account_with_a_language_is_invited_in_it,
    a_page_speaks_as_the_mail_that_led_to_it,
    invitations_have_the_language_of_their_workspace,
    an_invitation_without_a_language_is_read_in_that_of_the_browser,
    the_settings_of_a_workspace_choose_its_language,
    the_form_that_sends_chooses_a_language,
    what_goes_wrong_is_told_in_the_language_of_the_account_with_its_menu,
    why_a_mail_failed_is_told_in_the_readers_language_and_by_whom,
    the_link_that_keeps_a_workspace_speaks_its_language,
];

async fn page(app: &Usher, path: &str, accepted: &str) -> String {
    let request = Request::builder().uri(path).header(ACCEPT_LANGUAGE, accepted).body(Body::empty());
    app.request(request.expect("a request")).await.into_body()
}

async fn a_page_is_in_the_language_of_the_browser(app: Usher) {
    for path in ["/login", "/nowhere", "/join/x"] {
        let latvian = page(&app, path, "de, lv-LV;q=0.9, en;q=0.5").await;
        assert!(latvian.contains("<html lang=\"lv\" dir=\"ltr\">"), "{latvian}");
        let english = page(&app, path, "de").await;
        assert!(english.contains("<html lang=\"en\" dir=\"ltr\">"), "{english}");
    }
    assert!(page(&app, "/login", "lv").await.contains(">PIETEIKTIES</button>"));
}

async fn an_account_keeps_the_language_it_was_registered_in(app: Usher) {
    let bob = app.visitor("bob@example.com");
    let query = "mutation($input: RegisterInput!) { register(input: $input) { nextStep userErrors { code } } }";
    let input = json!({ "email": bob.email, "password": bob.password, "name": bob.name });
    let request = Request::post("/graphql").header(CONTENT_TYPE, "application/json").header(ACCEPT_LANGUAGE, "lv");
    let body = json!({ "query": query, "variables": { "input": input } }).to_string();
    let answer = app.request(request.body(body.into()).expect("a request")).await;
    assert!(answer.body().contains("VERIFY_EMAIL"), "{}", answer.body());
    app.run_jobs().await;
    let mail = app.mail_to("bob@example.com");
    assert_eq!(mail.subject(), "Apstipriniet savu e-pasta adresi");
    assert!(mail.html().contains("<html lang=\"lv\""), "{}", mail.html());
    bob.verifies(&mail.link()).await.succeeds();

    bob.mutates("requestPasswordReset", json!({ "email": bob.email }), "").await.succeeds();
    app.run_jobs().await;
    assert_eq!(app.mail_to("bob@example.com").subject(), "Iestatiet jaunu paroli");
}

async fn an_invitation_is_in_the_language_its_sender_chose(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    alice.invites_with(&acme, json!({ "email": "bob@example.com", "language": "LV" })).await.succeeds();
    app.run_jobs().await;
    let mail = app.mail_to("bob@example.com");
    assert_eq!(mail.subject(), "Alice aicina jūs pievienoties darbvietai Acme");
    assert!(mail.text().contains("2026. gada 9. marts, plkst. 09.00 (UTC)"), "{}", mail.text());
    let link = mail.link();
    let path = link.strip_prefix("http://usher.test").expect("a page of ours");
    assert!(page(&app, path, "en").await.contains(">PIEVIENOTIES</button>"));
}

async fn an_account_with_a_language_is_invited_in_it(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let chosen = bob.mutates("updateViewer", json!({ "language": "LV" }), "viewer { language user { name } }").await;
    assert_eq!((chosen.text("/viewer/language"), chosen.text("/viewer/user/name")), ("LV".into(), "Bob".into()));
    alice.invites_with(&acme, json!({ "email": "BOB@example.com", "language": "EN" })).await.succeeds();
    app.run_jobs().await;
    assert!(app.mail_to("BOB@example.com").subject().contains("aicina"));
    let reset = bob.mutates("updateViewer", json!({ "language": null }), "viewer { language }").await;
    assert!(reset.data("/viewer/language").is_null());
}

async fn a_page_speaks_as_the_mail_that_led_to_it(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    bob.mutates("updateViewer", json!({ "language": "LV" }), "viewer { language }").await.succeeds();
    alice.invites_with(&acme, json!({ "email": "bob@example.com", "language": "EN" })).await.succeeds();
    bob.mutates("requestPasswordReset", json!({ "email": bob.email }), "").await.succeeds();
    let fields = "csrf=0123456789012345678901234567890123456789012&email=carol%40example.com&name=Carol&\
                  password=a+long+password";
    let registers = Request::post("/register")
        .header(COOKIE, "usher_csrf=0123456789012345678901234567890123456789012")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT_LANGUAGE, "lv")
        .body(Body::from(fields));
    app.request(registers.expect("a request")).await;
    app.run_jobs().await;
    let path = |link: String| link.strip_prefix("http://usher.test").expect("a page of ours").to_owned();
    let first = app.mail_to("bob@example.com").link();
    let links = [first, app.mail_to("bob@example.com").link(), app.mail_to("carol@example.com").link()].map(path);
    let join = links.iter().find_map(|path| path.strip_prefix("/join/")).expect("the link of the invitation");
    let more = ["login", "register"].map(|page| format!("/{page}?invitation={join}"));
    for path in links.iter().chain(&more) {
        let page = page(&app, path, "en").await;
        // To register leads on, for whoever has an account.
        assert!(page.is_empty() || page.contains("<html lang=\"lv\""), "{path}: {page}");
    }
}

async fn speaks_latvian(alice: &Actor, acme: &Object) {
    let input = json!({ "workspaceId": acme.id(), "language": "LV" });
    let chosen = alice.mutates("updateWorkspace", input, "workspace { name language }").await;
    let now = (chosen.text("/workspace/name"), chosen.text("/workspace/language"));
    assert_eq!(now, ("Acme".into(), "LV".into()));
}

async fn invitations_have_the_language_of_their_workspace(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    speaks_latvian(&alice, &acme).await;
    alice.renames_workspace(&acme, "Alfa").await.succeeds();
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let bob = app.visitor("bob@example.com");
    assert_eq!(language_of(&bob, &link).await, "LV");
    let path = link.strip_prefix("http://usher.test").expect("a page of ours");
    assert!(page(&app, path, "en").await.contains("<html lang=\"lv\""));
    bob.registers_through(&link).await.succeeds();
    bob.logs_in().await.succeeds();
    assert_eq!(bob.graphql("{ viewer { language } }", json!({})).await.text("/viewer/language"), "LV");

    alice.invites_with(&acme, json!({ "email": "carol@example.com", "language": "EN" })).await.succeeds();
    app.run_jobs().await;
    let mail = app.mail_to("carol@example.com");
    assert_eq!(mail.subject(), "Alice invites you to Alfa");
    assert_eq!(language_of(&bob, &mail.link()).await, "EN");
    app.ignores_mail().await;
}

/// The language of an invitation, as the holder of its link is told.
async fn language_of(holder: &Actor, link: &str) -> serde_json::Value {
    let query = "query($token: String!) { invitationByToken(token: $token) { language } }";
    let token = link.rsplit('/').next().expect("a last part");
    holder.graphql(query, json!({ "token": token })).await.data("/invitationByToken/language").clone()
}

async fn an_invitation_without_a_language_is_read_in_that_of_the_browser(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    speaks_latvian(&alice, &acme).await;
    let none = alice.mutates("updateWorkspace", json!({ "workspaceId": acme.id(), "language": null }), "").await;
    none.succeeds();
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    assert!(language_of(&alice, &link).await.is_null());
    let path = link.strip_prefix("http://usher.test").expect("a page of ours");
    for language in ["lv", "en"] {
        assert!(page(&app, path, language).await.contains(&format!("<html lang=\"{language}\"")));
    }
}

async fn the_settings_of_a_workspace_choose_its_language(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let settings = format!("/w/{}/settings", acme.id());
    let latvian = "<option value=\"lv\" lang=\"lv\" selected>";
    assert!(!alice.opens(&settings).await.body().contains(latvian));
    let refused = alice.submits(&settings, &[("name", ""), ("language", "lv")]).await;
    assert!(refused.body().contains(latvian), "what was chosen stays: {}", refused.body());
    alice.submits(&settings, &[("name", "Alfa"), ("language", "lv")]).await;
    assert!(alice.opens(&settings).await.body().contains(latvian));
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    assert_eq!(language_of(&alice, &link).await, "LV");
    let log = alice.opens(&format!("{settings}/audit")).await;
    for said in ["renamed to Alfa.", "The language of the workspace&#x27;s invitations was changed."] {
        assert!(log.body().contains(said), "{said}: {}", log.body());
    }
    alice.submits(&settings, &[("name", "Alfa"), ("language", "")]).await;
    assert!(!alice.opens(&settings).await.body().contains(latvian));
}

async fn the_form_that_sends_chooses_a_language(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    speaks_latvian(&alice, &acme).await;
    let list = format!("/w/{}/invitations", acme.id());
    let form = format!("{list}/new");
    for shown in [&list, &form] {
        assert!(alice.opens(shown).await.body().contains("<select id=\"language\""), "{shown}");
    }
    let sends = async |emails: &str, language: &str| {
        alice.submits(&form, &[("emails", emails), ("role", "USER"), ("language", language)]).await
    };
    let refused = sends("bob@", "en").await;
    assert!(refused.body().contains("lang=\"en\" selected"), "what was chosen stays: {}", refused.body());
    sends("bob@example.com", "").await;
    sends("carol@example.com", "en").await;
    let preview = sends("dave@example.com erin@example.com", "en").await;
    let (payload, key) = (hidden(preview.body(), "payload"), hidden(preview.body(), "key"));
    alice.submits(&format!("{list}/send"), &[("payload", &payload), ("key", &key)]).await;
    app.run_jobs().await;
    assert!(app.mail_to("bob@example.com").subject().contains("aicina"));
    for invited in ["carol", "dave", "erin"] {
        assert!(app.mail_to(&format!("{invited}@example.com")).subject().contains("invites you"), "{invited}");
    }
}

async fn what_goes_wrong_is_told_in_the_language_of_the_account_with_its_menu(app: Usher) {
    let (_, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    uma.mutates("updateViewer", json!({ "language": "LV" }), "viewer { user { id } }").await.succeeds();
    let answers = [
        uma.opens("/nowhere").await,
        uma.opens("/join/x/y").await,
        uma.opens(&format!("/w/{}/settings", acme.id())).await,
        uma.submits_forged("/account", &[("name", "Eve")]).await,
    ];
    let expected = [StatusCode::NOT_FOUND, StatusCode::NOT_FOUND, StatusCode::FORBIDDEN, StatusCode::FORBIDDEN];
    for (answer, status) in answers.into_iter().zip(expected) {
        assert_eq!(answer.status(), status);
        assert!(answer.body().contains("<html lang=\"lv\""), "{}", answer.body());
        assert!(answer.body().contains("href=\"/account\""), "{}", answer.body());
    }
}

async fn why_a_mail_failed_is_told_in_the_readers_language_and_by_whom(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    alice.mutates("updateViewer", json!({ "language": "LV" }), "viewer { language }").await.succeeds();
    app.delivers_by_smtp(&format!("smtp://127.0.0.1:{}", free_port()));
    let unreached = alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    let smtp = RefusingSmtp::start("550 5.1.1 Nobody of that name here").await;
    app.delivers_by_smtp(&smtp.url());
    let refused = alice.invites(&acme, "carol@example.com").await;
    app.run_jobs().await;
    let (ours, servers) = ("<dt>Kas nogāja greizi</dt>", "<dt>Pasta serveris atbildēja</dt>");
    for (invitation, heading, other, words) in [
        (&unreached, ours, servers, "Pasta serveri nevar sasniegt: "),
        (&refused, servers, ours, "550 5.1.1 Nobody of that name here"),
    ] {
        let page = alice.opens(&format!("/w/{}/invitations/{}", acme.id(), invitation.id())).await;
        assert!(page.body().contains(heading) && !page.body().contains(other), "{}", page.body());
        assert_eq!(page.body().matches(words).count(), 2, "above and in the timeline: {}", page.body());
    }
    let audit = alice.opens(&format!("/w/{}/settings/audit", acme.id())).await;
    assert!(audit.body().contains("Pasta serveri nevar sasniegt: "), "{}", audit.body());
    alice.revokes(&unreached).await.succeeds();
    app.ignores_mail().await;
}

async fn the_link_that_keeps_a_workspace_speaks_its_language(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    speaks_latvian(&alice, &acme).await;
    deletes(&alice, &acme).await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("alice@example.com").link();
    let path = link.strip_prefix("http://usher.test").expect("a page of ours");
    let asked = page(&app, path, "en").await;
    assert!(asked.contains("<html lang=\"lv\""), "{asked}");
    let kept = app.visitor("visitor@example.com").submits(path, &[]).await;
    assert!(kept.body().contains("<html lang=\"lv\""), "{}", kept.body());
    assert_eq!(alice.sees_workspace(&acme).await.text("/name"), "Acme");
}
