//! GraphQL over HTTP: POST with JSON, and GET for queries. Media types are chosen by `Accept`; a request that cannot be
//! executed answers 400 without `data`, as the specification says.

use async_graphql::{
    Name, Request, Variables,
    parser::{parse_query, types::OperationType},
};
use async_graphql_axum::{GraphQLProtocol, GraphQLResponse};
use axum::{
    body::Bytes,
    extract::{
        RawQuery, State,
        rejection::BytesRejection,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{ACCEPT, ALLOW, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use domain::{Error, client::Client};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Sender, sse, sse::EVENT_STREAM, ws};
use crate::{
    Site,
    client::SentBy,
    graphql::error::{complete, shown},
    http::RequestId,
};

/// The media type of the specification; its answers may have other status codes than 200.
const GRAPHQL: &str = "application/graphql-response+json";
/// The media type of older clients.
const JSON: &str = "application/json";

/// The parameters of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: String,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    #[serde(default)]
    extensions: Option<Map<String, Value>>,
}

/// A request that is not executed, and why.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    }
}

/// POST /graphql.
pub(crate) async fn post(
    State(site): State<Site>,
    RequestId(request_id): RequestId,
    SentBy(client): SentBy,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let read = || from_body(&headers, &body.map_err(|rejected| unread(&rejected))?);
    answer(&site, &Method::POST, client, &headers, &request_id, read).await
}

fn unread(rejected: &BytesRejection) -> Refusal {
    Refusal::new(rejected.status(), "BAD_USER_INPUT", rejected.body_text())
}

/// GET /graphql: queries as `?query=…`, subscriptions as event streams, and the way to the WebSocket.
pub(crate) async fn get(
    State(site): State<Site>,
    RequestId(request_id): RequestId,
    SentBy(client): SentBy,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    protocol: Result<GraphQLProtocol, StatusCode>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match (upgrade, protocol) {
        (Ok(upgrade), Ok(protocol)) => ws::upgrade(site, client, &headers, protocol, upgrade, request_id),
        (Ok(_), Err(status)) => status.into_response(),
        (Err(_), _) => {
            let query = query.unwrap_or_default();
            answer(&site, &Method::GET, client, &headers, &request_id, || from_query(&query)).await
        }
    }
}

async fn answer(
    site: &Site,
    method: &Method,
    client: Client,
    headers: &HeaderMap,
    request_id: &str,
    read: impl FnOnce() -> Result<Parameters, Refusal>,
) -> Response {
    let media = match media_type(headers) {
        Ok(media) => media,
        Err(refusal) => return refuse(&refusal, JSON, request_id),
    };
    match read().and_then(|parameters| prepare(method, parameters, media)) {
        Ok(request) => execute(site, client, headers, request, media, request_id).await,
        Err(refusal) => refuse(&refusal, media, request_id),
    }
}

/// The media type to answer with: the first of ours that `Accept` lists; JSON when it lists anything or nothing.
fn media_type(headers: &HeaderMap) -> Result<&'static str, Refusal> {
    let Some(accept) = headers.get(ACCEPT).and_then(|value| value.to_str().ok()) else { return Ok(JSON) };
    let ranges = accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim());
    for range in ranges {
        match range.to_ascii_lowercase().as_str() {
            GRAPHQL => return Ok(GRAPHQL),
            EVENT_STREAM => return Ok(EVENT_STREAM),
            JSON | "application/*" | "*/*" => return Ok(JSON),
            _ => {}
        }
    }
    let message = format!("This endpoint answers with {GRAPHQL} or {JSON}.");
    Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT", message))
}

fn from_body(headers: &HeaderMap, body: &[u8]) -> Result<Parameters, Refusal> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    let is_json = parts.next().as_deref() == Some(JSON);
    let is_utf8 = parts.all(|part| part.strip_prefix("charset=").is_none_or(|set| set.trim_matches('"') == "utf-8"));
    if !(is_json && is_utf8) {
        let message = "Send a JSON body in UTF-8, with content-type: application/json.";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT", message));
    }
    let value: Value = serde_json::from_slice(body).map_err(|_| Refusal::bad_request("The body is not JSON."))?;
    if !value.is_object() {
        return Err(Refusal::bad_request("The body must be one JSON object; batches are not taken."));
    }
    serde_json::from_value(value).map_err(|error| Refusal::bad_request(format!("The request is malformed: {error}.")))
}

fn from_query(query: &str) -> Result<Parameters, Refusal> {
    let mut parameters = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = match &*name {
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|_| Refusal::bad_request(format!("The parameter {name} is not JSON.")))?,
            _ => Value::String(value.into_owned()),
        };
        parameters.insert(name.into_owned(), value);
    }
    serde_json::from_value(Value::Object(parameters))
        .map_err(|error| Refusal::bad_request(format!("The request is malformed: {error}.")))
}

async fn execute(
    site: &Site,
    client: Client,
    headers: &HeaderMap,
    request: Request,
    media: &'static str,
    request_id: &str,
) -> Response {
    let request = match Sender::new(site, client, headers) {
        Ok(sender) => sender.sign(site, request).await,
        Err(error) => Err(error),
    };
    let request = match request {
        Ok(request) => request,
        Err(error) => return fail(error, media, request_id),
    };
    if media == EVENT_STREAM {
        return sse::respond(site, request, request_id.to_owned());
    }
    let mut response = site.schema.execute(request).await;
    let not_executed = !response.errors.is_empty()
        && response.data == async_graphql::Value::Null
        && response.errors.iter().all(|error| error.path.is_empty());
    complete(&mut response.errors, request_id);
    if not_executed {
        let status = if media == GRAPHQL { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        return respond(status, media, &json!({ "errors": response.errors }));
    }
    let mut answer = GraphQLResponse::from(response).into_response();
    answer.headers_mut().insert(CONTENT_TYPE, content_type(media));
    answer
}

/// Reads the document, so that its errors are told apart from those of validation, and lets GET ask for queries only.
fn prepare(method: &Method, parameters: Parameters, media: &str) -> Result<Request, Refusal> {
    let not_parsed = if media == JSON { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let document = parse_query(&parameters.query)
        .map_err(|error| Refusal::new(not_parsed, "GRAPHQL_PARSE_FAILED", error.to_string()))?;
    // Our own pages follow subscriptions by GET, because EventSource knows nothing else; these change nothing either.
    let allowed = |kind| kind == OperationType::Query || (media == EVENT_STREAM && kind == OperationType::Subscription);
    if *method == Method::GET {
        let name = parameters.operation_name.as_deref().map(Name::new);
        let mut operations = document.operations.iter();
        let chosen = operations.find(|(each, _)| name.is_none() || *each == name.as_ref());
        if chosen.is_some_and(|(_, operation)| !allowed(operation.node.ty)) {
            let message = "GET is for queries; send this by POST.";
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_USER_INPUT", message));
        }
    }
    let mut request = Request::new(parameters.query)
        .variables(Variables::from_json(Value::Object(parameters.variables.unwrap_or_default())));
    request.operation_name = parameters.operation_name;
    for (name, value) in parameters.extensions.unwrap_or_default() {
        request.extensions.insert(name, async_graphql::Value::from_json(value).unwrap_or_default());
    }
    request.set_parsed_query(document);
    Ok(request)
}

fn fail(error: Error, media: &'static str, request_id: &str) -> Response {
    let status = match error {
        Error::Forbidden => StatusCode::FORBIDDEN,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut errors = [shown(error).into_server_error(async_graphql::Pos::default())];
    complete(&mut errors, request_id);
    respond(status, media, &json!({ "errors": errors }))
}

fn refuse(refusal: &Refusal, media: &'static str, request_id: &str) -> Response {
    let extensions = json!({ "code": refusal.code, "requestId": request_id });
    let errors = json!([{ "message": refusal.message, "extensions": extensions }]);
    let mut answer = respond(refusal.status, media, &json!({ "errors": errors }));
    if refusal.status == StatusCode::METHOD_NOT_ALLOWED {
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    answer
}

fn respond(status: StatusCode, media: &'static str, body: &impl serde::Serialize) -> Response {
    let body = serde_json::to_vec(body).unwrap_or_default();
    (status, [(CONTENT_TYPE, content_type(media))], body).into_response()
}

fn content_type(media: &str) -> HeaderValue {
    HeaderValue::from_static(match media {
        GRAPHQL => "application/graphql-response+json; charset=utf-8",
        _ => "application/json; charset=utf-8",
    })
}
