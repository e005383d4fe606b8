//! GraphQL over server-sent events, distinct connections mode: one operation a connection, `next` for each result and
//! `complete` at the end.

use std::convert::Infallible;

use async_graphql::Request;
use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures::{StreamExt, stream};

use crate::{Site, graphql::error::complete};

/// The media type of the events.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// Answers with the results of `request` as they come.
pub(super) fn respond(site: &Site, request: Request, request_id: String) -> Response {
    let results = site.schema.execute_stream(request).map(move |mut result| {
        complete(&mut result.errors, &request_id);
        Event::default().event("next").json_data(&result).unwrap_or_default()
    });
    let end = stream::once(async { Event::default().event("complete").data("") });
    let events = results.chain(end).map(Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}
