//! Fields that are the same: executed once, wherever in a document they are asked for.

use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use entity::workspace;
use serde_json::{Value, json};
use tests::{Usher, stories};

stories![
    a_mutation_that_is_asked_for_twice_is_done_once,
    a_list_that_several_fragments_ask_for_is_read_once,
    what_only_some_ask_for_stays_apart,
    fields_of_one_name_that_differ_are_refused,
    fields_that_no_object_has_together_may_differ,
];

const CREATE: &str = "createWorkspace(input: { name: \"Acme\" })";

async fn a_mutation_that_is_asked_for_twice_is_done_once(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let fragment = format!("fragment F on Mutation {{ {CREATE} {{ workspace {{ name }} }} }}");
    let documents = [
        format!("mutation {{ {CREATE} {{ workspace {{ id }} }} {CREATE} {{ workspace {{ name }} }} }}"),
        format!("mutation {{ {CREATE} {{ workspace {{ id }} }} ...F ...F }} {fragment}"),
        format!("mutation {{ ...F ... on Mutation {{ ... {{ {CREATE} {{ workspace {{ id }} }} }} }} }} {fragment}"),
        format!("mutation A {{ ...F {CREATE} {{ workspace {{ id }} }} }} {fragment}"),
    ];
    for (number, document) in documents.iter().enumerate() {
        let answer = alice.graphql(document, Value::Null).await;
        let created = answer.object("/createWorkspace/workspace");
        assert_eq!(created.text("/name"), "Acme", "{document}");
        assert!(!created.id().is_empty(), "{document}");
        assert_eq!(app.count::<workspace::Entity>().await, u64::try_from(number + 1).expect("few"), "{document}");
    }
}

async fn a_list_that_several_fragments_ask_for_is_read_once(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    alice.creates_location(&acme, "Riga").await;
    let cost = async |document: &str| {
        let asks = alice.graphql(document, json!({ "id": acme.id() }));
        let (statements, answer) = app.statements_of(asks).await;
        (statements, answer.data("").clone())
    };
    let fragments = "fragment A on Workspace { locations(first: 5) { nodes { ...B } } } \
                     fragment B on Location { id } \
                     fragment C on Workspace { locations(first: 5) { nodes { name ...B } totalCount } }";
    let list = "locations(first: 5) { nodes { id name } totalCount }";
    for (once, often) in [
        (
            format!("query($id: ID!) {{ workspace(id: $id) {{ {list} }} }}"),
            "workspace(id: $id) { ...A locations(first: 5) { totalCount } } ... { workspace(id: $id) { ...C } }",
        ),
        (
            format!("query($id: ID!) {{ node(id: $id) {{ ... on Workspace {{ {list} }} }} }}"),
            "node(id: $id) { ...A ... on Workspace { locations(first: 5) { totalCount } } ...C }",
        ),
    ] {
        assert_eq!(cost(&format!("query($id: ID!) {{ {often} }} {fragments}")).await, cost(&once).await, "{often}");
    }
}

async fn what_only_some_ask_for_stays_apart(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let document = "query($yes: Boolean!, $no: Boolean!) { viewer { user { id } ...A @include(if: $yes) ...A @include(if: $no) } \
                    viewer @include(if: $yes) { language } viewer @skip(if: $yes) { eventCursor } ...Q @skip(if: $yes) } \
                    fragment A on Viewer { user { name } } fragment Q on Query { viewer { eventCursor } }";
    let answer = alice.graphql(document, json!({ "yes": true, "no": false })).await;
    let viewer = answer.data("/viewer");
    let keys: Vec<&str> = viewer.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!((keys.len(), viewer.get("eventCursor")), (2, None), "{viewer}");
    assert!(viewer.pointer("/user/id").is_some() && viewer.pointer("/user/name").is_some(), "{viewer}");
}

async fn fields_of_one_name_that_differ_are_refused(app: Usher) {
    for document in [
        format!(
            "mutation {{ {CREATE} {{ workspace {{ id }} }} createWorkspace(input: {{ name: \"B\" }}) {{ workspace {{ id }} }} }}"
        ),
        format!(
            "mutation {{ {CREATE} {{ workspace {{ id }} }} ...F }} fragment F on Mutation {{ createWorkspace(input: {{ name: \"B\" }}) {{ workspace {{ id }} }} }}"
        ),
        format!("mutation {{ {CREATE} {{ workspace {{ a: id }} }} {CREATE} {{ workspace {{ a: name }} }} }}"),
        // One of them asks for nothing.
        format!("mutation {{ {CREATE} {{ workspace {{ id }} }} {CREATE} }}"),
        // What is put where it is spread was somebody's to use, and this is nobody's.
        format!(
            "mutation {{ ...F }} fragment F on Mutation {{ {CREATE} {{ workspace {{ id }} }} }} fragment G on Mutation {{ ...F }}"
        ),
        format!("mutation {{ ...F }} fragment F on Mutation @nope {{ {CREATE} {{ workspace {{ id }} }} }}"),
        // A user has what is asked of its interface, too.
        "{ node(id: \"x\") { x: id ... on User { x: name } } }".to_owned(),
        "{ viewer { user { id } } ... on Query @include(if: true) { viewer: __typename } }".to_owned(),
        "{ workspace(id: \"a\") { id } ... on Query @include(if: true) { workspace(id: \"b\") { id } } }".to_owned(),
        // No object has both, but a client does not know which it reads.
        "{ node(id: \"x\") { ... on Workspace { x: name } ... on Invitation { x: respondedAt } } }".to_owned(),
        "{ node(id: \"x\") { ... on Workspace { x: __typename } ... on Invitation { x: locations { id } } } }"
            .to_owned(),
        "{ __schema { types { x: name } types { x: kind } } }".to_owned(),
    ] {
        let request = Request::post("/graphql").header(CONTENT_TYPE, "application/json");
        let request = request.header(ACCEPT, "application/graphql-response+json");
        let answer =
            app.request(request.body(json!({ "query": document }).to_string().into()).expect("a request")).await;
        let body: Value = serde_json::from_str(answer.body()).expect("JSON");
        assert_eq!(body["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{document}: {body}");
        assert_eq!((answer.status(), body.get("data")), (StatusCode::BAD_REQUEST, None), "{document}");
    }
    assert_eq!(app.count::<workspace::Entity>().await, 0);
}

async fn fields_that_no_object_has_together_may_differ(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let document = "query($id: ID!) { node(id: $id) { id ...W ... on User { x: email y: name } } } \
                    fragment W on Workspace { x: name y: __typename }";
    let answer = alice.graphql(document, json!({ "id": acme.id() })).await;
    assert_eq!(*answer.data("/node"), json!({ "id": acme.id(), "x": "Acme", "y": "Workspace" }));
}
