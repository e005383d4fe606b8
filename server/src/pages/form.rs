//! What is wrong with a form, sorted by its fields.

use domain::UserError;
use serde::Serialize;
use worker::catalogue::Catalogue;

use super::refusal;

/// The messages beside the fields of a form, and above them what concerns none.
#[derive(Debug, Default, Serialize)]
pub(super) struct FormErrors {
    email: Option<String>,
    name: Option<String>,
    password: Option<String>,
    form: Option<String>,
}

impl FormErrors {
    /// What is said about `errors`, in a language.
    pub(super) fn new(catalogue: &Catalogue, errors: &[UserError]) -> Self {
        let mut sorted = Self::default();
        for error in errors {
            let place = match error.field.last().map(String::as_str) {
                Some("email") => &mut sorted.email,
                Some("name") => &mut sorted.name,
                Some("password") => &mut sorted.password,
                _ => &mut sorted.form,
            };
            place.get_or_insert_with(|| refusal::text(catalogue, error));
        }
        sorted
    }
}
