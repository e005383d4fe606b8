//! GraphQL over WebSocket: `graphql-transport-ws`. The token comes in `connection_init` or with the cookie; who it
//! belongs to is looked up for each operation.

use std::sync::{Arc, OnceLock};

use async_graphql::{
    Data, Executor, Pos, Request, Response,
    futures_util::stream::{BoxStream, StreamExt},
    http::ALL_WEBSOCKET_PROTOCOLS,
};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::ws::WebSocketUpgrade,
    http::{HeaderMap, StatusCode, header::ORIGIN},
    response::{IntoResponse, Response as HttpResponse},
};
use domain::client::Client;

use super::Sender;
use crate::{
    Site, auth,
    graphql::error::{complete, shown},
};

/// The largest message, in bytes.
const MESSAGE_LIMIT: usize = 1024 * 1024;

/// Upgrades the connection and serves it until either side closes it. A cookie counts only together with our own
/// Origin, which browsers always send.
pub(super) fn upgrade(
    site: Site,
    client: Client,
    headers: &HeaderMap,
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
    request_id: String,
) -> HttpResponse {
    let from_cookie = auth::credentials(headers).is_some_and(|found| found.from_cookie);
    let Ok(mut sender) = Sender::new(&site, client, headers) else { return StatusCode::FORBIDDEN.into_response() };
    if from_cookie && !headers.contains_key(ORIGIN) {
        sender.token = None;
    }
    upgrade.max_message_size(MESSAGE_LIMIT).protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(move |socket| {
        let operations = Operations { site, sender: Arc::default(), request_id: request_id.into() };
        let agreed = Arc::clone(&operations.sender);
        let begin = move |payload: serde_json::Value| async move {
            let token = payload.get("authorization").and_then(|value| value.as_str()).and_then(auth::bearer);
            let _ = agreed.set(Sender { token: token.or(sender.token), ..sender });
            Ok(Data::default())
        };
        GraphQLWebSocket::new(socket, operations, protocol).on_connection_init(begin).serve()
    })
}

/// Runs the operations of one socket.
#[derive(Clone)]
struct Operations {
    site: Site,
    /// Set once, by `connection_init`.
    sender: Arc<OnceLock<Sender>>,
    request_id: Arc<str>,
}

impl Operations {
    async fn sign(&self, request: Request) -> Result<Request, Response> {
        let sender = self.sender.get().cloned().unwrap_or_default();
        let signed = sender.sign(&self.site, request).await;
        signed.map_err(|error| self.finish(Response::from_errors(vec![shown(error).into_server_error(Pos::default())])))
    }

    fn finish(&self, mut response: Response) -> Response {
        complete(&mut response.errors, &self.request_id);
        response
    }
}

impl Executor for Operations {
    async fn execute(&self, request: Request) -> Response {
        match self.sign(request).await {
            Ok(request) => self.finish(self.site.schema.execute(request).await),
            Err(response) => response,
        }
    }

    fn execute_stream(&self, request: Request, _: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let operations = self.clone();
        let results = async move {
            match operations.sign(request).await {
                Ok(request) => {
                    let results = operations.site.schema.execute_stream(request);
                    results.map(move |result| operations.finish(result)).boxed()
                }
                Err(response) => futures::stream::once(async { response }).boxed(),
            }
        };
        futures::stream::once(results).flatten().boxed()
    }
}
