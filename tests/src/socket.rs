//! A client of GraphQL over WebSocket that says what a story wants, right or wrong.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderName};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use url::Url;

/// How long an answer may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client's end of a WebSocket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects, and speaks graphql-transport-ws.
    pub async fn open(address: &Url) -> Self {
        Self::open_with(address, &[("sec-websocket-protocol", "graphql-transport-ws")]).await.expect("an upgrade")
    }

    /// Connects with these headers; the error is the status of an answer that is no upgrade.
    pub async fn open_with(address: &Url, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let url = format!("ws://{}/graphql", address.authority());
        let mut request = url.into_client_request().expect("a request");
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("a header");
            request.headers_mut().insert(name, value.parse().expect("a value"));
        }
        match timeout(PATIENCE, connect_async(request)).await.expect("an answer in time") {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("the server cannot be reached: {error}"),
        }
    }

    /// Connects, if somebody answers.
    pub async fn tries_to_open(address: &Url) -> Option<Self> {
        let url = format!("ws://{}/graphql", address.authority());
        let mut request = url.into_client_request().expect("a request");
        let protocol = "graphql-transport-ws".parse().expect("a value");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let connected = timeout(PATIENCE, connect_async(request)).await.expect("an answer in time");
        connected.ok().map(|(socket, _)| Self(socket))
    }

    /// Asks to begin as the one with this token, or as nobody; the error says that the connection is broken.
    pub async fn asks_to_begin(&mut self, token: Option<&str>) -> Result<(), Error> {
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        let message = json!({ "type": "connection_init", "payload": payload });
        self.sends(Message::text(message.to_string())).await
    }

    /// Begins as the one with this token, and says whether the server did too.
    pub async fn tries_to_begin(&mut self, token: &str) -> bool {
        let sent = self.asks_to_begin(Some(token)).await;
        sent.is_ok() && self.hears_if_any().await == Some(json!({ "type": "connection_ack" }))
    }

    /// Begins as the one with this token, or as nobody.
    pub async fn begins(&mut self, token: Option<&str>) {
        self.asks_to_begin(token).await.expect("the server reads");
        assert_eq!(self.hears().await, json!({ "type": "connection_ack" }));
    }

    /// Begins an operation.
    pub async fn subscribes(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.says(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// Sends a message.
    pub async fn says(&mut self, message: Value) {
        self.sends(Message::text(message.to_string())).await.expect("the server reads");
    }

    /// Sends anything; the error says that the connection is broken.
    pub async fn sends(&mut self, message: Message) -> Result<(), Error> {
        timeout(PATIENCE, self.0.send(message)).await.expect("the server reads in time")
    }

    /// The next message.
    pub async fn hears(&mut self) -> Value {
        match self.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).expect("a message in JSON"),
            other => panic!("no message but {other:?}"),
        }
    }

    /// The next message, if one comes before the connection ends or breaks.
    pub async fn hears_if_any(&mut self) -> Option<Value> {
        match self.next().await {
            Some(Ok(Message::Text(text))) => Some(serde_json::from_str(&text).expect("a message in JSON")),
            _ => None,
        }
    }

    /// The code with which the server closes the connection, with nothing before; none when it just breaks off.
    pub async fn is_closed(&mut self) -> Option<u16> {
        self.is_closed_for().await.map(|(code, _)| code)
    }

    /// That code, and the reason in words.
    pub async fn is_closed_for(&mut self) -> Option<(u16, String)> {
        match self.next().await {
            Some(Ok(Message::Close(frame))) => {
                let frame = frame.expect("a reason");
                Some((frame.code.into(), frame.reason.to_string()))
            }
            Some(Ok(message)) => panic!("a message before the end: {message:?}"),
            Some(Err(_)) | None => None,
        }
    }

    /// The code with which the server closes the connection, whatever comes before; none when it just breaks off.
    pub async fn ends(&mut self) -> Option<u16> {
        loop {
            match self.next().await {
                Some(Ok(Message::Close(frame))) => return Some(frame.expect("a reason").code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    async fn next(&mut self) -> Option<Result<Message, Error>> {
        let message = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    other => return other,
                }
            }
        };
        timeout(PATIENCE, message).await.expect("a message in time")
    }
}
