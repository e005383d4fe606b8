//! Requests that ask for too much: each is refused with its code and the number of the limit, and nothing is done.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{Request, StatusCode};
use entity::workspace;
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction};
use serde_json::{Value, json};
use tests::{Actor, EventStream, Object, Served, Serving, Socket, Usher, stories};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::feed::cursor;

stories![
    a_document_that_asks_for_too_much_is_told_how_much_there_may_be,
    fragments_that_go_in_circles_or_multiply_are_refused,
    an_introspection_that_multiplies_is_refused_and_that_of_clients_answered,
    a_page_of_pages_costs_what_it_holds,
    variables_and_bodies_have_a_largest_size,
    a_variable_counts_as_often_as_it_is_used,
    a_batch_is_refused,
    more_than_a_hundred_nodes_at_once_are_refused,
    a_body_that_takes_too_long_to_come_is_given_up,
    a_request_that_takes_too_long_is_given_up,
];

/// How long an answer may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// The status, and the code and message of the one error.
async fn refused(app: &Usher, body: impl Into<Body>) -> (StatusCode, String, String) {
    let request = Request::post("/graphql")
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "application/graphql-response+json")
        .body(body.into());
    let answer = app.request(request.expect("a request")).await;
    let body: Value = serde_json::from_str(answer.body()).expect("JSON");
    assert!(body.get("data").is_none(), "{body}");
    let text = |path: &str| body.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{body}")).to_owned();
    (answer.status(), text("/errors/0/extensions/code"), text("/errors/0/message"))
}

async fn is_too_much(app: &Usher, document: &str, limit: &str) {
    let (status, code, message) = refused(app, json!({ "query": document }).to_string()).await;
    assert_eq!((status, code.as_str()), (StatusCode::BAD_REQUEST, "QUERY_TOO_COMPLEX"), "{message}");
    assert!(message.contains(&format!(" {limit}")), "{limit} is not in {message:?}");
}

async fn a_document_that_asks_for_too_much_is_told_how_much_there_may_be(app: Usher) {
    let many = |count: usize, what: &str| format!("{{ {} }}", what.repeat(count));
    let aliases =
        |count: usize| format!("{{ {} }}", (0..count).map(|n| format!("a{n}: __typename ")).collect::<String>());
    let nested = |depth: usize| format!("{}__typename{}", "{ a ".repeat(depth), " }".repeat(depth));
    for (document, limit) in [
        (aliases(10_000), "15000"),
        (aliases(201), "200"),
        (nested(100), "64"),
        (nested(30), "25"),
        (format!("{{ a(b: {}{}) }}", "[".repeat(100), "]".repeat(100)), "64"),
        (format!("{{ {}__typename{} }}", "... { ".repeat(40), " }".repeat(40)), "32"),
        (many(1_001, "__typename "), "1000"),
        (many(201, "__typename @skip(if: true) "), "200"),
        (format!("{{ a(b: \"{}\") }}", "x".repeat(256 * 1024)), "262144"),
    ] {
        is_too_much(&app, &document, limit).await;
    }
}

async fn fragments_that_go_in_circles_or_multiply_are_refused(app: Usher) {
    for circle in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...A ...A }",
        "{ __typename } fragment A on Query { viewer { ...A } }",
        "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...Nope ...Nope }",
        "{ __typename } fragment A on Query { ...Nope }",
    ] {
        let (_, code, _) = refused(&app, json!({ "query": circle }).to_string()).await;
        assert_eq!(code, "GRAPHQL_VALIDATION_FAILED", "{circle}");
    }
    let twice = |n: usize| format!("fragment F{n} on Query {{ ...F{next} ...F{next} }} ", next = n + 1);
    let twice: String = (0..25).map(twice).collect();
    is_too_much(&app, &format!("{{ ...F0 }} {twice} fragment F25 on Query {{ __typename }}"), "1000").await;
    let twice = "query A { ...F } query B { ...F } fragment F on Query";
    is_too_much(&app, &format!("{twice} {{ {} }}", "__typename ".repeat(600)), "1000").await;
    let once: String = (0..500).map(|n| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1)).collect();
    is_too_much(&app, &format!("{{ ...F0 }} {once} fragment F500 on Query {{ __typename }}"), "32").await;
    // Measured where it is spread first, and spread again where there is no room for it.
    let (inner, outer) = ("... { ".repeat(20), " }".repeat(20));
    let deep = format!("{{ ...F {inner} ...F {outer} }} fragment F on Query {{ {inner} __typename {outer} }}");
    is_too_much(&app, &deep, "32").await;
}

/// What GraphiQL and graphql-codegen ask for, with the nine levels of the largest of them.
fn introspection() -> String {
    let kind = format!("kind name{}{}", " ofType { kind name".repeat(9), " }".repeat(9));
    let input = format!("name description type {{ {kind} }} defaultValue isDeprecated deprecationReason");
    let field = format!(
        "name description args(includeDeprecated: true) {{ {input} }} type {{ {kind} }} isDeprecated deprecationReason"
    );
    format!(
        "query IntrospectionQuery {{ __schema {{ description queryType {{ name kind }} mutationType {{ name kind }} \
         subscriptionType {{ name kind }} types {{ kind name description specifiedByURL isOneOf \
         fields(includeDeprecated: true) {{ {field} }} inputFields(includeDeprecated: true) {{ {input} }} \
         interfaces {{ {kind} }} \
         enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }} \
         possibleTypes {{ {kind} }} }} \
         directives {{ name description isRepeatable locations args(includeDeprecated: true) {{ {input} }} }} }} }}"
    )
}

async fn an_introspection_that_multiplies_is_refused_and_that_of_clients_answered(app: Usher) {
    let pairs = |count: usize, open: &str, close: &str| {
        format!("{{ __type(name: \"Node\") {{ {}name{} }} }}", open.repeat(count), close.repeat(count))
    };
    is_too_much(&app, &pairs(6, "possibleTypes { interfaces { ", " } }"), "250000").await;
    is_too_much(&app, &pairs(6, "fields { type { ", " } }"), "250000").await;
    let parts = "fragment A on __Type { fields { type { ofType { ...B } } } } \
                 fragment B on __Type { fields { args { type { inputFields { name type { fields { name } } } } } } }";
    is_too_much(&app, &format!("{{ __schema {{ types {{ ...A }} }} }} {parts}"), "250000").await;
    let all = introspection();
    let twice = all.replace("query IntrospectionQuery", "{ ...Once ... { ...Once } } fragment Once on Query");
    is_too_much(&app, &twice, "250000").await;
    let answer = app.visitor("alice@example.com").graphql(&all, Value::Null).await;
    let answer = answer.object("/__schema");
    assert!(answer.list("/types").len() > 50);
}

async fn a_page_of_pages_costs_what_it_holds(app: Usher) {
    let page = "viewer { workspaces(first: 100) { nodes { workspace { members(last: $n) { nodes { id } } } } } }";
    let document = |n: u8| json!({ "query": format!("query($n: Int = {n}) {{ {page} }}") }).to_string();
    let (_, code, message) = refused(&app, document(100)).await;
    assert_eq!(code, "QUERY_TOO_COMPLEX");
    assert!(message.contains(" 10000 "), "{message}");
    let (alice, _) = app.owner("alice@example.com", "Acme").await;
    alice.graphql(&format!("query($n: Int = 20) {{ {page} }}"), Value::Null).await.succeeds();
    // Lists without pages count with some rows, too.
    let members = "members(first: 100) { nodes { locations { id name } } }";
    let invitations = "invitations(first: 100) { nodes { locations { id name } } }";
    let of = |lists: &str| format!("{{ viewer {{ workspaces(first: 3) {{ nodes {{ workspace {{ {lists} }} }} }} }} }}");
    alice.graphql(&of(members), Value::Null).await.succeeds();
    alice.graphql(&of(invitations), Value::Null).await.succeeds();
    let requests =
        "linkRequests { requestedAt invitation { email status role } } requests: linkRequests { requestedAt }";
    let more =
        "more: linkRequests { requestedAt invitation { email status role } } again: linkRequests { requestedAt }";
    for lists in [format!("{members} {invitations}"), format!("{members} {requests} {more}")] {
        is_too_much(&app, &of(&lists), "10000").await;
    }
}

async fn variables_and_bodies_have_a_largest_size(app: Usher) {
    let body = |variables: String| format!(r#"{{"query":"{{ __typename }}","variables":{{"a":{variables}}}}}"#);
    let list = |count: usize, element: &str| format!("[{}]", vec![element; count].join(","));
    for (body, status, limit) in [
        (body(list(10_001, "1")), 400, "10000"),
        (body(list(1_000, &list(300, "1"))), 400, "250000"),
        (body(format!("\"{}\"", "x".repeat(5_000_000))), 413, "4194304"),
    ] {
        let (answered, code, message) = refused(&app, body).await;
        assert_eq!((answered.as_u16(), code.as_str()), (status, "BAD_USER_INPUT"), "{message}");
        assert!(message.contains(&format!(" {limit} ")), "{limit} is not in {message:?}");
    }
}

async fn a_variable_counts_as_often_as_it_is_used(app: Usher) {
    let spread = format!(
        "query($ids: [ID!]!) {{ {} }} fragment A on Query {{ ...B ... {{ ...B }} }} \
         fragment B on Query {{ nodes(ids: $ids) {{ id }} }}",
        "...A ".repeat(13)
    );
    let often = |times: usize| format!("query($ids: [ID!]!) {{ {} }}", "nodes(ids: $ids) { id } ".repeat(times));
    for document in [often(26), spread] {
        let body = json!({ "query": document, "variables": { "ids": vec!["x"; 10_000] } });
        let (status, code, message) = refused(&app, body.to_string()).await;
        assert_eq!((status.as_u16(), code.as_str()), (400, "QUERY_TOO_COMPLEX"), "{message}");
        assert!(message.contains(" 250000 "), "{message}");
    }
}

async fn a_batch_is_refused(app: Usher) {
    let batch = Value::from(vec![json!({ "query": "{ __typename }" }); 100]).to_string();
    let (status, code, message) = refused(&app, batch).await;
    assert_eq!((status, code.as_str()), (StatusCode::BAD_REQUEST, "BAD_USER_INPUT"));
    assert!(message.contains(" 1 "), "{message}");
}

async fn more_than_a_hundred_nodes_at_once_are_refused(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let hundred = alice.graphql(query, json!({ "ids": vec![acme.id(); 100] })).await;
    assert_eq!(hundred.object("/nodes").list("").len(), 100);
    let body = json!({ "query": query, "variables": { "ids": vec![acme.id(); 101] } }).to_string();
    let request = Request::post("/graphql").header(CONTENT_TYPE, "application/json").body(body.into());
    let answer = app.request(request.expect("a request")).await;
    let error = &serde_json::from_str::<Value>(answer.body()).expect("JSON")["errors"][0];
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
    assert!(error["message"].as_str().is_some_and(|message| message.contains(" 100 ")), "{error}");
}

async fn a_body_that_takes_too_long_to_come_is_given_up(app: Usher) {
    let limit = Duration::from_millis(300);
    let served = app.serves(Serving { request_timeout: limit, ..Serving::default() }).await;
    let mut stream = TcpStream::connect(served.address.authority()).await.expect("a connection");
    let head =
        "POST /graphql HTTP/1.1\r\nhost: usher.test\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.expect("the server reads");
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("it is answered in time").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("BAD_USER_INPUT"), "{answer}");
    assert!(answer.contains(" 300ms "), "{answer}");
}

async fn a_request_that_takes_too_long_is_given_up(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let limit = Duration::from_millis(300);
    let served = app.serves(Serving { request_timeout: limit, ..Serving::default() }).await;
    let mut socket = Socket::open(&served.address).await;
    socket.begins(alice.token().as_deref()).await;
    let create = "mutation { createWorkspace(input: { name: \"Slow\" }) { workspace { id } } }";
    // What it writes, and who is signed in.
    for table in ["workspaces", "sessions"] {
        let held = holds(&app, table).await;
        let answer = reqwest::Client::new()
            .post(served.address.join("/graphql").expect("a path"))
            .bearer_auth(alice.token().expect("somebody signed in"))
            .header("content-type", "application/json")
            .body(json!({ "query": create }).to_string());
        let answer = answer.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 503);
        let body: Value = serde_json::from_str(&answer.text().await.expect("text")).expect("JSON");
        is_given_up(&body["errors"][0]);
        socket.subscribes("1", create, json!({})).await;
        let heard = socket.hears().await;
        assert_eq!(heard["type"], "error", "{heard}");
        is_given_up(&heard["payload"][0]);
        held.rollback().await.expect("the lock is gone");
    }
    assert_eq!(app.count::<workspace::Entity>().await, 1);
    if app.db().get_database_backend() == DatabaseBackend::Postgres {
        an_event_that_takes_too_long_is_given_up(&app, &served, &mut socket, &alice, &acme).await;
        a_sign_in_that_takes_too_long_is_given_up(&app, &served, &alice).await;
        let held = holds(&app, "memberships").await;
        let follow = "subscription($id: ID!) { invitationStatusChanged(workspaceId: $id) { cursor } }";
        let mut events = EventStream::open(served.address.clone(), &alice, follow, json!({ "id": acme.id() })).await;
        is_given_up(&events.next().await["errors"][0]);
        events.ends().await;
        held.rollback().await.expect("the lock is gone");
    }
}

async fn a_sign_in_that_takes_too_long_is_given_up(app: &Usher, served: &Served, alice: &Actor) {
    let held = holds(app, "sessions").await;
    let mut socket = Socket::open(&served.address).await;
    socket.asks_to_begin(alice.token().as_deref()).await.expect("the server reads");
    assert_eq!(socket.is_closed().await, Some(4500));
    held.rollback().await.expect("the lock is gone");
}

/// What is told of one event; the next one is told all the same.
async fn an_event_that_takes_too_long_is_given_up(
    app: &Usher,
    served: &Served,
    socket: &mut Socket,
    alice: &Actor,
    acme: &Object,
) {
    let follow = "subscription($id: ID!, $after: String) { invitationStatusChanged(workspaceId: $id, after: $after) { \
                  invitation { email locations { name } } } }";
    let variables = json!({ "id": acme.id(), "after": cursor(alice, acme).await });
    let mut events = EventStream::open(served.address.clone(), alice, follow, variables.clone()).await;
    socket.subscribes("events", follow, variables).await;
    let held = holds(app, "invitation_locations").await;
    let input = json!({ "workspaceId": acme.id(), "email": "bob@example.com" });
    alice.mutates("sendInvitation", input, "invitation { id }").await.succeeds();
    is_given_up(&events.next().await["errors"][0]);
    let heard = socket.hears().await;
    assert_eq!((&heard["id"], &heard["type"]), (&json!("events"), &json!("next")), "{heard}");
    is_given_up(&heard["payload"]["errors"][0]);
    held.rollback().await.expect("the lock is gone");
    alice.invites(acme, "carol@example.com").await;
    for told in [events.next().await, socket.hears().await["payload"].take()] {
        assert_eq!(told["data"]["invitationStatusChanged"]["invitation"]["email"], "carol@example.com");
    }
    socket.says(json!({ "id": "events", "type": "complete" })).await;
    app.ignores_mail().await;
}

/// Keeps everybody from a table of PostgreSQL, or from writing to SQLite.
async fn holds(app: &Usher, table: &str) -> DatabaseTransaction {
    let held = domain::db::begin_write(app.db()).await.expect("a transaction");
    if held.get_database_backend() == DatabaseBackend::Postgres {
        let lock = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
        held.execute_unprepared(&lock).await.expect("a lock");
    }
    held
}

fn is_given_up(error: &Value) {
    assert_eq!(error["extensions"]["code"], "QUERY_TOO_COMPLEX", "{error}");
    assert!(error["message"].as_str().is_some_and(|message| message.contains("300ms")), "{error}");
}
