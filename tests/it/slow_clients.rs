//! Clients of WebSockets and event streams that are slow, silent or flooded: what becomes of them, and that they hold up
//! nobody else.

use std::time::Duration;

use domain::{db, id::Kind};
use entity::workspace;
use sea_orm::EntityTrait;
use serde_json::json;
use server::Timing;
use tests::{Actor, Object, Socket, Usher, eventually, stories};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::sockets::{VIEWER, cursor_of, follows, served};

stories![
    a_client_that_has_gone_silent_is_given_up,
    a_client_that_does_not_read_is_cut_off_and_holds_up_nobody,
    what_a_client_does_not_read_holds_up_no_write,
    a_client_that_does_not_read_its_event_stream_is_cut_off,
    a_subscriber_who_was_cut_off_goes_on_after_its_cursor_and_misses_nothing,
    a_client_is_heard_while_much_is_told_to_it,
];

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

async fn a_client_is_heard_while_much_is_told_to_it(app: Usher) {
    let (alice, acme, served) = served(&app, Timing::default()).await;
    let begin =
        alice.graphql("query($id: ID!) { workspace(id: $id) { eventCursor } }", json!({ "id": acme.id() })).await;
    much_happens(&app, &alice, &acme).await;
    let mut socket = follows(&served, &alice, &acme, &large(), begin.data("/workspace/eventCursor")).await;
    socket.hears().await;
    socket.says(json!({ "type": "ping" })).await;
    let mut told = 1;
    while socket.hears().await["type"] != "pong" {
        told += 1;
    }
    assert!(told < UNREAD / 2, "it was heard only after {told} events");
}
