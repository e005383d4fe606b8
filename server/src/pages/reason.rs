//! Why a mail did not leave, as pages tell it: the mail server's words as they are, our own reasons in the reader's language.

use serde::Serialize;
use serde_json::Value;
use worker::{
    catalogue::{Catalogue, Key},
    reason::Reason,
    templates::TemplateError,
};

/// A reason, for a reader.
#[derive(Serialize)]
pub(super) struct Told {
    /// Whether the mail server says so.
    by_server: bool,
    pub(super) words: String,
}

impl Told {
    /// The reason that was kept as `kept`.
    pub(super) fn new(catalogue: &Catalogue, kept: &str) -> Result<Self, TemplateError> {
        let reason = Reason::read(kept);
        let (stage, detail) = (Value::from(reason.stage), Value::from(reason.detail));
        let mut words = match reason.key {
            Some(key) => catalogue.text(key.0, [("stage", &stage), ("detail", &detail)])?,
            None => reason.text.to_owned(),
        };
        if reason.maybe_taken {
            words.push(' ');
            words += &catalogue.text(Key("reason-maybe-taken").0, [])?;
        }
        Ok(Self { by_server: reason.key.is_none() && reason.is_answer, words })
    }
}
