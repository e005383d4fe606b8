//! GraphQL over WebSocket, to the letter of graphql-transport-ws: every message and every close code.

use std::time::Duration;

use axum::http::header::{COOKIE, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use domain::{db, id::Kind};
use entity::{membership::Role, workspace};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};
use server::Timing;
use tests::{Actor, Object, Served, Serving, Socket, Usher, eventually, stories};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
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
    a_client_that_has_gone_silent_is_given_up,
    a_client_that_does_not_read_is_cut_off_and_holds_up_nobody,
    what_a_client_does_not_read_holds_up_no_write,
    a_client_that_does_not_read_its_event_stream_is_cut_off,
    a_subscriber_who_was_cut_off_goes_on_after_its_cursor_and_misses_nothing,
];

const VIEWER: &str = "{ viewer { user { email } } }";
const FOLLOW: &str = "subscription($id: ID!) { invitationStatusChanged(workspaceId: $id) { status } }";

/// Alice, her workspace, and the server that she reaches.
async fn served(app: &Usher, timing: Timing) -> (Actor, Object, Served) {
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
        r#"{"type":"subscribe","id":"1"}"#,
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
    let bearer = format!("Bearer {}", alice.token().expect("somebody signed in"));
    socket.says(json!({ "type": "connection_init", "payload": { "authorization": bearer } })).await;
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
        (json!({ "query": VIEWER, "variables": [] }), "BAD_USER_INPUT"),
        (json!({ "query": VIEWER, "operationName": "Other" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({}), "BAD_USER_INPUT"),
        (json!([]), "BAD_USER_INPUT"),
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

async fn a_client_that_has_gone_silent_is_given_up(app: Usher) {
    let (ping, silence) = (Duration::from_millis(100), Duration::from_millis(500));
    // It is not for want of a beginning that the socket ends.
    let timing = Timing { ping, silence, init: Duration::from_hours(1), ..Timing::default() };
    let (_alice, _acme, served) = served(&app, timing).await;
    let mut stream = TcpStream::connect(served.address.authority()).await.expect("a connection");
    let upgrade = "GET /graphql HTTP/1.1\r\nhost: usher.test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                   sec-websocket-protocol: graphql-transport-ws\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).await.expect("the server reads");
    // It reads, and answers no ping.
    let mut read = Vec::new();
    let closed = timeout(Duration::from_secs(30), stream.read_to_end(&mut read)).await;
    closed.expect("it is closed in time").expect("what came");
    let pings = read.windows(2).filter(|bytes| bytes == b"\x89\0").count();
    assert!(pings >= 2, "{pings} pings in {read:?}");
    // Somebody who answers stays, for many times the silence.
    let mut socket = Socket::open(&served.address).await;
    socket.begins(None).await;
    for _ in 0..20 {
        let slept = timeout(timing.ping, socket.is_closed()).await;
        assert!(slept.is_err(), "the socket is closed: {slept:?}");
    }
}

async fn a_client_that_does_not_read_is_cut_off_and_holds_up_nobody(app: Usher) {
    let timing = Timing { stall: Duration::from_millis(500), ..Timing::default() };
    let (alice, _acme, served) = served(&app, timing).await;
    let mut slow = Socket::open(&served.address).await;
    slow.begins(None).await;
    asks_for_much(&mut slow, 100).await;
    let mut other = Socket::open(&served.address).await;
    other.begins(alice.token().as_deref()).await;
    other.subscribes("1", VIEWER, json!({})).await;
    assert_eq!(other.hears().await["payload"]["data"]["viewer"]["user"]["email"], "alice@example.com");
    eventually("the connection breaks", async || {
        let asked = slow.sends(Message::text(json!({ "type": "pong" }).to_string())).await;
        asked.is_err().then_some(())
    })
    .await;
}

/// Asks many times for much: with each other tens of megabytes, more than the buffers between the two take.
async fn asks_for_much(socket: &mut Socket, times: usize) {
    let schema = "__schema { types { name description fields { name description args { name description } } } }";
    let schema: String = (0..8).map(|number| format!("a{number}: {schema} ")).collect();
    for number in 0..times {
        socket.subscribes(&number.to_string(), &format!("{{ {schema} }}"), json!({})).await;
    }
}

async fn what_a_client_does_not_read_holds_up_no_write(app: Usher) {
    let timing = Timing { stall: Duration::from_mins(5), ..Timing::default() };
    let (alice, acme, served) = served(&app, timing).await;
    let mut slow = Socket::open(&served.address).await;
    slow.begins(alice.token().as_deref()).await;
    // Its write waits for another one.
    let id = Kind::Workspace.parse(acme.id()).expect("the id of a workspace");
    let first = db::begin_write(app.db()).await.expect("a transaction");
    db::hold(&first, workspace::Entity::find_by_id(id)).await.expect("the row").expect("the workspace");
    let rename = "mutation($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { userErrors { code } } }";
    let input = json!({ "workspaceId": acme.id(), "name": "Slow" });
    slow.subscribes("write", rename, json!({ "input": input })).await;
    asks_for_much(&mut slow, 30).await;
    // Nothing is heard from it while something is said to it that it does not read.
    let pong = Message::text(json!({ "type": "pong", "payload": { "text": "x".repeat(100_000) } }).to_string());
    while timeout(Duration::from_secs(1), slow.sends(pong.clone())).await.is_ok() {}
    first.rollback().await.expect("the row is free");
    let renamed = timeout(Duration::from_secs(20), alice.renames_workspace(&acme, "Fast")).await;
    renamed.expect("it does not wait for who does not read").succeeds();
    eventually("both are done", async || {
        let query = "query($id: ID!) { workspace(id: $id) { events(last: 2) { nodes { after } } } }";
        let workspace = alice.graphql(query, json!({ "id": acme.id() })).await.object("/workspace");
        let names = workspace.texts("/events/nodes", "/after");
        (names == ["Slow", "Fast"] || names == ["Fast", "Slow"]).then_some(())
    })
    .await;
}

/// How many invitations are sent while the subscriber does not read: with what is asked of each they are tens of megabytes,
/// more than the buffers between the two take.
const UNREAD: usize = 250;

/// What is asked of each of them.
fn large() -> String {
    let message: String = (0..150).map(|number| format!("m{number}: message ")).collect();
    format!("cursor invitation {{ email {message} }}")
}

async fn much_happens(app: &Usher, alice: &Actor, acme: &Object) {
    let text = "x".repeat(1_000);
    let row = |number| json!({ "email": format!("guest{number:03}@example.com"), "message": text });
    alice.invites_many(acme, (0..UNREAD).map(row).collect(), None).await.succeeds();
    app.ignores_mail().await;
}

async fn a_client_that_does_not_read_its_event_stream_is_cut_off(app: Usher) {
    let timing = Timing { stall: Duration::from_millis(500), ..Timing::default() };
    let (alice, acme, served) = served(&app, timing).await;
    let subscription =
        format!("subscription($id: ID!) {{ invitationStatusChanged(workspaceId: $id) {{ {} }} }}", large());
    let body = json!({ "query": subscription, "variables": { "id": acme.id() } }).to_string();
    let mut stream = TcpStream::connect(served.address.authority()).await.expect("a connection");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: usher.test\r\nauthorization: Bearer {}\r\naccept: text/event-stream\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        alice.token().expect("somebody signed in"),
        body.len(),
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.expect("the server reads");
    let mut begun = [0; 12];
    stream.read_exact(&mut begun).await.expect("an answer");
    assert_eq!(&begun, b"HTTP/1.1 200");
    much_happens(&app, &alice, &acme).await;
    eventually("the connection breaks", async || stream.write_all(b"\r\n").await.is_err().then_some(())).await;
}

async fn a_subscriber_who_was_cut_off_goes_on_after_its_cursor_and_misses_nothing(app: Usher) {
    let timing = Timing { stall: Duration::from_millis(500), ..Timing::default() };
    let (alice, acme, served) = served(&app, timing).await;
    let begin =
        alice.graphql("query($id: ID!) { workspace(id: $id) { eventCursor } }", json!({ "id": acme.id() })).await;
    let begin = begin.data("/workspace/eventCursor").clone();
    let mut slow = follows(&served, &alice, &acme, &large(), &begin).await;
    let mut fast = follows(&served, &alice, &acme, "cursor", &begin).await;
    much_happens(&app, &alice, &acme).await;
    // The other one does not wait.
    let mut expected = Vec::new();
    while expected.len() < UNREAD {
        expected.push(cursor_of(&fast.hears().await));
    }
    eventually("the connection breaks", async || {
        slow.sends(Message::text(json!({ "type": "pong" }).to_string())).await.is_err().then_some(())
    })
    .await;
    let mut seen = Vec::new();
    while let Some(event) = slow.hears_if_any().await {
        seen.push(cursor_of(&event));
    }
    assert!(seen.len() < UNREAD, "the subscriber was not cut off");
    let after = seen.last().unwrap_or(&begin).clone();
    let mut again = follows(&served, &alice, &acme, "cursor", &after).await;
    while seen.len() < UNREAD {
        seen.push(cursor_of(&again.hears().await));
    }
    assert_eq!(seen, expected);
}

/// A socket on which somebody follows a workspace's invitations after a cursor.
async fn follows(served: &Served, actor: &Actor, workspace: &Object, selection: &str, after: &Value) -> Socket {
    let mut socket = Socket::open(&served.address).await;
    socket.begins(actor.token().as_deref()).await;
    let follow = format!(
        "subscription($id: ID!, $after: String) {{ \
         invitationStatusChanged(workspaceId: $id, after: $after) {{ {selection} }} }}"
    );
    socket.subscribes("events", &follow, json!({ "id": workspace.id(), "after": after })).await;
    socket
}

fn cursor_of(event: &Value) -> Value {
    let cursor = &event["payload"]["data"]["invitationStatusChanged"]["cursor"];
    assert!(cursor.is_string(), "{event}");
    cursor.clone()
}
