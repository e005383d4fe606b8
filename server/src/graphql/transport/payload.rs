//! A response as it is written to whoever follows a subscription.

use async_graphql::{Response, Value};

/// A response in JSON. Bytes in it are JSON that has been written before, for all who follow the same: they are put in as they
/// are.
pub(super) fn json(response: &Response) -> serde_json::Result<String> {
    match written(&response.data) {
        Some((key, text)) => Ok(format!(r#"{{"data":{{"{key}":{text}}}}}"#)),
        None => serde_json::to_string(response),
    }
}

/// The key and the text of data with one field, which is written already.
fn written(data: &Value) -> Option<(&str, &str)> {
    let Value::Object(fields) = data else { return None };
    match fields.first()? {
        (key, Value::Binary(text)) => Some((key, std::str::from_utf8(text).ok()?)),
        _ => None,
    }
}
