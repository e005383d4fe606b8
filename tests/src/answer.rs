//! Answers of the GraphQL API, read the way stories speak of them.

use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::Value;

use crate::Object;

/// An answer. Paths begin at the payload when a mutation was asked, else at `data`.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status of the response.
    pub status: StatusCode,
    /// The headers of the response.
    pub headers: HeaderMap,
    body: Value,
    root: String,
}

/// An expected outcome of a mutation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// Its code.
    pub code: String,
    /// The path inside the input, with dots between its parts; empty when there is none.
    pub field: String,
}

impl Answer {
    pub(crate) fn new(response: Response<String>, root: &str) -> Self {
        let (parts, body) = response.into_parts();
        let body = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{}: {error}: {body}", parts.status));
        Self { status: parts.status, headers: parts.headers, body, root: format!("/data{root}") }
    }

    /// What is at a path, if there is anything.
    pub(crate) fn find(&self, path: &str) -> Option<&Value> {
        self.body.pointer(&format!("{}{path}", self.root))
    }

    /// What is at a path, whatever errors there are.
    #[track_caller]
    pub fn data(&self, path: &str) -> &Value {
        let Some(value) = self.find(path) else { panic!("nothing at {}{path} in {:#}", self.root, self.body) };
        value
    }

    /// The text at a path of an answer without errors.
    #[track_caller]
    pub fn text(&self, path: &str) -> String {
        self.object("").text(path).to_owned()
    }

    /// What is at a path of an answer without errors.
    #[track_caller]
    pub fn object(&self, path: &str) -> Object {
        self.succeeds();
        Object::new(self.data(path).clone())
    }

    /// There is no error of any kind.
    #[track_caller]
    pub fn succeeds(&self) {
        assert!(self.body.get("errors").is_none(), "there are errors: {:#}", self.body);
        assert_eq!(self.all_user_errors(), [], "there are userErrors: {:#}", self.body);
    }

    /// Whether there is no error of any kind: for what may go one way or the other.
    pub fn is_done(&self) -> bool {
        self.body.get("errors").is_none() && self.all_user_errors().is_empty()
    }

    /// Whether a mutation ran and said what came of it: there is no top-level error.
    pub fn is_answered(&self) -> bool {
        self.body.get("errors").is_none()
    }

    /// The expected outcomes of a mutation, of which there is at least one.
    #[track_caller]
    pub fn user_errors(&self) -> Vec<UserError> {
        let errors = self.all_user_errors();
        assert!(!errors.is_empty(), "there are no userErrors: {:#}", self.body);
        errors
    }

    fn all_user_errors(&self) -> Vec<UserError> {
        self.body.pointer(&format!("{}/userErrors", self.root)).map(UserError::read).unwrap_or_default()
    }

    /// The code of the one expected outcome.
    #[track_caller]
    pub fn user_error(&self) -> String {
        self.one_user_error().code
    }

    /// The field of the one expected outcome.
    #[track_caller]
    pub fn user_error_field(&self) -> String {
        self.one_user_error().field
    }

    #[track_caller]
    fn one_user_error(&self) -> UserError {
        let [error] = &self.user_errors()[..] else { panic!("more than one userError: {:#}", self.body) };
        error.clone()
    }

    /// The code of the one top-level error.
    #[track_caller]
    pub fn error_code(&self) -> String {
        let errors = self.body.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let [error] = errors else { panic!("there is not one error: {:#}", self.body) };
        let Some(code) = error.pointer("/extensions/code").and_then(Value::as_str) else {
            panic!("an error without a code: {:#}", self.body);
        };
        code.to_owned()
    }

    /// The field of the input that the one top-level error is about, with dots between its parts; the message names it
    /// too.
    #[track_caller]
    pub fn error_field(&self) -> String {
        self.error_code();
        let field = self.body.pointer("/errors/0/extensions/field").and_then(Value::as_array);
        let field = field.map(|path| path.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("."));
        let field = field.unwrap_or_else(|| panic!("an error without a field: {:#}", self.body));
        let message = self.body.pointer("/errors/0/message").and_then(Value::as_str).unwrap_or_default();
        assert!(message.starts_with(&format!("{field}: ")), "{message}");
        field
    }

    /// How many seconds to wait, of an answer that a limit refused.
    #[track_caller]
    pub fn retry_after(&self) -> u64 {
        assert_eq!(self.error_code(), "RATE_LIMITED");
        let seconds = self.body.pointer("/errors/0/extensions/retryAfter").and_then(Value::as_u64);
        seconds.unwrap_or_else(|| panic!("no retryAfter: {:#}", self.body))
    }
}

impl UserError {
    /// Reads a list of `userErrors`; each must have a sentence for people.
    pub fn read(errors: &Value) -> Vec<Self> {
        let errors = errors.as_array().expect("userErrors is a list");
        errors.iter().map(Self::read_one).collect()
    }

    fn read_one(error: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        assert!(text(&error["message"]).ends_with('.'), "the message is a sentence: {error:#}");
        let path = error["field"].as_array().map(|path| path.iter().map(text).collect::<Vec<_>>());
        Self { code: text(&error["code"]), field: path.unwrap_or_default().join(".") }
    }
}
