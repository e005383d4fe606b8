//! The messages of graphql-transport-ws.

use async_graphql::{Response, ServerError};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{super::payload, Close};
use crate::graphql::limits;

/// What a client says.
#[derive(Debug)]
pub(super) enum Incoming {
    /// The beginning, with the token that `payload` holds.
    Init(Option<String>),
    /// Are you there?
    Ping(Option<Box<RawValue>>),
    /// I am here.
    Pong,
    /// An operation, with its parameters in JSON.
    Subscribe(String, Box<RawValue>),
    /// Enough of an operation.
    Complete(String),
}

#[derive(Deserialize)]
struct Envelope {
    r#type: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    payload: Option<Box<RawValue>>,
}

/// What the payload of `subscribe` may hold, unread.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Format<'a> {
    #[serde(borrow, default)]
    query: Option<&'a RawValue>,
    #[serde(borrow, default)]
    operation_name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    variables: Option<&'a RawValue>,
    #[serde(borrow, default)]
    extensions: Option<&'a RawValue>,
}

impl Format<'_> {
    /// The first member that has another type than the protocol gives it. What is null is not there.
    fn wrong(&self) -> Option<&'static str> {
        let members = [
            ("query", self.query, '"'),
            ("operationName", self.operation_name, '"'),
            ("variables", self.variables, '{'),
            ("extensions", self.extensions, '{'),
        ];
        let mut wrong = members.into_iter().filter(|(_, value, begin)| {
            value.is_some_and(|value| value.get() != "null" && !value.get().starts_with(*begin))
        });
        wrong.next().map(|(name, ..)| name)
    }
}

impl Incoming {
    /// Reads a message; what is none closes the connection.
    pub(super) fn read(text: &str) -> Result<Self, Close> {
        if text.len() > limits::MESSAGE {
            return Err(Close::BadRequest(format!("The message is larger than {} bytes", limits::MESSAGE)));
        }
        let wrong = |problem: &str| Close::BadRequest(format!("Invalid message: {problem}"));
        if !text.trim_start().starts_with('{') {
            return Err(wrong("it must be a JSON object"));
        }
        let message: Envelope = serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        if message.payload.as_ref().is_some_and(|payload| !payload.get().starts_with('{')) {
            return Err(wrong("its payload must be an object"));
        }
        let id = message.id.filter(|id| !id.is_empty()).ok_or_else(|| wrong("it has no id"));
        match &*message.r#type {
            "connection_init" => token(message.payload.as_deref()).map(Self::Init),
            "ping" => Ok(Self::Ping(message.payload)),
            "pong" => Ok(Self::Pong),
            "subscribe" => {
                let (id, payload) = (id?, message.payload.ok_or_else(|| wrong("it has no payload"))?);
                let format: Format<'_> =
                    serde_json::from_str(payload.get()).map_err(|error| wrong(&error.to_string()))?;
                match format.wrong() {
                    Some(member) => Err(wrong(&format!("its {member} is of another type"))),
                    None => Ok(Self::Subscribe(id, payload)),
                }
            }
            "complete" => id.map(Self::Complete),
            _ => Err(wrong("its type is none of the protocol's")),
        }
    }
}

/// The text of `authorization`, in whatever case the client writes it.
fn token(payload: Option<&RawValue>) -> Result<Option<String>, Close> {
    let Some(payload) = payload else { return Ok(None) };
    let payload: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(payload.get()).map_err(|error| Close::BadRequest(format!("Invalid message: {error}")))?;
    let found = payload.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    Ok(found.and_then(|(_, value)| value.as_str().map(str::to_owned)))
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Outgoing<'a> {
    /// The connection is ready for operations.
    ConnectionAck,
    /// I am here; with the payload that asked.
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<&'a RawValue>,
    },
    /// A result of an operation; it has been written in part, perhaps.
    #[serde(skip)]
    Next { id: &'a str, result: &'a Response },
    /// An operation that was not executed.
    Error { id: &'a str, payload: &'a [ServerError] },
    /// No more results.
    Complete { id: &'a str },
}

impl Outgoing<'_> {
    /// As it is sent.
    pub(super) fn text(&self) -> serde_json::Result<String> {
        let Self::Next { id, result } = self else { return serde_json::to_string(self) };
        Ok(format!(r#"{{"id":{},"type":"next","payload":{}}}"#, serde_json::to_string(id)?, payload::json(result)?))
    }
}
