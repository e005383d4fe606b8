//! GraphQL over HTTP beyond what its audits ask: persisted queries, the list of a closed deployment, and event streams.

use std::fs;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use server::{DocumentList, Timing};
use tests::{Actor, EventStream, Serving, Usher, stories, unescaped};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::form_urlencoded;

stories![
    what_cannot_be_read_is_told_so,
    a_persisted_query_is_sent_once,
    a_persisted_query_must_have_the_hash_it_says,
    a_closed_deployment_executes_its_list_and_nothing_else,
    a_list_with_a_document_that_cannot_be_executed_is_refused,
    a_closed_deployment_executes_what_its_own_pages_send,
    a_subscription_is_followed_by_get_and_by_post_alone_as_events,
    an_empty_operation_name_is_none,
    errors_and_queries_are_events_too,
    one_of_several_operations_must_be_named,
    an_event_stream_is_kept_open_and_ends_with_its_session,
    a_connection_on_which_no_request_comes_is_given_up,
];

/// How long a stream may take to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// The SHA-256 of `{__typename}`.
const HASH: &str = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";

async fn post(app: &Usher, accept: &str, body: impl Into<Body>) -> Response<String> {
    let request = Request::post("/graphql").header(CONTENT_TYPE, "application/json").header(ACCEPT, accept);
    app.request(request.body(body.into()).expect("a request")).await
}

async fn get(app: &Usher, accept: &str, parameters: &[(&str, &str)]) -> Response<String> {
    let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let request = Request::get(format!("/graphql?{query}")).header(ACCEPT, accept);
    app.request(request.body(Body::empty()).expect("a request")).await
}

fn json_of(answer: &Response<String>) -> Value {
    serde_json::from_str(answer.body()).expect("JSON")
}

async fn what_cannot_be_read_is_told_so(app: Usher) {
    for body in [
        &b"{"[..],
        b"",
        b"\"query\"",
        b"{\"query\":\"\xff\"}",
        b"{\"query\":1}",
        b"{\"query\":\"{ __typename }\",\"variables\":[]}",
        b"{\"query\":\"{ __typename }\",\"extensions\":\"x\"}",
        b"{\"query\":\"{ __typename }\",\"operationName\":{}}",
    ] {
        for accept in ["application/json", "application/graphql-response+json"] {
            let answer = post(&app, accept, body.to_vec()).await;
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{body:?}");
            let read = json_of(&answer);
            assert_eq!((&read["errors"][0]["extensions"]["code"], read.get("data")), (&json!("BAD_USER_INPUT"), None));
        }
    }
    let variables = [("query", "{ __typename }"), ("variables", "{")];
    assert_eq!(get(&app, "*/*", &variables).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(get(&app, "text/html", &variables).await.status(), StatusCode::NOT_ACCEPTABLE);
}

async fn a_persisted_query_is_sent_once(app: Usher) {
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": HASH } });
    let by_hash = json!({ "extensions": extensions }).to_string();
    for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 400)] {
        let unknown = post(&app, accept, by_hash.clone()).await;
        let error = &json_of(&unknown)["errors"][0];
        assert_eq!((unknown.status().as_u16(), &error["message"]), (status, &json!("PersistedQueryNotFound")));
        assert_eq!(error["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    }
    let data = json!({ "data": { "__typename": "Query" } });
    let both = json!({ "query": "{__typename}", "extensions": extensions }).to_string();
    assert_eq!(json_of(&post(&app, "*/*", both).await), data);
    assert_eq!(json_of(&post(&app, "*/*", by_hash).await), data);
    let answer = get(&app, "*/*", &[("extensions", &extensions.to_string())]).await;
    assert_eq!(json_of(&answer), data);
}

async fn a_persisted_query_must_have_the_hash_it_says(app: Usher) {
    for persisted in [
        json!({ "version": 1, "sha256Hash": HASH }),
        json!({ "version": 1, "sha256Hash": "ab" }),
        json!({ "version": 2, "sha256Hash": HASH }),
        json!({ "version": 1 }),
        json!(HASH),
    ] {
        let body = json!({ "query": "{ viewer { user { id } } }", "extensions": { "persistedQuery": persisted } });
        let error = &json_of(&post(&app, "*/*", body.to_string()).await)["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{persisted}");
    }
    let by_hash = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": HASH } } });
    let error = &json_of(&post(&app, "*/*", by_hash.to_string()).await)["errors"][0];
    assert_eq!(error["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
}

async fn a_closed_deployment_executes_its_list_and_nothing_else(app: Usher) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("more")).expect("a folder");
    fs::write(folder.path().join("more/name.graphql"), "{__typename}\n").expect("a file");
    fs::write(folder.path().join("README.md"), "no document").expect("a file");
    let documents = Some(DocumentList::read(folder.path()).expect("a list"));
    let served = app.serves(Serving { documents, ..Serving::default() }).await;
    let ask = async |body: Value| {
        let url = served.address.join("/graphql").expect("a path");
        let request = reqwest::Client::new().post(url).header("content-type", "application/json");
        let request = request.header("accept", "application/json");
        let answer = request.body(body.to_string()).send().await.expect("an answer");
        serde_json::from_str::<Value>(&answer.text().await.expect("text")).expect("JSON")
    };
    let by_hash = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": HASH } } });
    for known in [json!({ "query": "{__typename}" }), json!({ "query": "{ # the same\n __typename, }" }), by_hash] {
        assert_eq!(ask(known).await, json!({ "data": { "__typename": "Query" } }));
    }
    for unknown in ["{ __typename __typename }", "{ viewer { user { id } } }", "query A { __typename }", "{"] {
        let error = &ask(json!({ "query": unknown })).await["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{unknown}");
    }
}

async fn a_list_with_a_document_that_cannot_be_executed_is_refused(_: Usher) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("one.graphql");
    for good in [
        "query A($id: ID!) { workspace(id: $id) { name } } mutation B { logout { userErrors { code } } }",
        "query($id: ID!, $first: Int!) { workspace(id: $id) { members(first: $first) { nodes { id } } } }",
        "query($ids: [ID!]!, $yes: Boolean!) { nodes(ids: $ids) { id @include(if: $yes) } }",
        "mutation($input: SendInvitationInput!) { sendInvitation(input: $input) { userErrors { code } } }",
    ] {
        fs::write(&file, good).expect("a file");
        DocumentList::read(folder.path()).unwrap_or_else(|error| panic!("{good}: {error}"));
    }
    for (bad, what) in [
        ("{", "expected"),
        ("{\n  nothing\n}", "line 2, column 3: "),
        ("query A { viewer { __typename } } query B { viewer { nothing } }", "nothing"),
        ("query { workspace(id: $id) { name } }", "id"),
        ("{ nodes(ids: 1, more: 2) { id } }", "more"),
        ("subscription { a: viewerInvitations { cursor } b: viewerInvitations { cursor } }", "one field"),
    ] {
        fs::write(&file, bad).expect("a file");
        let error = DocumentList::read(folder.path()).expect_err(bad).to_string();
        assert!(error.contains("one.graphql: ") && error.contains(what), "{bad}: {error}");
    }
}

/// The value of the attribute with this name.
fn attribute(page: &str, name: &str) -> String {
    let value = page.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    unescaped(value.unwrap_or_else(|| panic!("no {name}: {page}")))
}

async fn a_closed_deployment_executes_what_its_own_pages_send(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("name.graphql"), "{ __typename }").expect("a file");
    let documents = Some(DocumentList::read(folder.path()).expect("a list"));
    let served = app.serves(Serving { documents, ..Serving::default() }).await;
    let visitor = Actor::over_http(served.address.clone(), "alice@example.com");
    visitor.takes_token(alice.token());
    assert_eq!(visitor.graphql("{ viewer { user { id } } }", json!({})).await.error_code(), "BAD_USER_INPUT");
    let operations = attribute(visitor.opens("/playground").await.body(), "data-operations");
    let variables = json!({ "workspaceId": acme.id(), "email": "bob@example.com", "password": "not the right one" });
    for operation in operations.split("\n\n").filter(|operation| !operation.contains("\nsubscription ")) {
        let answer = visitor.graphql(operation, variables.clone()).await;
        assert!(answer.is_answered(), "{operation}: {answer:?}");
    }
    app.run_jobs().await;
    app.mail_to("bob@example.com");
    let mut followed = Vec::new();
    for path in ["/account/invitations".to_owned(), format!("/w/{}/invitations", acme.id())] {
        let page = visitor.opens(&path).await.into_body();
        let variables = serde_json::from_str(&attribute(&page, "data-variables")).expect("JSON");
        let document = attribute(&page, "data-live");
        followed.push(EventStream::open(served.address.clone(), &alice, &document, variables).await);
    }
    let (eve, globex) = app.owner("eve@example.com", "Globex").await;
    eve.invites(&globex, "alice@example.com").await;
    alice.invites(&acme, "carol@example.com").await;
    for mut events in followed {
        let event = events.next().await;
        assert!(event.get("errors").is_none(), "{event}");
    }
    app.ignores_mail().await;
}

const FOLLOW: &str = "subscription($id: ID!) { invitationStatusChanged(workspaceId: $id) { status } }";

async fn a_subscription_is_followed_by_get_and_by_post_alone_as_events(app: Usher) {
    let variables = json!({ "id": "nonsense" }).to_string();
    let parameters = [("query", FOLLOW), ("variables", &variables)];
    let body = json!({ "query": FOLLOW, "variables": { "id": "nonsense" } }).to_string();
    for answer in [
        get(&app, "text/event-stream", &parameters).await,
        post(&app, "text/event-stream", body.clone()).await,
        post(&app, "application/json, text/event-stream;q=0.5", body.clone()).await,
    ] {
        assert_eq!(
            (answer.status(), answer.headers()[CONTENT_TYPE].as_bytes()),
            (StatusCode::OK, &b"text/event-stream"[..])
        );
        let events: Vec<&str> = answer.body().split_terminator("\n\n").collect();
        let [next, complete] = events[..] else { panic!("{events:?}") };
        assert!(next.starts_with("event: next\ndata: {\"data\":null,\"errors\":[{"), "{next}");
        assert_eq!(complete, "event: complete\ndata: null");
    }
    for accept in ["application/json", "application/json, text/event-stream;q=0"] {
        assert_eq!(post(&app, accept, body.clone()).await.status(), StatusCode::NOT_ACCEPTABLE, "{accept}");
    }
    let mutation = [("query", "mutation { logout { userErrors { code } } }")];
    assert_eq!(get(&app, "text/event-stream", &mutation).await.status(), StatusCode::METHOD_NOT_ALLOWED);
}

async fn an_empty_operation_name_is_none(app: Usher) {
    let parameters = [("query", "query Any { __typename }"), ("operationName", "")];
    let answer = get(&app, "application/graphql-response+json", &parameters).await;
    assert_eq!(json_of(&answer), json!({ "data": { "__typename": "Query" } }));
}

async fn errors_and_queries_are_events_too(app: Usher) {
    let unknown = json!({ "persistedQuery": { "version": 1, "sha256Hash": HASH } }).to_string();
    for (parameter, text, expected) in [
        ("query", "{ __typename }", "{\"data\":{\"__typename\":\"Query\"}}"),
        ("query", "{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query", "{", "GRAPHQL_PARSE_FAILED"),
        ("extensions", &unknown, "PERSISTED_QUERY_NOT_FOUND"),
    ] {
        let answer = get(&app, "text/event-stream", &[(parameter, text)]).await;
        assert_eq!(
            (answer.status(), answer.headers()[CONTENT_TYPE].as_bytes()),
            (StatusCode::OK, &b"text/event-stream"[..])
        );
        let (next, complete) = answer.body().split_once("\n\n").expect("two events");
        assert!(next.starts_with("event: next\ndata: ") && next.contains(expected), "{next}");
        assert!(complete.starts_with("event: complete\n"), "{complete}");
    }
}

async fn one_of_several_operations_must_be_named(app: Usher) {
    let logout = "{ logout { userErrors { code } } }";
    // The order in which operations are kept is another for each pair of names.
    for number in 0..20 {
        let query = format!("query A{number} {{ __typename }} mutation B{number} {logout}");
        let answer = get(&app, "application/graphql-response+json", &[("query", &query)]).await;
        let error = &json_of(&answer)["errors"][0];
        assert_eq!(
            (answer.status(), &error["extensions"]["code"]),
            (StatusCode::BAD_REQUEST, &json!("GRAPHQL_VALIDATION_FAILED"))
        );
        let named = [("query", query.as_str()), ("operationName", &format!("B{number}"))];
        assert_eq!(get(&app, "*/*", &named).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}

async fn an_event_stream_is_kept_open_and_ends_with_its_session(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let timing = Timing { keep_alive: Duration::from_millis(50), ..Timing::default() };
    let served = app.serves(Serving { timing, ..Serving::default() }).await;
    let body = json!({ "query": FOLLOW, "variables": { "id": acme.id() } }).to_string();
    let request = reqwest::Client::new()
        .post(served.address.join("/graphql").expect("a path"))
        .bearer_auth(alice.token().expect("somebody signed in"))
        .header("accept", "text/event-stream")
        .header("content-type", "application/json");
    let mut answer = request.body(body).send().await.expect("an answer");
    let comment = answer.chunk().await.expect("the stream goes on").expect("something");
    assert_eq!(comment.first(), Some(&b':'), "{comment:?}");
    alice.logs_out().await.succeeds();
    let rest = timeout(PATIENCE, answer.text()).await.expect("the stream ends in time").expect("the rest");
    assert!(rest.contains("UNAUTHENTICATED") && rest.contains("event: complete\n"), "{rest}");
}

async fn a_connection_on_which_no_request_comes_is_given_up(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let timing = Timing { head: Duration::from_millis(300), ..Timing::default() };
    let served = app.serves(Serving { timing, ..Serving::default() }).await;
    let mut events = EventStream::open(served.address.clone(), &alice, FOLLOW, json!({ "id": acme.id() })).await;
    let whole = "GET /healthz HTTP/1.1\r\nhost: usher.test\r\n\r\n";
    for (said, answers) in [("", 0), ("GET /healthz HTTP/1.1\r\nhost:", 0), (whole, 1)] {
        let mut stream = TcpStream::connect(served.address.authority()).await.expect("a connection");
        stream.write_all(said.as_bytes()).await.expect("the server reads");
        let mut heard = String::new();
        timeout(PATIENCE, stream.read_to_string(&mut heard)).await.expect("it is closed in time").expect("what came");
        assert_eq!(heard.matches("HTTP/1.1 200 ").count(), answers, "{said:?}: {heard}");
    }
    // What is being answered goes on.
    alice.invites(&acme, "bob@example.com").await;
    assert_eq!(events.next().await["data"]["invitationStatusChanged"]["status"], "PENDING");
    app.ignores_mail().await;
}
