//! In whose language pages and mails are: the account's, else the invitation's, else the browser's.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE};
use serde_json::json;
use tests::{Usher, stories};

stories![a_page_is_in_the_language_of_the_browser, an_account_keeps_the_language_it_was_registered_in,];

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
