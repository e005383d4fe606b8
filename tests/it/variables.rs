//! Variables: coerced as the specification says, before anything of a request runs.

use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Request, StatusCode};
use entity::workspace;
use serde_json::{Value, json};
use tests::{Actor, Usher, stories};

stories![
    a_default_decides_what_is_skipped_and_included,
    a_variable_that_is_missing_or_of_another_type_refuses_the_request_before_anything_runs,
    one_element_stands_for_a_list,
    what_an_operation_does_not_define_is_left_out,
];

/// What the API answers with the media type that has statuses.
async fn asks(app: &Usher, actor: &Actor, document: &str, variables: &Value) -> (StatusCode, Value) {
    let body = json!({ "query": document, "variables": variables }).to_string();
    let request = Request::post("/graphql")
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "application/graphql-response+json")
        .header(AUTHORIZATION, format!("Bearer {}", actor.token().expect("somebody signed in")));
    let answer = app.request(request.body(body.into()).expect("a request")).await;
    (answer.status(), serde_json::from_str(answer.body()).expect("JSON"))
}

async fn a_default_decides_what_is_skipped_and_included(app: Usher) {
    let document = "query($yes: Boolean! = true, $no: Boolean = false) { ...F skipped: viewer @skip(if: $yes) { language } } \
                    fragment F on Query { included: viewer @include(if: $yes) { language } \
                    left: viewer @include(if: $no) { language } kept: viewer @skip(if: $no) { language } }";
    let ask = async |variables| {
        let answer = app.visitor("alice@example.com").graphql(document, variables).await;
        answer.data("").clone()
    };
    assert_eq!(ask(json!(null)).await, json!({ "included": null, "kept": null }));
    let other = json!({ "yes": false, "no": true });
    assert_eq!(ask(other).await, json!({ "left": null, "skipped": null }));
}

async fn a_variable_that_is_missing_or_of_another_type_refuses_the_request_before_anything_runs(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let invite =
        |row: Value| json!({ "a": { "workspaceId": "w", "invitations": [{ "email": "a@example.com" }, row] } });
    let (of_id, of_input) = ("deleteLocation(input: { locationId: $a })", "sendInvitations(input: $a)");
    for (of, used, variables, told) in [
        ("ID!", of_id, json!({}), "$a is missing; its type is ID!"),
        ("ID!", of_id, json!({ "a": null }), "$a is wrong: it is null, and its type is ID!"),
        ("ID!", of_id, json!({ "a": true }), "$a is wrong: it is no ID"),
        ("ID!", of_id, json!({ "a": ["x"] }), "$a is wrong: it is no ID"),
        ("SendInvitationsInput!", of_input, json!({ "a": "x" }), "$a is wrong: it is no SendInvitationsInput"),
        (
            "SendInvitationsInput!",
            of_input,
            json!({ "a": { "workspaceId": "w" } }),
            "$a.invitations is wrong: it is missing",
        ),
        ("SendInvitationsInput!", of_input, invite(json!(null)), "$a.invitations.1 is wrong: it is null"),
        ("SendInvitationsInput!", of_input, invite(json!({})), "$a.invitations.1.email is wrong: it is missing"),
        (
            "SendInvitationsInput!",
            of_input,
            invite(json!({ "email": "b@example.com", "role": "OWNER" })),
            "$a.invitations.1.role is wrong: it is no InvitableRole",
        ),
        (
            "SendInvitationsInput!",
            of_input,
            invite(json!({ "email": "b@example.com", "mail": "x" })),
            "$a.invitations.1.mail is wrong: InvitationRowInput has no such field",
        ),
        (
            "SendInvitationsInput!",
            of_input,
            invite(json!({ "email": "b@example.com", "locationIds": ["x", {}] })),
            "$a.invitations.1.locationIds.1 is wrong: it is no ID",
        ),
        // Wrong by its own type, and right where it is used.
        ("String!", "createWorkspace(input: { name: $a })", json!({ "a": 1 }), "$a is wrong: it is no String"),
    ] {
        let document = format!(
            "mutation($a: {of}) {{ createWorkspace(input: {{ name: \"Acme\" }}) {{ workspace {{ id }} }} \
             other: {used} {{ userErrors {{ code }} }} }}"
        );
        let (status, answer) = asks(&app, &alice, &document, &variables).await;
        assert_eq!((status, answer.get("data")), (StatusCode::BAD_REQUEST, None), "{told}: {answer}");
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{told}: {answer}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.starts_with("The variable $a") && message.contains(told), "{told} is not in {message}");
    }
    assert_eq!(app.count::<workspace::Entity>().await, 0, "nothing ran");
    let by_number = "query($n: Int!) { viewer { workspaces(first: $n) { totalCount } } }";
    for (number, fits) in [
        (json!(10), true),
        (json!(10.0), true),
        (json!(1e1), true),
        (json!(1.5), false),
        (json!(3e9), false),
        (json!(3_000_000_000_u32), false),
        (json!(1e300), false),
        (json!("1"), false),
    ] {
        let (status, answer) = asks(&app, &alice, by_number, &json!({ "n": number })).await;
        assert_eq!((status.is_success(), answer.get("errors").is_none()), (fits, fits), "{answer}");
    }
}

async fn one_element_stands_for_a_list(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let answer = alice.graphql(document, json!({ "ids": acme.id() })).await;
    assert_eq!(answer.data("/nodes"), &json!([{ "id": acme.id() }]));
}

async fn what_an_operation_does_not_define_is_left_out(app: Usher) {
    let document = "query A($a: ID!) { node(id: $a) { id } } query B { __typename }";
    let body = json!({ "query": document, "operationName": "B", "variables": { "a": 1.5, "b": {} } }).to_string();
    let request = Request::post("/graphql").header(CONTENT_TYPE, "application/json").body(body.into());
    let answer = app.request(request.expect("a request")).await;
    assert_eq!(answer.body(), r#"{"data":{"__typename":"Query"}}"#);
}
