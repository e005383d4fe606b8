//! A request that is not executed, and why.

use async_graphql::ServerError;
use axum::http::StatusCode;

use crate::{
    body::Unread,
    graphql::{error::bad_input, limits},
};

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

impl From<Unread> for Refusal {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge => {
                let message = format!("The body is larger than {} bytes.", limits::BODY);
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
            }
            Unread::TooSlow(limit) => {
                Self::new(StatusCode::REQUEST_TIMEOUT, format!("The body took longer than {limit:?} to come."))
            }
            Unread::Broken(error) => Self::bad_request(format!("The body cannot be read: {error}.")),
        }
    }
}

impl From<ServerError> for Refusal {
    fn from(error: ServerError) -> Self {
        Self { status: None, error: Box::new(error) }
    }
}
