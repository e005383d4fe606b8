//! Forms: what they carry, and what is wrong with them, sorted by their fields.

use std::collections::BTreeMap;

use domain::UserError;
use serde::{Deserialize, Serialize};
use worker::catalogue::Catalogue;

use super::refusal;

/// The fields beside which a form says what is wrong, by the last part of their path in the API.
const FIELDS: [&str; 11] = [
    "email",
    "name",
    "password",
    "currentPassword",
    "newPassword",
    "address",
    "role",
    "locationIds",
    "message",
    "csv",
    "toMembershipId",
];
/// What concerns no field, above them.
const FORM: &str = "form";

/// A form that has a button and no field of its own.
#[derive(Deserialize)]
pub(super) struct Pressed {}

/// A field that a page carries on without showing it.
#[derive(Serialize)]
pub(super) struct Hidden<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> From<(&'a str, &'a str)> for Hidden<'a> {
    fn from((name, value): (&'a str, &'a str)) -> Self {
        Self { name, value }
    }
}

/// The messages beside the fields of a form, and above them what concerns none. Every field is there, so that templates
/// can ask for each.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct FormErrors(BTreeMap<&'static str, Option<String>>);

impl Default for FormErrors {
    fn default() -> Self {
        Self(FIELDS.into_iter().chain([FORM]).map(|field| (field, None)).collect())
    }
}

impl FormErrors {
    /// What is said about `errors`, in a language.
    pub(super) fn new(catalogue: &Catalogue, errors: &[UserError]) -> Self {
        let mut sorted = Self::default();
        for error in errors {
            let place = FIELDS.into_iter().find(|field| error.field.last().is_some_and(|last| last == field));
            let message = sorted.0.entry(place.unwrap_or(FORM)).or_default();
            message.get_or_insert_with(|| refusal::text(catalogue, error));
        }
        sorted
    }

    /// Says something else beside `field`.
    pub(super) fn say(&mut self, field: &'static str, message: String) {
        self.0.insert(field, Some(message));
    }
}
