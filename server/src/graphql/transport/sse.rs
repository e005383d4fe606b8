//! GraphQL over server-sent events, distinct connections mode: one operation a connection, `next` for each result and
//! `complete` at the end. A comment now and then keeps the connection open. An event's id is its cursor: EventSource says in
//! `Last-Event-ID` which it had last, and goes on after that. What the stop of the server or a failure of ours breaks off has
//! no `complete`, so that its client comes back.

use std::{convert::Infallible, pin::pin};

use async_graphql::{Response as Result, Value};
use async_stream::stream;
use axum::{
    http::{HeaderMap, Method},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt};

use super::payload;
use crate::{
    Site,
    graphql::{
        error::{complete, is_ours},
        subscription::Place,
    },
};

/// The place of a client that was told something on another connection.
pub(super) fn place(headers: &HeaderMap) -> Place {
    let id = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    Place::after(id.filter(|id| !id.is_empty()).map(str::to_owned))
}

/// How a client follows: what it needs to come back.
pub(super) struct Following {
    pub(super) place: Place,
    /// EventSource uses GET. It is told where it begins, for it may lose the connection before anything happens; other clients
    /// may not know events without data.
    pub(super) method: Method,
}

/// What comes next on a connection.
enum Next {
    Result(Option<Box<Result>>),
    Beginning,
}

/// Answers with results as they come, until `broken_off`; nobody is `following` what is no subscription.
pub(super) fn respond(
    site: &Site,
    results: impl Stream<Item = Result> + Send + 'static,
    broken_off: impl Future<Output = ()> + Send + 'static,
    following: Option<Following>,
    request_id: String,
) -> Response {
    let events = stream! {
        let mut results = pin!(results);
        let place = following.as_ref().map(|following| following.place.clone()).unwrap_or_default();
        let mut beginning = pin!(place.begun());
        let mut announces = following.as_ref().is_some_and(|following| following.method == Method::GET);
        loop {
            let next = tokio::select! {
                biased;
                result = results.next() => Next::Result(result.map(Box::new)),
                () = &mut beginning, if announces => Next::Beginning,
            };
            announces = false;
            match next {
                Next::Beginning => yield Event::default().id(place.cursor().unwrap_or_default()),
                Next::Result(None) => break,
                Next::Result(Some(mut result)) => {
                    let is_told = result.errors.is_empty() || result.data != Value::Null;
                    let comes_back = following.is_some() && !is_told && result.errors.iter().any(is_ours);
                    let event = next_event(&mut result, &request_id);
                    yield match place.cursor() {
                        Some(cursor) if is_told => event.id(cursor),
                        _ => event,
                    };
                    if comes_back {
                        return;
                    }
                }
            }
        }
        // EventSource drops an event without data, and axum writes no line for empty data.
        yield Event::default().event("complete").data("null");
    };
    let events = events.take_until(broken_off).map(Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::new().interval(site.timing.keep_alive)).into_response()
}

fn next_event(result: &mut Result, request_id: &str) -> Event {
    complete(&mut result.errors, request_id);
    payload::json(result).map_or_else(|_| Event::default(), |text| Event::default().event("next").data(text))
}
