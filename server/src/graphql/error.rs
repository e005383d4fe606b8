//! Errors as clients see them: `userErrors` in payloads, and top-level errors with a code. Causes go to the log.

use std::time::Duration;

use async_graphql::{ErrorExtensionValues, Pos, Result, ServerError, Value};
use domain::{Error, id::Kind};
use uuid::Uuid;

use super::{limits, object::UserError};

/// The code of a failure of ours.
const OURS: &str = "INTERNAL_SERVER_ERROR";

/// A payload that can say what was wrong instead of what was done.
pub(crate) trait Payload {
    /// The payload of something that was not done.
    fn refused(errors: Vec<UserError>) -> Self;
}

/// Declares payloads: one field for what was done, null when it was not, and `userErrors`.
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default, async_graphql::SimpleObject)]
        pub(crate) struct $name {
            $($(#[$field_doc])* pub(crate) $field: Option<$type>,)*
            /// What was wrong with the input; empty when it was done.
            pub(crate) user_errors: Vec<crate::graphql::object::UserError>,
        }

        impl crate::graphql::error::Payload for $name {
            fn refused(user_errors: Vec<crate::graphql::object::UserError>) -> Self {
                Self { $($field: None,)* user_errors }
            }
        }
    };
}
pub(crate) use payload;

/// The payload of a domain's answer: expected outcomes become `userErrors`, the rest a top-level error.
pub(crate) fn answer<T, P: Payload>(result: domain::Result<T>, done: impl FnOnce(T) -> P) -> Result<P> {
    match result {
        Ok(value) => Ok(done(value)),
        Err(Error::User(errors)) => Ok(P::refused(errors.into_iter().map(UserError::from).collect())),
        Err(error) => Err(shown(error)),
    }
}

/// Like [`answer`], of what the id in this field of the input points to: NOT_FOUND names the field.
pub(crate) fn answer_of<T, P: Payload>(field: &str, result: domain::Result<T>, done: impl FnOnce(T) -> P) -> Result<P> {
    match result {
        Err(error @ Error::NotFound) => Err(shown_at(&[field], error)),
        result => answer(result, done),
    }
}

/// Reads the id in this field of the input; the error names the field.
pub(crate) fn read_id(kind: Kind, field: &str, id: &str) -> Result<Uuid> {
    kind.parse(id).map_err(|error| shown_at(&[field], error))
}

/// Like [`shown`], of what is at this path inside the input.
pub(crate) fn shown_at(path: &[&str], error: Error) -> async_graphql::Error {
    let mut shown = shown(error);
    shown.message = format!("{}: {}", path.join("."), shown.message);
    let path = path.iter().copied().map(Value::from).collect();
    shown.extensions.get_or_insert_default().set("field", Value::List(path));
    shown
}

/// A top-level error with its code; the cause of an internal one is logged and not told.
pub(crate) fn shown(error: Error) -> async_graphql::Error {
    let code = match &error {
        Error::User(_) | Error::BadInput(_) => "BAD_USER_INPUT",
        Error::NotFound => "NOT_FOUND",
        Error::Forbidden => "FORBIDDEN",
        Error::Unauthenticated => "UNAUTHENTICATED",
        Error::RateLimited { .. } => "RATE_LIMITED",
        Error::Internal(cause) => {
            tracing::error!(error = &**cause as &dyn std::error::Error, "request failed");
            OURS
        }
    };
    let mut shown = async_graphql::Error::new(error.to_string());
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    if let Error::RateLimited { retry_after } = error {
        extensions.set("retryAfter", retry_after.as_secs().max(1));
    }
    shown.extensions = Some(extensions);
    shown
}

/// Whether it is a failure of ours, not of what was asked.
pub(crate) fn is_ours(error: &ServerError) -> bool {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    matches!(code, Some(Value::String(code)) if code == OURS)
}

/// An error with a code that no resolver made.
pub(crate) fn coded(code: &'static str, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code);
    error
}

/// A request that asks for too much; the message names the limit.
pub(crate) fn too_complex(message: impl Into<String>) -> ServerError {
    coded("QUERY_TOO_COMPLEX", message)
}

/// What took longer than a request may.
pub(crate) fn given_up(limit: Duration) -> async_graphql::Error {
    let message = format!("The request took longer than {limit:?} and was given up.");
    async_graphql::Error { extensions: too_complex("").extensions, ..async_graphql::Error::new(message) }
}

/// An error of a whole request, which has no place in its document.
pub(crate) fn of_request(error: async_graphql::Error) -> ServerError {
    ServerError { locations: Vec::new(), ..error.into_server_error(Pos::default()) }
}

/// A document that makes no sense.
pub(crate) fn invalid(message: impl Into<String>) -> ServerError {
    coded("GRAPHQL_VALIDATION_FAILED", message)
}

/// A request that cannot be read.
pub(crate) fn bad_input(message: impl Into<String>) -> ServerError {
    coded("BAD_USER_INPUT", message)
}

/// Completes the errors of a response: each gets a code, if it has none, and the request's id.
pub(crate) fn complete(errors: &mut [ServerError], request_id: &str) {
    for error in errors {
        if error.extensions.as_ref().is_none_or(|extensions| extensions.get("code").is_none()) {
            add_code(error);
        }
        error.extensions.get_or_insert_default().set("requestId", Value::from(request_id));
    }
}

/// The code of an error that async-graphql made: it knows none.
fn add_code(error: &mut ServerError) {
    let code = if error.message == "Query is too complex." {
        error.message =
            format!("The operation costs more than {} fields, each row of a page counted.", limits::COMPLEXITY);
        "QUERY_TOO_COMPLEX"
    } else if error.path.is_empty() {
        // It was found before anything ran.
        "GRAPHQL_VALIDATION_FAILED"
    } else {
        "BAD_USER_INPUT"
    };
    error.extensions.get_or_insert_default().set("code", code);
}
