//! Responses of which something failed, and the order of fields: as the specification says.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use tests::{Actor, Usher, stories};

stories![
    what_failed_is_null_and_the_rest_is_there,
    what_must_not_be_null_takes_with_it_what_it_lies_in,
    a_list_goes_with_what_failed_in_it,
    fields_come_in_the_order_in_which_they_are_asked_for,
];

/// The answer as it is written.
async fn text(app: &Usher, actor: &Actor, query: &str, variables: Value) -> String {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let token = actor.token().expect("somebody signed in");
    let request = Request::post("/graphql")
        .header(CONTENT_TYPE, "application/json")
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::from(body));
    app.request(request.expect("a request")).await.into_body()
}

async fn answer(app: &Usher, actor: &Actor, query: &str, variables: Value) -> Value {
    serde_json::from_str(&text(app, actor, query, variables).await).expect("JSON")
}

async fn what_failed_is_null_and_the_rest_is_there(app: Usher) {
    let (alice, _acme) = app.owner("alice@example.com", "Acme").await;
    let query =
        "{ first: node(id: \"nonsense\") { id } viewer { user { email } } last: workspace(id: \"nonsense\") { id } }";
    let failed = answer(&app, &alice, query, json!({})).await;
    let viewer = json!({ "user": { "email": "alice@example.com" } });
    assert_eq!(failed["data"], json!({ "first": null, "viewer": viewer, "last": null }));
    let mut paths: Vec<&Value> =
        failed["errors"].as_array().expect("errors").iter().map(|error| &error["path"]).collect();
    paths.sort_by_key(|path| path.to_string());
    assert_eq!(paths, [&json!(["first"]), &json!(["last"])]);
    // Also where nothing is left.
    let failed = answer(&app, &alice, "{ node(id: \"nonsense\") { id } }", json!({})).await;
    assert_eq!(failed["data"], json!({ "node": null }));
}

async fn what_must_not_be_null_takes_with_it_what_it_lies_in(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let query = "query($id: ID!) { viewer { user { email } eventCursor } node(id: $id) { ... on Workspace { name } } }";
    app.sql("ALTER TABLE numbering RENAME TO unreadable").await;
    let failed = answer(&app, &alice, query, json!({ "id": acme.id() })).await;
    app.sql("ALTER TABLE unreadable RENAME TO numbering").await;
    assert_eq!(failed["data"], json!({ "viewer": null, "node": { "name": "Acme" } }), "{failed}");
    assert_eq!(failed["errors"][0]["path"], json!(["viewer", "eventCursor"]), "{failed}");
}

async fn a_list_goes_with_what_failed_in_it(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    alice.invites(&acme, "bob@example.com").await;
    app.ignores_mail().await;
    app.sql("ALTER TABLE invitation_locations RENAME TO unreadable").await;
    let query = "query($id: ID!) { workspace(id: $id) { name invitations { nodes { email locations { name } } } } \
                 __typename }";
    let failed = answer(&app, &alice, query, json!({ "id": acme.id() })).await;
    app.sql("ALTER TABLE unreadable RENAME TO invitation_locations").await;
    let workspace = json!({ "name": "Acme", "invitations": null });
    assert_eq!(failed["data"], json!({ "workspace": workspace, "__typename": "Query" }), "{failed}");
    let path = json!(["workspace", "invitations", "nodes", 0, "locations"]);
    assert_eq!((&failed["errors"][0]["path"], failed["errors"].as_array().map(Vec::len)), (&path, Some(1)), "{failed}");
}

async fn fields_come_in_the_order_in_which_they_are_asked_for(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    // What takes a way to the database comes before what does not, and what a fragment holds where the fragment is.
    let query = "query($id: ID!) { __typename workspace(id: $id) { invitations { totalCount } ...Named id } \
                 viewer { user { email name } } } \
                 fragment Named on Workspace { __typename name id }";
    let text = text(&app, &alice, query, json!({ "id": acme.id() })).await;
    let expected = format!(
        "{{\"data\":{{\"__typename\":\"Query\",\"workspace\":{{\"invitations\":{{\"totalCount\":0}},\
         \"__typename\":\"Workspace\",\"name\":\"Acme\",\"id\":\"{}\"}},\
         \"viewer\":{{\"user\":{{\"email\":\"alice@example.com\",\"name\":",
        acme.id()
    );
    assert!(text.starts_with(&expected), "{text}");
}
