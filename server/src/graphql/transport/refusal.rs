//! A request that is not executed, and why.

use async_graphql::ServerError;
use axum::http::StatusCode;

use crate::graphql::error::bad_input;

/// A request that is not executed, and why.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The status over HTTP; none when what is wrong is the GraphQL in it, which older clients want to hear with 200.
    pub(super) status: Option<StatusCode>,
    pub(super) error: Box<ServerError>,
}

impl Refusal {
    /// What is not even a request.
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status: Some(status), error: Box::new(bad_input(message)) }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }
}

impl From<ServerError> for Refusal {
    fn from(error: ServerError) -> Self {
        Self { status: None, error: Box::new(error) }
    }
}
