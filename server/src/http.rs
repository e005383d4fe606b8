//! The router: which path leads where, and what happens around every request.

use std::convert::Infallible;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, header::STRICT_TRANSPORT_SECURITY, request::Parts},
    middleware::{self, Next},
    response::Response,
    routing,
};
use domain::outbox::REQUEST_ID;
use futures::{Stream, stream};
use metrics::histogram;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{Instrument, Span};
use uuid::Uuid;

use crate::{
    Site,
    graphql::{limits, transport},
    health, pages,
};

/// The header that names the request, in the answer.
const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Everything that Usher answers.
pub fn router(site: Site) -> Router {
    let mut router = Router::new()
        .route("/graphql", routing::post(transport::http::post).get(transport::http::get))
        .merge(health::routes())
        .merge(crate::metrics::routes())
        .merge(pages::routes());
    if site.captured.is_some() {
        router = router.merge(pages::mail_routes());
    }
    if site.playground.is_some() {
        router = router.merge(pages::playground_routes());
    }
    router
        .fallback(pages::not_found)
        .layer(DefaultBodyLimit::max(limits::BODY))
        .layer(CatchPanicLayer::new())
        .layer(middleware::map_response_with_state(site.clone(), keep_to_https))
        .layer(middleware::from_fn(observe))
        .with_state(site)
}

/// Where browsers reach this site over https, they shall not try http for a year.
async fn keep_to_https(State(site): State<Site>, mut answer: Response) -> Response {
    if site.is_https() {
        answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    answer
}

/// The id of a request: in its span, in its answer, in its errors and in the mails it promises.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_else(|| Self(String::new())))
    }
}

/// Names the request and logs its outcome, with the route's template: the path itself may hold a token.
async fn observe(mut request: Request, next: Next) -> Response {
    let id = Uuid::new_v4().simple().to_string();
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id, method = %request.method(), route = route.as_str());
    let method = method_label(request.method());
    request.extensions_mut().insert(RequestId(id.clone()));
    let begun = std::time::Instant::now();
    let answer = async {
        let answer = next.run(request).await;
        tracing::debug!(status = answer.status().as_u16(), elapsed = ?begun.elapsed(), "answered");
        let labels = [("route", route), ("method", method.to_owned()), ("status", answer.status().as_str().to_owned())];
        histogram!("usher_http_request_duration_seconds", &labels).record(begun.elapsed());
        answer
    };
    let mut answer = REQUEST_ID.scope(id.clone(), answer.instrument(span)).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(REQUEST_ID_HEADER, value);
    }
    answer
}

/// Results that come after the answer to the request has begun: what they log and the mails they promise still name it.
pub(crate) fn results_of_request<T>(id: String, results: impl Stream<Item = T>) -> impl Stream<Item = T> {
    let (span, mut results) = (Span::current(), Box::pin(results));
    stream::poll_fn(move |context| {
        let _entered = span.enter();
        REQUEST_ID.sync_scope(id.clone(), || results.as_mut().poll_next(context))
    })
}

/// A method as it is counted: clients may make any up.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
