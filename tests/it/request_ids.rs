//! Request ids: a mail remembers the request that promised it, whichever transport that came by.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use entity::outbox::Entity;
use sea_orm::EntityTrait;
use serde_json::json;
use tests::{EventStream, Serving, Socket, Usher, stories};

stories![a_mail_names_its_request_over_http_events_and_sockets];

const SEND: &str = "mutation($input: SendInvitationInput!) { sendInvitation(input: $input) { userErrors { code } } }";

async fn a_mail_names_its_request_over_http_events_and_sockets(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let variables = |email: &str| json!({ "input": { "workspaceId": acme.id(), "email": email } });
    let token = alice.token().expect("somebody signed in");
    let served = app.serves(Serving::default()).await;

    let body = json!({ "query": SEND, "variables": variables("http@example.com") }).to_string();
    let request = Request::post("/graphql").header(CONTENT_TYPE, "application/json");
    let request = request.header(AUTHORIZATION, format!("Bearer {token}")).body(Body::from(body));
    let answer = app.request(request.expect("a request")).await;
    let mut events = EventStream::open(served.address.clone(), &alice, SEND, variables("events@example.com")).await;
    events.next().await;
    let mut socket = Socket::open(&served.address).await;
    socket.begins(Some(&token)).await;
    socket.subscribes("1", SEND, variables("socket@example.com")).await;
    socket.hears().await;

    let mails = Entity::find().all(app.db()).await.expect("the mails");
    let named = |email: &str| {
        let mail = mails.iter().find(|mail| mail.recipient == email).expect("a mail");
        mail.request_id.clone().unwrap_or_else(|| panic!("{email} names no request"))
    };
    assert_eq!(named("http@example.com"), answer.headers()["x-request-id"]);
    assert_ne!(named("events@example.com"), named("socket@example.com"));
    app.ignores_mail().await;
}
