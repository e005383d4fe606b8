//! In whose language pages and mails are: the account's, else the invitation's, else the browser's.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE};
use serde_json::json;
use tests::{Usher, stories};

stories![
    a_page_is_in_the_language_of_the_browser,
    an_account_keeps_the_language_it_was_registered_in,
    an_invitation_is_in_the_language_its_sender_chose,
    an_account_with_a_language_is_invited_in_it,
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
