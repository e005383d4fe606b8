//! Objects as the API answered them.

use std::ops::Deref;

use serde_json::Value;

/// A GraphQL object, or another value, as it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object(Value);

impl Object {
    /// From what was answered.
    pub fn new(value: Value) -> Self {
        Self(value)
    }

    /// Its id.
    #[track_caller]
    pub fn id(&self) -> &str {
        self.text("/id")
    }

    /// What is at a path, which must have been asked for.
    #[track_caller]
    pub fn at(&self, path: &str) -> &Value {
        let Some(value) = self.0.pointer(path) else { panic!("nothing at {path} in {:#}", self.0) };
        value
    }

    /// The text at a path.
    #[track_caller]
    pub fn text(&self, path: &str) -> &str {
        let Some(text) = self.at(path).as_str() else { panic!("no text at {path} in {:#}", self.0) };
        text
    }

    /// The objects in the list at a path.
    #[track_caller]
    pub fn list(&self, path: &str) -> Vec<Self> {
        let Some(list) = self.at(path).as_array() else { panic!("no list at {path} in {:#}", self.0) };
        list.iter().cloned().map(Self).collect()
    }

    /// The text at `inner` of each object in the list at `path`.
    #[track_caller]
    pub fn texts(&self, path: &str, inner: &str) -> Vec<String> {
        self.list(path).iter().map(|object| object.text(inner).to_owned()).collect()
    }
}

impl Deref for Object {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}
