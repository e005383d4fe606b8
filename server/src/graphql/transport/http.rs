//! GraphQL over HTTP: POST with JSON, and GET for queries. Media types are chosen by `Accept`; a request that cannot be
//! executed answers 400 without `data`, as the specification says.

use async_graphql::{Response as Outcome, ServerError, parser::types::OperationType};
use axum::{
    body::Body,
    extract::{
        RawQuery, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use domain::{Error, client::Client};
use futures::{StreamExt, future, stream};
use serde_json::json;

use super::{
    Sender,
    media::Media,
    operation::{Operation, is_refused},
    parameters::Parameters,
    refusal::Refusal,
    sse::{self, Following},
    ws,
};
use crate::{
    Site, body,
    client::SentBy,
    graphql::error::{complete, of_request, shown},
    http::{RequestId, results_of_request},
};

/// POST /graphql.
pub(crate) async fn post(
    State(site): State<Site>,
    RequestId(request_id): RequestId,
    SentBy(client): SentBy,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = body::read(body, site.request_timeout).await;
    let read = || Parameters::from_body(&headers, &body?);
    Exchange { site: &site, method: Method::POST, client, headers: &headers, request_id: &request_id }
        .answer(read)
        .await
}

/// GET /graphql: queries as `?query=…`, subscriptions as event streams, and the way to the WebSocket.
pub(crate) async fn get(
    State(site): State<Site>,
    RequestId(request_id): RequestId,
    SentBy(client): SentBy,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if let Ok(upgrade) = upgrade {
        return ws::upgrade(site, client, &headers, upgrade, request_id);
    }
    let read = || Parameters::from_query(&query.unwrap_or_default());
    Exchange { site: &site, method: Method::GET, client, headers: &headers, request_id: &request_id }.answer(read).await
}

/// One request and what its answer depends on.
struct Exchange<'a> {
    site: &'a Site,
    method: Method,
    client: Client,
    headers: &'a HeaderMap,
    request_id: &'a str,
}

impl Exchange<'_> {
    async fn answer(&self, read: impl FnOnce() -> Result<Parameters, Refusal>) -> Response {
        let media = match Media::accepted(self.headers) {
            Ok(media) => media,
            Err(refusal) => return self.refuse(refusal, Media::Json),
        };
        let operation = read().and_then(|parameters| Operation::prepare(self.site, parameters));
        match operation.and_then(|operation| self.allow(operation, media)) {
            Ok((operation, media)) => self.execute(operation, media).await,
            Err(refusal) => self.refuse(refusal, media),
        }
    }

    /// GET changes nothing; subscriptions come as events, also by GET, because a browser's EventSource knows nothing else,
    /// and also to who likes JSON better and takes events.
    fn allow(&self, operation: Operation, media: Media) -> Result<(Operation, Media), Refusal> {
        match operation.kind {
            OperationType::Mutation if self.method == Method::GET => {
                Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "GET is for queries; send this by POST."))
            }
            OperationType::Subscription if Media::EventStream.is_accepted(self.headers) => {
                Ok((operation, Media::EventStream))
            }
            OperationType::Subscription => {
                let message = "Follow a subscription over WebSocket, or with accept: text/event-stream.";
                Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, message))
            }
            _ => Ok((operation, media)),
        }
    }

    async fn execute(&self, operation: Operation, media: Media) -> Response {
        let follows = operation.kind == OperationType::Subscription;
        let signed = match Sender::new(self.site, self.client.clone(), self.headers) {
            Ok(sender) => operation.sign(self.site, &sender).await,
            Err(error) => Ok(Err(error)),
        };
        let operation = match signed {
            Ok(Ok((operation, _))) => operation,
            // EventSource does not come back after an answer with another status.
            Ok(Err(Error::Internal(error))) if follows => return self.break_off(Error::Internal(error)),
            Err(_) if follows => return self.break_off(Error::internal("the session could not be looked up in time")),
            Ok(Err(error)) => return self.fail(error, media),
            Err(given_up) => return self.give_up(given_up, media),
        };
        if media == Media::EventStream {
            let (id, sessions) = (self.request_id.to_owned(), self.site.sessions.clone());
            // Queries and mutations come to their end, for which a stop waits.
            let broken_off = async move { if follows { sessions.stopped().await } else { future::pending().await } };
            let following = follows.then(|| self.following());
            let operation = match &following {
                Some(following) => operation.resuming(following.place.clone()),
                None => operation,
            };
            let results = results_of_request(id.clone(), operation.results(self.site.clone()));
            return sse::respond(self.site, results, broken_off, following, id);
        }
        match operation.execute(self.site).await {
            Ok(outcome) if is_refused(&outcome) && media == Media::Graphql => {
                self.respond(StatusCode::BAD_REQUEST, media, outcome)
            }
            Ok(outcome) => self.respond(StatusCode::OK, media, outcome),
            Err(given_up) => self.give_up(given_up, media),
        }
    }

    fn following(&self) -> Following {
        Following { place: sse::place(self.headers), method: self.method.clone() }
    }

    /// Events that end with a failure of ours: their client comes back.
    fn break_off(&self, error: Error) -> Response {
        let results = stream::once(future::ready(refused(of_request(shown(error)))));
        let id = self.request_id.to_owned();
        sse::respond(self.site, results, future::pending(), Some(self.following()), id)
    }

    fn give_up(&self, given_up: ServerError, media: Media) -> Response {
        self.respond(StatusCode::SERVICE_UNAVAILABLE, media, refused(given_up))
    }

    fn fail(&self, error: Error, media: Media) -> Response {
        let status = match error {
            Error::Forbidden => StatusCode::FORBIDDEN,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        self.respond(status, media, refused(of_request(shown(error))))
    }

    fn refuse(&self, refusal: Refusal, media: Media) -> Response {
        let status = match (refusal.status, media) {
            (None, Media::EventStream) => {
                // EventSource tells its page nothing of an answer with another status.
                let results = stream::once(future::ready(refused(*refusal.error))).boxed();
                return sse::respond(self.site, results, future::pending(), None, self.request_id.to_owned());
            }
            (Some(status), _) => status,
            (None, Media::Graphql) => StatusCode::BAD_REQUEST,
            (None, Media::Json) => StatusCode::OK,
        };
        let mut answer = self.respond(status, media, refused(*refusal.error));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        answer
    }

    /// Without `data` when nothing was executed.
    fn respond(&self, status: StatusCode, media: Media, mut outcome: Outcome) -> Response {
        complete(&mut outcome.errors, self.request_id);
        let body = if is_refused(&outcome) {
            serde_json::to_vec(&json!({ "errors": outcome.errors }))
        } else {
            serde_json::to_vec(&outcome)
        };
        // Whatever is answered is for one person, and a login's answer holds a token.
        let headers = [(CONTENT_TYPE, media.content_type()), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
        let mut answer = (status, headers, body.unwrap_or_default()).into_response();
        answer.headers_mut().extend(outcome.http_headers);
        answer
    }
}

fn refused(error: ServerError) -> Outcome {
    Outcome::from_errors(vec![error])
}
