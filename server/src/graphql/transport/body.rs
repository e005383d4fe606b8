//! The body of a request, within the limits of size and time.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use futures::StreamExt;
use tokio::time::timeout;

use super::refusal::Refusal;
use crate::graphql::limits;

/// How many bytes are read of a body that is too large, so that its sender hears so: who is still sending when the
/// connection is closed sees nothing but that.
const READ_LIMIT: usize = 8 * limits::BODY;

/// Reads the body.
pub(super) async fn read(body: Body, limit: Duration) -> Result<Bytes, Refusal> {
    let read = timeout(limit, read_all(body)).await;
    read.unwrap_or_else(|_| {
        let message = format!("The body took longer than {limit:?} to come.");
        Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, message))
    })
}

async fn read_all(body: Body) -> Result<Bytes, Refusal> {
    let (mut parts, mut bytes, mut length) = (body.into_data_stream(), Vec::new(), 0);
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| Refusal::bad_request(format!("The body cannot be read: {error}.")))?;
        length += part.len();
        if length <= limits::BODY {
            bytes.extend_from_slice(&part);
        }
        if length > READ_LIMIT {
            break;
        }
    }
    if length > limits::BODY {
        let message = format!("The body is larger than {} bytes.", limits::BODY);
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    Ok(bytes.into())
}
