//! The session in a cookie, and what a browser may not be made to do with it.

use axum::body::Body;
use axum::http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use axum::http::request::Builder;
use axum::http::{Method, Request, Response, StatusCode};
use entity::workspace;
use serde_json::{Value, json};
use tests::{Actor, Usher, stories};

stories![
    logging_in_sets_a_cookie_that_no_script_reads,
    logging_out_takes_the_cookie_away,
    the_cookie_signs_in_as_the_bearer_token_does,
    a_form_of_another_site_changes_nothing,
    a_request_from_another_origin_is_not_believed,
    a_bearer_token_needs_no_origin,
    a_query_by_get_is_answered_and_a_mutation_is_not,
    every_answer_names_its_request,
    a_failure_tells_nothing_of_its_cause,
];

const CREATE: &str = "mutation { createWorkspace(input: { name: \"Mine\" }) { workspace { id } userErrors { code } } }";

fn cookie(actor: &Actor) -> String {
    format!("usher_session={}", actor.token().expect("somebody signed in"))
}

fn post(document: &str) -> (Builder, Body) {
    let body = Body::from(json!({ "query": document }).to_string());
    (Request::post("/graphql").header(CONTENT_TYPE, "application/json"), body)
}

async fn send(app: &Usher, (builder, body): (Builder, Body)) -> Response<String> {
    app.request(builder.body(body).expect("a request")).await
}

fn json_of(response: &Response<String>) -> Value {
    serde_json::from_str(response.body()).expect("JSON")
}

async fn logging_in_sets_a_cookie_that_no_script_reads(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let answer = bob.logs_in().await;
    let set: Vec<_> = answer.headers.get_all(SET_COOKIE).iter().collect();
    let [set] = set[..] else { panic!("not one cookie: {set:?}") };
    let set = set.to_str().expect("text");
    assert!(set.starts_with(&format!("{};", cookie(&bob))), "{set}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"] {
        assert!(set.split("; ").any(|part| part == attribute), "{attribute} is not in {set}");
    }
    assert!(!set.contains("Secure"), "the public URL is not https");
    assert!(bob.with_password("wrong password").logs_in().await.headers.get(SET_COOKIE).is_none());
}

async fn logging_out_takes_the_cookie_away(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let answer = bob.logs_out().await;
    let set = answer.headers.get(SET_COOKIE).expect("a cookie").to_str().expect("text");
    assert!(set.starts_with("usher_session=;") && set.contains("Max-Age=0"), "{set}");
}

async fn the_cookie_signs_in_as_the_bearer_token_does(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let (request, body) = post("{ viewer { user { email } } }");
    let request = request.header(COOKIE, format!("theme=dark; {}; x=y", cookie(&bob)));
    let answer = json_of(&send(&app, (request, body)).await);
    assert_eq!(answer, json!({ "data": { "viewer": { "user": { "email": "bob@example.com" } } } }));
    let (request, body) = post(CREATE);
    let answer = send(&app, (request.header(COOKIE, cookie(&bob)).header(ORIGIN, "http://usher.test"), body)).await;
    assert_eq!(json_of(&answer).pointer("/data/createWorkspace/userErrors"), Some(&json!([])));
    assert_eq!(bob.sees_active_workspace().await.as_deref(), Some("Mine"));
}

async fn a_form_of_another_site_changes_nothing(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let document = json!({ "query": CREATE }).to_string();
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        let request = Request::post("/graphql").header(CONTENT_TYPE, content_type).header(COOKIE, cookie(&bob));
        let answer = send(&app, (request, document.clone().into())).await;
        assert!(answer.status().is_client_error(), "{content_type:?}: {}", answer.status());
    }
    assert_eq!(app.count::<workspace::Entity>().await, 0);
}

async fn a_request_from_another_origin_is_not_believed(app: Usher) {
    let bob = app.account("bob@example.com").await;
    for origin in
        ["https://evil.example", "null", "http://usher.test.evil.example", "https://usher.test", "http://usher.test:81"]
    {
        let (request, body) = post(CREATE);
        let answer = send(&app, (request.header(COOKIE, cookie(&bob)).header(ORIGIN, origin), body)).await;
        assert_eq!(json_of(&answer).pointer("/errors/0/extensions/code"), Some(&json!("FORBIDDEN")), "{origin}");
    }
    assert_eq!(app.count::<workspace::Entity>().await, 0);
}

async fn a_bearer_token_needs_no_origin(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let (request, body) = post(CREATE);
    let bearer = format!("bearer {}", bob.token().expect("somebody signed in"));
    let request = request.header(AUTHORIZATION, bearer).header(ORIGIN, "https://app.example");
    let answer = send(&app, (request, body)).await;
    assert_eq!(json_of(&answer).pointer("/data/createWorkspace/userErrors"), Some(&json!([])));
}

async fn a_query_by_get_is_answered_and_a_mutation_is_not(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let get = async |document: &str| {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("query", document).finish();
        let request = Request::builder().method(Method::GET).uri(format!("/graphql?{query}"));
        send(&app, (request.header(COOKIE, cookie(&bob)), Body::empty())).await
    };
    let answer = get("{ viewer { user { email } } }").await;
    assert_eq!(json_of(&answer).pointer("/data/viewer/user/email"), Some(&json!("bob@example.com")));
    let refused = get(CREATE).await;
    assert_eq!((refused.status(), refused.headers()[ALLOW].as_bytes()), (StatusCode::METHOD_NOT_ALLOWED, &b"POST"[..]));
    assert_eq!(app.count::<workspace::Entity>().await, 0);
}

async fn every_answer_names_its_request(app: Usher) {
    let first = send(&app, post("{ nothing }")).await;
    let second = send(&app, post("{ nothing }")).await;
    let id = |answer: &Response<String>| answer.headers()["x-request-id"].to_str().expect("text").to_owned();
    assert_eq!(json_of(&first).pointer("/errors/0/extensions/requestId"), Some(&json!(id(&first))));
    assert_ne!(id(&first), id(&second));
}

async fn a_failure_tells_nothing_of_its_cause(app: Usher) {
    let bob = app.account("bob@example.com").await;
    sea_orm::ConnectionTrait::execute_unprepared(app.db(), "ALTER TABLE memberships RENAME TO lost_memberships")
        .await
        .expect("a table can be renamed");
    let answer = bob.graphql("{ viewer { workspaces { nodes { id } } } }", Value::Null).await;
    assert_eq!(answer.error_code(), "INTERNAL_SERVER_ERROR");
    let (request, body) = post("{ viewer { workspaces { nodes { id } } } }");
    let response = send(&app, (request.header(COOKIE, cookie(&bob)), body)).await;
    assert!(!response.body().contains("memberships"), "{}", response.body());
}
