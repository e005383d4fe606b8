//! Catalogues: every text that people read, by its key, one catalogue a language. Their messages are in
//! `templates/text`, in files of Fluent, and a folder of the operator's may word some of them anew.

use std::{fmt, path::Path};

use chrono::{DateTime, Datelike, Utc};
use entity::language::Language;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use serde::Serialize;
use serde_json::Value;

use crate::templates::{self, TemplateError};

/// The key of a message, where the program and not a template chooses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Key(pub &'static str);

/// The texts of one language.
pub struct Catalogue {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue").field("language", &self.language).finish_non_exhaustive()
    }
}

impl Catalogue {
    /// Reads the built-in messages of a language; those of the same keys in `overrides` take their place.
    pub fn load(language: Language, overrides: Option<&Path>) -> Result<Self, TemplateError> {
        let tag = language.tag();
        let parsed = tag.parse().map_err(|_| TemplateError { path: tag.to_owned(), problem: "no language".to_owned() });
        let mut bundle = FluentBundle::new_concurrent(vec![parsed?]);
        // Only what needs it is isolated, see `isolated`: the marks are seen by programs that read a mail.
        bundle.set_use_isolating(false);
        for path in templates::paths(&format!("text/{tag}/")) {
            for text in templates::texts(&path, overrides)? {
                bundle.add_resource_overriding(parse(&path, text)?);
            }
        }
        Ok(Self { language, bundle })
    }

    /// The text of a message, with its places filled; the error says what is missing.
    pub fn text<'a>(
        &self,
        key: &str,
        values: impl IntoIterator<Item = (&'a str, &'a Value)>,
    ) -> Result<String, TemplateError> {
        let mut filling = FluentArgs::new();
        for (name, value) in values {
            filling.set(name, filled(value));
        }
        self.format(key, &filling)
    }

    /// A point in time, as people of this language write it.
    pub fn moment(&self, time: DateTime<Utc>) -> Result<String, TemplateError> {
        let mut filling = FluentArgs::new();
        filling.set("day", time.day());
        filling.set("month", time.month());
        filling.set("year", time.year().to_string());
        filling.set("hour", time.format("%H").to_string());
        filling.set("minute", time.format("%M").to_string());
        self.format("moment", &filling)
    }

    fn format(&self, key: &str, filling: &FluentArgs<'_>) -> Result<String, TemplateError> {
        let failed = |problem: String| TemplateError { path: format!("text/{}/{key}", self.language.tag()), problem };
        let message = self.bundle.get_message(key).and_then(|message| message.value());
        let message = message.ok_or_else(|| failed("there is no such message".to_owned()))?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(message, Some(filling), &mut errors);
        match errors.first() {
            None => Ok(text.into_owned()),
            Some(error) => Err(failed(error.to_string())),
        }
    }
}

fn parse(path: &str, text: String) -> Result<FluentResource, TemplateError> {
    FluentResource::try_new(text).map_err(|(_, errors)| {
        let problems: Vec<String> = errors.iter().map(ToString::to_string).collect();
        TemplateError { path: path.to_owned(), problem: problems.join("; ") }
    })
}

fn filled(value: &Value) -> FluentValue<'_> {
    match value {
        Value::String(text) if reads_from_the_right(text) => format!("\u{2068}{text}\u{2069}").into(),
        Value::String(text) => text.as_str().into(),
        Value::Number(number) => number.as_f64().unwrap_or_default().into(),
        Value::Null => "".into(),
        other => other.to_string().into(),
    }
}

/// Whether a name is of a script that is written from right to left. In a sentence of another script it is isolated, so
/// that it does not turn around what stands beside it.
fn reads_from_the_right(text: &str) -> bool {
    let of_such_a_script = |c| {
        matches!(c, '\u{590}'..='\u{8FF}' | '\u{200F}' | '\u{FB1D}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
    };
    text.chars().any(of_such_a_script)
}
