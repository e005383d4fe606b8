//! GraphQL over server-sent events, distinct connections mode: one operation a connection, `next` for each result and
//! `complete` at the end. A comment now and then keeps the connection open. What the stop of the server breaks off has no
//! `complete`, so that its client comes back.

use std::{convert::Infallible, future};

use async_graphql::Response as Result;
use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, StreamExt, stream};

use super::payload::Payload;
use crate::{Site, graphql::error::complete};

/// Answers with results as they come, until `broken_off`.
pub(super) fn respond(
    site: &Site,
    results: impl Stream<Item = Result> + Send + 'static,
    broken_off: impl Future<Output = ()> + Send + 'static,
    request_id: String,
) -> Response {
    let results = results.map(move |mut result| {
        complete(&mut result.errors, &request_id);
        Event::default().event("next").json_data(Payload(&result)).unwrap_or_default()
    });
    // EventSource drops an event without data, and axum writes no line for empty data.
    let end = stream::once(future::ready(Event::default().event("complete").data("null")));
    let events = results.chain(end).take_until(broken_off).map(Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::new().interval(site.timing.keep_alive)).into_response()
}
