//! The body of a request, within the limits of size and time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::StreamExt;
use tokio::time::timeout;

use crate::graphql::limits;

/// How many bytes are read of a body that is too large, so that its sender hears so: who is still sending when the
/// connection is closed sees nothing but that.
const READ_LIMIT: usize = 8 * limits::BODY;

/// Why there is no body.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It is larger than [`limits::BODY`].
    TooLarge,
    /// It took longer than this to come.
    TooSlow(Duration),
    /// It ended before its end.
    Broken(axum::Error),
}

/// Reads the body.
pub(crate) async fn read(body: Body, limit: Duration) -> Result<Bytes, Unread> {
    timeout(limit, read_all(body)).await.unwrap_or(Err(Unread::TooSlow(limit)))
}

async fn read_all(body: Body) -> Result<Bytes, Unread> {
    let (mut parts, mut bytes, mut length) = (body.into_data_stream(), Vec::new(), 0);
    while let Some(part) = parts.next().await {
        let part = part.map_err(Unread::Broken)?;
        length += part.len();
        if length <= limits::BODY {
            bytes.extend_from_slice(&part);
        }
        if length > READ_LIMIT {
            break;
        }
    }
    if length > limits::BODY { Err(Unread::TooLarge) } else { Ok(bytes.into()) }
}
