//! The parameters of a request: from a body, from a query string, or from a message.

use async_graphql::{Name, Value, indexmap::IndexMap};
use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde::{Deserialize, de::DeserializeOwned};

use super::{media::JSON, refusal::Refusal, values};

/// The parameters of a request.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    #[serde(default)]
    pub(super) query: Option<String>,
    #[serde(default)]
    pub(super) operation_name: Option<String>,
    #[serde(default, deserialize_with = "values::object")]
    pub(super) variables: IndexMap<Name, Value>,
    #[serde(default, deserialize_with = "values::object")]
    extensions: IndexMap<Name, Value>,
}

/// An object of its own in a query string.
#[derive(Deserialize)]
#[serde(transparent)]
struct Object(#[serde(deserialize_with = "values::object")] IndexMap<Name, Value>);

impl Parameters {
    /// Of a body, by its content type.
    pub(super) fn from_body(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
        let is_json = parts.next().as_deref() == Some(JSON);
        let is_utf8 =
            parts.all(|part| part.strip_prefix("charset=").is_none_or(|set| set.trim_matches('"') == "utf-8"));
        if !(is_json && is_utf8) {
            let message = "Send a JSON body in UTF-8, with content-type: application/json.";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        Self::from_json(body)
    }

    /// Of a text in JSON.
    pub(super) fn from_json(text: &[u8]) -> Result<Self, Refusal> {
        match text.trim_ascii_start().first() {
            // A struct could be read from a list, too.
            Some(b'{') | None => read(text),
            Some(b'[') => {
                Err(Refusal::bad_request("Send one request at a time: batches of more than 1 are not taken."))
            }
            Some(_) => Err(Refusal::bad_request("The request must be one JSON object.")),
        }
    }

    /// Of a query string.
    pub(super) fn from_query(query: &str) -> Result<Self, Refusal> {
        let mut parameters = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "query" => parameters.query = Some(value.into_owned()),
                // An empty one says as much as none, by the specification.
                "operationName" => parameters.operation_name = Some(value.into_owned()).filter(|name| !name.is_empty()),
                "variables" => parameters.variables = read::<Object>(value.as_bytes())?.0,
                "extensions" => parameters.extensions = read::<Object>(value.as_bytes())?.0,
                _ => {}
            }
        }
        Ok(parameters)
    }

    /// The SHA-256 of a persisted query.
    pub(super) fn hash(&self) -> Result<Option<&str>, Refusal> {
        let Some(persisted) = self.extensions.get("persistedQuery") else { return Ok(None) };
        let Value::Object(persisted) = persisted else { return Err(not_persisted()) };
        match (persisted.get("version"), persisted.get("sha256Hash")) {
            (Some(Value::Number(version)), Some(Value::String(hash))) if version.as_u64() == Some(1) => Ok(Some(hash)),
            _ => Err(not_persisted()),
        }
    }
}

fn not_persisted() -> Refusal {
    Refusal::bad_request("extensions.persistedQuery must be {\"version\": 1, \"sha256Hash\": …}.")
}

fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(text).map_err(|error| {
        let what = if error.is_data() { "The request is malformed" } else { "This is not JSON" };
        Refusal::bad_request(format!("{what}: {error}."))
    })
}
