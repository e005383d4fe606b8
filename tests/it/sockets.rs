//! GraphQL over WebSocket, to the letter of graphql-transport-ws: every message and every close code.

use std::time::Duration;

use axum::http::header::{COOKIE, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use entity::membership::Role;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use server::Timing;
use tests::{Actor, Object, Served, Serving, Socket, Usher, stories};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::{
    Frame,
    coding::{Data, OpCode},
};

use crate::members::{membership_of, removes};

stories![
    queries_mutations_and_subscriptions_run_over_one_socket,
    a_ping_is_answered_at_any_time,
    a_message_that_is_none_closes_the_socket,
    a_message_that_is_too_large_closes_the_socket,
    an_operation_before_the_beginning_closes_the_socket,
    a_token_of_no_session_closes_the_socket,
    a_socket_that_does_not_begin_is_closed,
    an_id_that_is_in_use_closes_the_socket,
    a_second_beginning_closes_the_socket,
    a_failure_of_ours_closes_the_socket,
    another_protocol_closes_the_socket,
    a_stop_of_the_server_closes_the_socket_and_completes_no_subscription,
    what_is_not_executed_is_an_error_and_the_socket_goes_on,
    the_root_of_a_subscription_may_lie_in_fragments,
    a_completed_operation_says_nothing_more,
    there_is_a_bound_on_the_operations_of_a_socket,
    a_session_that_ends_closes_its_sockets,
    a_member_who_is_removed_is_told_so_once_and_the_socket_goes_on,
    the_cookie_counts_with_our_own_origin_only,
];

pub(crate) const VIEWER: &str = "{ viewer { user { email } } }";
const FOLLOW: &str = "subscription($id: ID!) { invitationStatusChanged(workspaceId: $id) { status } }";

/// Alice, her workspace, and the server that she reaches.
pub(crate) async fn served(app: &Usher, timing: Timing) -> (Actor, Object, Served) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let served = app.serves(Serving { timing, ..Serving::default() }).await;
    (alice, acme, served)
}

/// A socket on which alice has begun.
async fn begun(app: &Usher) -> (Actor, Object, Served, Socket) {
    let (alice, acme, served) = served(app, Timing::default()).await;
    let mut socket = Socket::open(&served.address).await;
    socket.begins(alice.token().as_deref()).await;
    (alice, acme, served, socket)
}

async fn queries_mutations_and_subscriptions_run_over_one_socket(app: Usher) {
    let (alice, acme, _served, mut socket) = begun(&app).await;
    socket.subscribes("1", VIEWER, json!({})).await;
    let data = json!({ "viewer": { "user": { "email": "alice@example.com" } } });
    assert_eq!(socket.hears().await, json!({ "id": "1", "type": "next", "payload": { "data": data } }));
    assert_eq!(socket.hears().await, json!({ "id": "1", "type": "complete" }));

    let cursor =
        alice.graphql("query($id: ID!) { workspace(id: $id) { eventCursor } }", json!({ "id": acme.id() })).await;
    let follow = "subscription($id: ID!, $after: String) { invitationStatusChanged(workspaceId: $id, after: $after) { status } }";
    let after = cursor.data("/workspace/eventCursor");
    socket.subscribes("events", follow, json!({ "id": acme.id(), "after": after })).await;
    let send = "mutation($input: SendInvitationInput!) { sendInvitation(input: $input) { userErrors { code } } }";
    let input = json!({ "workspaceId": acme.id(), "email": "bob@example.com", "role": "USER" });
    socket.subscribes("2", send, json!({ "input": input })).await;
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(socket.hears().await);
    }
    let has = |message: Value| assert!(heard.contains(&message), "{message} is not among {heard:?}");
    has(json!({ "id": "2", "type": "next", "payload": { "data": { "sendInvitation": { "userErrors": [] } } } }));
    has(json!({ "id": "2", "type": "complete" }));
    let event = json!({ "invitationStatusChanged": { "status": "PENDING" } });
    has(json!({ "id": "events", "type": "next", "payload": { "data": event } }));
    app.ignores_mail().await;
}

async fn a_ping_is_answered_at_any_time(app: Usher) {
    let (_alice, _acme, served) = served(&app, Timing::default()).await;
    let mut socket = Socket::open(&served.address).await;
    socket.says(json!({ "type": "ping" })).await;
    assert_eq!(socket.hears().await, json!({ "type": "pong" }));
    socket.says(json!({ "type": "pong" })).await;
    socket.begins(None).await;
    socket.says(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(socket.hears().await, json!({ "type": "pong", "payload": { "n": 1 } }));
}

async fn a_message_that_is_none_closes_the_socket(app: Usher) {
    let (_alice, _acme, served) = served(&app, Timing::default()).await;
    let messages = [
        "hello",
        "",
        "[]",
        "[\"connection_init\"]",
        "{}",
        r#"{"type":1}"#,
        r#"{"type":"start","id":"1"}"#,
        r#"{"type":"connection_init","payload":"Bearer"}"#,
        r#"{"type":"subscribe","payload":{"query":"{ viewer { id } }"}}"#,
        r#"{"type":"subscribe","id":"","payload":{"query":"{ viewer { id } }"}}"#,
        r#"{"type":"ping","payload":"1"}"#,
        r#"{"type":"pong","payload":[]}"#,
        r#"{"type":"subscribe","id":"1"}"#,
        r#"{"type":"subscribe","id":"1","payload":[]}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"{ viewer { id } }","variables":[]}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"{ viewer { id } }","operationName":{}}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"{ viewer { id } }","extensions":"x"}}"#,
        r#"{"type":"subscribe","id":1,"payload":{}}"#,
        r#"{"type":"complete"}"#,
    ];
    let no_text = Message::Frame(Frame::message(vec![0xff], OpCode::Data(Data::Text), true));
    for message in messages.map(Message::text).into_iter().chain([Message::binary("{}"), no_text]) {
        let mut socket = Socket::open(&served.address).await;
        socket.sends(message.clone()).await.expect("the server reads");
        assert_eq!(socket.is_closed().await, Some(4400), "{message:?}");
    }
}

async fn a_message_that_is_too_large_closes_the_socket(app: Usher) {
    let (_alice, _acme, served) = served(&app, Timing::default()).await;
    let mut socket = Socket::open(&served.address).await;
    socket.says(json!({ "type": "ping", "payload": { "text": "x".repeat(1_000_000) } })).await;
    assert_eq!(socket.hears().await["type"], "pong");
    socket.says(json!({ "type": "ping", "payload": { "text": "x".repeat(1024 * 1024) } })).await;
    let (code, reason) = socket.is_closed_for().await.expect("a reason");
    assert_eq!(code, 4400);
    assert!(reason.contains("1048576"), "{reason}");
    // Of what is larger still nothing is read to its end.
    let mut socket = Socket::open(&served.address).await;
    let _ = socket.sends(Message::text("x".repeat(9 * 1024 * 1024))).await;
    assert!(matches!(socket.is_closed().await, Some(4400) | None));
}

async fn an_operation_before_the_beginning_closes_the_socket(app: Usher) {
    let (_alice, _acme, served) = served(&app, Timing::default()).await;
    let mut socket = Socket::open(&served.address).await;
    socket.subscribes("1", VIEWER, json!({})).await;
    assert_eq!(socket.is_closed().await, Some(4401));
}

async fn a_token_of_no_session_closes_the_socket(app: Usher) {
    let (_alice, _acme, served) = served(&app, Timing::default()).await;
    for token in ["Bearer nothing", "nothing", ""] {
        let mut socket = Socket::open(&served.address).await;
        socket.says(json!({ "type": "connection_init", "payload": { "Authorization": token } })).await;
        assert_eq!(socket.is_closed().await, Some(4403), "{token:?}");
    }
}

async fn a_socket_that_does_not_begin_is_closed(app: Usher) {
    let timing = Timing { init: Duration::from_millis(200), ..Timing::default() };
    let (_alice, _acme, served) = served(&app, timing).await;
    let mut socket = Socket::open(&served.address).await;
    assert_eq!(socket.is_closed().await, Some(4408));
}

async fn an_id_that_is_in_use_closes_the_socket(app: Usher) {
    let (_alice, acme, _served, mut socket) = begun(&app).await;
    for _ in 0..2 {
        socket.subscribes("events", FOLLOW, json!({ "id": acme.id() })).await;
    }
    assert_eq!(socket.is_closed().await, Some(4409));
}

async fn a_second_beginning_closes_the_socket(app: Usher) {
    let (_alice, _acme, _served, mut socket) = begun(&app).await;
    socket.says(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.is_closed().await, Some(4429));
}

async fn a_failure_of_ours_closes_the_socket(app: Usher) {
    let (alice, _acme, served) = served(&app, Timing::default()).await;
    app.db().execute_unprepared("ALTER TABLE sessions RENAME TO lost_sessions").await.expect("a new name");
    let mut socket = Socket::open(&served.address).await;
    socket.asks_to_begin(alice.token().as_deref()).await.expect("the server reads");
    assert_eq!(socket.is_closed().await, Some(4500));
}

async fn another_protocol_closes_the_socket(app: Usher) {
    let (_alice, _acme, served) = served(&app, Timing::default()).await;
    // A client that offers nothing would break off if one were chosen for it.
    let mut socket = Socket::open_with(&served.address, &[]).await.expect("an upgrade");
    assert_eq!(socket.is_closed().await, Some(4406));
    let both = [(SEC_WEBSOCKET_PROTOCOL.as_str(), "graphql-ws, graphql-transport-ws")];
    let mut socket = Socket::open_with(&served.address, &both).await.expect("an upgrade");
    socket.begins(None).await;
}

async fn a_stop_of_the_server_closes_the_socket_and_completes_no_subscription(app: Usher) {
    let (alice, acme, served) = served(&app, Timing::default()).await;
    let cursor =
        alice.graphql("query($id: ID!) { workspace(id: $id) { eventCursor } }", json!({ "id": acme.id() })).await;
    let after = cursor.data("/workspace/eventCursor");
    let mut sockets = Vec::new();
    for _ in 0..10 {
        sockets.push(follows(&served, &alice, &acme, "cursor", after).await);
    }
    alice.invites(&acme, "bob@example.com").await;
    for socket in &mut sockets {
        cursor_of(&socket.hears().await);
    }
    served.stops();
    for socket in &mut sockets {
        assert_eq!(socket.is_closed().await, Some(1001));
    }
    app.ignores_mail().await;
}

async fn what_is_not_executed_is_an_error_and_the_socket_goes_on(app: Usher) {
    let (_alice, _acme, _served, mut socket) = begun(&app).await;
    for (payload, code) in [
        (json!({ "query": "{ nothing }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "subscription { nothing }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "subscription { ...F } fragment F on Query { nothing }" }), "GRAPHQL_VALIDATION_FAILED"),
        (
            json!({ "query": "subscription { a: viewerInvitations { cursor } b: viewerInvitations { cursor } }" }),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            json!({ "query": "subscription { ...F a: viewerInvitations { cursor } } fragment F on Subscription { viewerInvitations { cursor } }" }),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            json!({ "query": "subscription { ... @include(if: true) { viewerInvitations { cursor } } }" }),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (json!({ "query": "subscription { __typename }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "{" }), "GRAPHQL_PARSE_FAILED"),
        (json!({ "query": format!("{{ {} }}", "a ".repeat(20_000)) }), "QUERY_TOO_COMPLEX"),
        (json!({ "query": VIEWER, "operationName": "Other" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({}), "BAD_USER_INPUT"),
    ] {
        socket.says(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        let heard = socket.hears().await;
        assert_eq!((&heard["id"], &heard["type"]), (&json!("1"), &json!("error")), "{heard}");
        assert_eq!(heard["payload"][0]["extensions"]["code"], code, "{heard}");
    }
    // What goes wrong while it is executed is a result.
    socket.subscribes("1", FOLLOW, json!({ "id": "nonsense" })).await;
    let heard = socket.hears().await;
    assert_eq!(
        (&heard["type"], &heard["payload"]["errors"][0]["extensions"]["code"]),
        (&json!("next"), &json!("BAD_USER_INPUT"))
    );
    assert_eq!(socket.hears().await, json!({ "id": "1", "type": "complete" }));
}

async fn the_root_of_a_subscription_may_lie_in_fragments(app: Usher) {
    let (alice, acme, _served, mut socket) = begun(&app).await;
    let cursor =
        alice.graphql("query($id: ID!) { workspace(id: $id) { eventCursor } }", json!({ "id": acme.id() })).await;
    // What is the same is one field.
    let follow = "subscription($id: ID!, $after: String) { ...Root ...Root } \
                  fragment Root on Subscription { ... on Subscription { ... { \
                  invitationStatusChanged(workspaceId: $id, after: $after) { ...Event } } } } \
                  fragment Event on InvitationEvent { cursor }";
    let after = cursor.data("/workspace/eventCursor");
    socket.subscribes("events", follow, json!({ "id": acme.id(), "after": after })).await;
    alice.invites(&acme, "bob@example.com").await;
    app.ignores_mail().await;
    cursor_of(&socket.hears().await);
}

async fn a_completed_operation_says_nothing_more(app: Usher) {
    let (alice, acme, _served, mut socket) = begun(&app).await;
    socket.subscribes("events", FOLLOW, json!({ "id": acme.id() })).await;
    socket.says(json!({ "id": "events", "type": "complete" })).await;
    socket.says(json!({ "id": "never", "type": "complete" })).await;
    socket.subscribes("1", VIEWER, json!({})).await;
    assert_eq!((&socket.hears().await["id"], &socket.hears().await["type"]), (&json!("1"), &json!("complete")));
    // The id is free again, and what happens is told to the new one alone.
    let cursor =
        alice.graphql("query($id: ID!) { workspace(id: $id) { eventCursor } }", json!({ "id": acme.id() })).await;
    let after = cursor.data("/workspace/eventCursor");
    let follow = "subscription($id: ID!, $after: String) { invitationStatusChanged(workspaceId: $id, after: $after) { cursor } }";
    socket.subscribes("events", follow, json!({ "id": acme.id(), "after": after })).await;
    alice.invites(&acme, "bob@example.com").await;
    let event = socket.hears().await;
    assert!(event["payload"]["data"]["invitationStatusChanged"]["cursor"].is_string(), "{event}");
    app.ignores_mail().await;
}

async fn there_is_a_bound_on_the_operations_of_a_socket(app: Usher) {
    let (_alice, acme, _served, mut socket) = begun(&app).await;
    for number in 0..101 {
        socket.subscribes(&number.to_string(), FOLLOW, json!({ "id": acme.id() })).await;
    }
    let refused = socket.hears().await;
    assert_eq!((&refused["id"], &refused["type"]), (&json!("100"), &json!("error")), "{refused}");
    let error = &refused["payload"][0];
    assert_eq!((&error["extensions"]["code"], &error["extensions"]["retryAfter"]), (&json!("RATE_LIMITED"), &json!(1)));
    assert!(error["message"].as_str().is_some_and(|message| message.contains("100")), "{error}");
    socket.says(json!({ "id": "7", "type": "complete" })).await;
    socket.subscribes("100", VIEWER, json!({})).await;
    assert_eq!(socket.hears().await["type"], "next");
}

async fn a_session_that_ends_closes_its_sockets(app: Usher) {
    let (alice, acme, served, mut socket) = begun(&app).await;
    socket.subscribes("events", FOLLOW, json!({ "id": acme.id() })).await;
    let again = alice.elsewhere();
    again.logs_in().await.succeeds();
    let mut other = Socket::open(&served.address).await;
    other.begins(again.token().as_deref()).await;
    let mut nobody = Socket::open(&served.address).await;
    nobody.begins(None).await;

    alice.logs_out().await.succeeds();
    // The subscription may be told first.
    assert_eq!(socket.ends().await, Some(4403));
    other.subscribes("1", VIEWER, json!({})).await;
    assert_eq!((&other.hears().await["type"], &other.hears().await["type"]), (&json!("next"), &json!("complete")));
    app.clock_moves(Duration::from_hours(31 * 24));
    assert_eq!(other.is_closed().await, Some(4403));
    nobody.subscribes("1", VIEWER, json!({})).await;
    assert_eq!(nobody.hears().await["type"], "next");
}

async fn a_member_who_is_removed_is_told_so_once_and_the_socket_goes_on(app: Usher) {
    let (alice, acme, served) = served(&app, Timing::default()).await;
    let bob = app.member("bob@example.com", &acme, Role::Administrator).await;
    let membership = membership_of(&bob, &acme).await;
    let mut socket = Socket::open(&served.address).await;
    socket.begins(bob.token().as_deref()).await;
    socket.subscribes("events", FOLLOW, json!({ "id": acme.id() })).await;
    // Answered after it: bob's subscription has begun.
    socket.subscribes("1", VIEWER, json!({})).await;
    assert_eq!((&socket.hears().await["type"], &socket.hears().await["type"]), (&json!("next"), &json!("complete")));
    removes(&alice, &membership).await.succeeds();
    let told = socket.hears().await;
    assert_eq!((&told["id"], &told["type"]), (&json!("events"), &json!("next")), "{told}");
    assert_eq!(told["payload"]["errors"][0]["extensions"]["code"], "NOT_FOUND", "{told}");
    assert_eq!(socket.hears().await, json!({ "id": "events", "type": "complete" }));
    alice.invites(&acme, "carol@example.com").await;
    app.ignores_mail().await;
    socket.subscribes("1", VIEWER, json!({})).await;
    assert_eq!((&socket.hears().await["id"], &socket.hears().await["type"]), (&json!("1"), &json!("complete")));
}

async fn the_cookie_counts_with_our_own_origin_only(app: Usher) {
    let (alice, _acme, served) = served(&app, Timing::default()).await;
    let cookie = format!("usher_session={}", alice.token().expect("somebody signed in"));
    let open = async |origin: Option<&str>| {
        let mut headers = vec![(SEC_WEBSOCKET_PROTOCOL.as_str(), "graphql-transport-ws"), (COOKIE.as_str(), &cookie)];
        headers.extend(origin.map(|origin| (ORIGIN.as_str(), origin)));
        Socket::open_with(&served.address, &headers).await
    };
    for (origin, viewer) in
        [(Some("http://usher.test"), json!({ "user": { "email": alice.email } })), (None, json!(null))]
    {
        let mut socket = open(origin).await.expect("an upgrade");
        socket.begins(None).await;
        socket.subscribes("1", VIEWER, json!({})).await;
        assert_eq!(socket.hears().await["payload"]["data"]["viewer"], viewer, "{origin:?}");
    }
    assert_eq!(open(Some("https://evil.example")).await.err(), Some(403));
}

/// A socket on which somebody follows a workspace's invitations after a cursor.
pub(crate) async fn follows(
    served: &Served,
    actor: &Actor,
    workspace: &Object,
    selection: &str,
    after: &Value,
) -> Socket {
    let mut socket = Socket::open(&served.address).await;
    socket.begins(actor.token().as_deref()).await;
    let follow = format!(
        "subscription($id: ID!, $after: String) {{ \
         invitationStatusChanged(workspaceId: $id, after: $after) {{ {selection} }} }}"
    );
    socket.subscribes("events", &follow, json!({ "id": workspace.id(), "after": after })).await;
    socket
}

/// Where the event that a message brought stands.
pub(crate) fn cursor_of(event: &Value) -> Value {
    let cursor = &event["payload"]["data"]["invitationStatusChanged"]["cursor"];
    assert!(cursor.is_string(), "{event}");
    cursor.clone()
}
