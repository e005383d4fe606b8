//! GraphQL over WebSocket: `graphql-transport-ws`. The token comes in `connection_init` or with the cookie; who it
//! belongs to is looked up for each operation.

mod close;
mod connection;
mod message;
mod socket;

use axum::{
    extract::ws::{WebSocket, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header::ORIGIN},
    response::{IntoResponse, Response},
};
use domain::{client::Client, outbox::REQUEST_ID};
use tracing::{Instrument, Span};

use self::{close::Close, connection::Connection, socket::Socket};
use super::Sender;
use crate::{Site, auth, graphql::limits};

/// The protocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";
/// The largest message that is read to its end, so that its sender can be told that it is too large.
const READ_LIMIT: usize = 8 * limits::MESSAGE;
/// How many bytes are read, and gathered for writing, at once: there may be many connections.
const BUFFER: usize = 4 * 1024;

/// Upgrades the connection and serves it until either side closes it. A cookie counts only together with our own
/// Origin, which browsers always send.
pub(super) fn upgrade(
    site: Site,
    client: Client,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
    request_id: String,
) -> Response {
    let from_cookie = auth::credentials(headers).is_some_and(|found| found.from_cookie);
    let Ok(mut sender) = Sender::new(&site, client, headers) else { return StatusCode::FORBIDDEN.into_response() };
    if from_cookie && !headers.contains_key(ORIGIN) {
        sender.token = None;
    }
    let upgrade = upgrade.max_message_size(READ_LIMIT).max_frame_size(READ_LIMIT);
    let upgrade = upgrade.read_buffer_size(BUFFER).write_buffer_size(BUFFER).protocols([PROTOCOL]);
    let id = request_id.clone();
    let serve = async move |socket: WebSocket| {
        let _open = site.sessions.socket();
        let agreed = socket.protocol().is_some();
        let mut socket = Socket::new(socket, site.timing);
        let reason =
            if agreed { Connection::new(site, sender, request_id).serve(&mut socket).await } else { Close::Protocol };
        socket.close(reason).await;
    };
    // What is logged and the mails that are promised name the request: the upgrade itself runs outside of it.
    let span = Span::current();
    upgrade.on_upgrade(move |socket| REQUEST_ID.scope(id, serve(socket)).instrument(span))
}
