//! GraphQL over server-sent events, distinct connections mode: one operation a connection, `next` for each result and
//! `complete` at the end. A comment now and then keeps the connection open. What the stop of the server breaks off has no
//! `complete`, so that its client comes back. An event's id is its cursor: EventSource says in `Last-Event-ID` which it had
//! last, and goes on after that.

use std::{convert::Infallible, future};

use async_graphql::Response as Result;
use axum::{
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt, stream};

use super::payload::Payload;
use crate::{
    Site,
    graphql::{error::complete, subscription::LastTold},
};

/// What the client was told last on another connection.
pub(super) fn last_told(headers: &HeaderMap) -> LastTold {
    let id = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    LastTold::new(id.filter(|id| !id.is_empty()).map(str::to_owned))
}

/// Answers with results as they come, until `broken_off`.
pub(super) fn respond(
    site: &Site,
    results: impl Stream<Item = Result> + Send + 'static,
    broken_off: impl Future<Output = ()> + Send + 'static,
    last_told: LastTold,
    request_id: String,
) -> Response {
    let results = results.map(move |mut result| {
        complete(&mut result.errors, &request_id);
        let event = Event::default().event("next").json_data(Payload(&result)).unwrap_or_default();
        match last_told.cursor() {
            Some(cursor) => event.id(cursor),
            None => event,
        }
    });
    // EventSource drops an event without data, and axum writes no line for empty data.
    let end = stream::once(future::ready(Event::default().event("complete").data("null")));
    let events = results.chain(end).take_until(broken_off).map(Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::new().interval(site.timing.keep_alive)).into_response()
}
