//! Clients that cost next to nothing: what they would cost is taken from the programs that are measured.

use domain::clock::Clock;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::mpsc::UnboundedSender};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, Utf8Bytes, client::IntoClientRequest, protocol::WebSocketConfig},
};

/// How many bytes a client reads, and gathers for writing, at once.
const BUFFER: usize = 4 * 1024;

const FOLLOW: &str = "subscription($id: ID!) { invitationStatusChanged(workspaceId: $id) { \
                      cursor status deliveryStatus invitation { id email role status expiresAt } } }";

/// What a client was sent, and when that came, in microseconds since 1970.
pub(crate) struct Arrival {
    pub(crate) at: i64,
    pub(crate) text: Utf8Bytes,
}

/// An open connection.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Connects to a WebSocket at this port and path.
    pub(crate) async fn open(port: u16, path: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server listens");
        let mut request = format!("ws://localhost{path}").into_client_request().expect("a request");
        let protocol = "graphql-transport-ws".parse().expect("a value");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let config = WebSocketConfig::default().read_buffer_size(BUFFER).write_buffer_size(BUFFER);
        let (socket, _) = client_async_with_config(request, stream, Some(config)).await.expect("an upgrade");
        Self(socket)
    }

    /// Connects to Usher and follows the invitations of a workspace.
    pub(crate) async fn follow(port: u16, token: &str, workspace: &str) -> Self {
        let mut socket = Self::open(port, "/graphql").await;
        let payload = json!({ "authorization": format!("Bearer {token}") });
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        let answer = socket.0.next().await.expect("an answer").expect("a message");
        assert_eq!(answer.to_text().expect("a text"), r#"{"type":"connection_ack"}"#);
        let payload = json!({ "query": FOLLOW, "variables": { "id": workspace } });
        socket.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        socket
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("the server reads");
    }

    /// Tells of every message that comes, until the server closes; pings are answered.
    pub(crate) async fn listen(mut self, heard: UnboundedSender<Arrival>) {
        let clock = Clock::system();
        while let Some(Ok(message)) = self.0.next().await {
            if let Message::Text(text) = message {
                // Nobody waits any more at the end of the run.
                let _ = heard.send(Arrival { at: clock.now().timestamp_micros(), text });
            }
        }
    }
}
