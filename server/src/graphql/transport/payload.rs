//! A response as it is written to whoever follows a subscription.

use async_graphql::{Response, Value};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

/// A response. Bytes in it are JSON that has been written before, for all who follow the same.
#[derive(Debug)]
pub(super) struct Payload<'a>(pub(super) &'a Response);

/// The data of a response with one field, which is written already.
struct Written<'a>(&'a str, &'a RawValue);

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(written) = written(&self.0.data) else { return self.0.serialize(serializer) };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("data", &written)?;
        map.end()
    }
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, self.1)?;
        map.end()
    }
}

fn written(data: &Value) -> Option<Written<'_>> {
    let Value::Object(fields) = data else { return None };
    match fields.first()? {
        (name, Value::Binary(text)) => Some(Written(name, serde_json::from_slice(text).ok()?)),
        _ => None,
    }
}
