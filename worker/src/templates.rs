//! Templates: built into the binary, and taken from a folder instead where that has a file of the same name.

use std::path::{Path, PathBuf};

use handlebars::Handlebars;
use rust_embed::RustEmbed;
use serde::Serialize;

#[derive(RustEmbed)]
#[folder = "../templates"]
struct BuiltIn;

/// A template that cannot be read or does not compile.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct TemplateError {
    /// The template, relative to the templates folder.
    pub path: String,
    /// What is wrong.
    pub problem: String,
}

/// Whether values are escaped where they are put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// For HTML.
    Html,
    /// Not at all: plain text.
    None,
}

/// The templates below one folder whose names end alike. Strict: a name that nothing fills is an error.
#[derive(Clone, Debug)]
pub struct Templates(Handlebars<'static>);

impl Templates {
    /// Those below `folder` that end in `suffix`, named by their path without both; `overrides` is the folder whose files
    /// take the place of the built-in ones.
    pub fn load(folder: &str, suffix: &str, escape: Escape, overrides: Option<&Path>) -> Result<Self, TemplateError> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        if escape == Escape::None {
            registry.register_escape_fn(handlebars::no_escape);
        }
        for path in BuiltIn::iter() {
            let Some(name) = path.strip_prefix(folder).and_then(|name| name.strip_suffix(suffix)) else { continue };
            let text = text(&path, overrides)?;
            registry
                .register_template_string(name.trim_start_matches('/'), text)
                .map_err(|error| TemplateError { path: path.to_string(), problem: error.to_string() })?;
        }
        Ok(Self(registry))
    }

    /// Fills the template `name`; the error names what it could not fill.
    pub fn render(&self, name: &str, values: &impl Serialize) -> Result<String, TemplateError> {
        let failed =
            |error: handlebars::RenderError| TemplateError { path: name.to_owned(), problem: error.to_string() };
        self.0.render(name, values).map_err(failed)
    }
}

/// A built-in file as it is, such as a stylesheet; none when there is no such file.
pub fn file(path: &str, overrides: Option<&Path>) -> Option<Vec<u8>> {
    let built_in = BuiltIn::get(path)?;
    let own = overrides.and_then(|folder| std::fs::read(folder.join(path)).ok());
    Some(own.unwrap_or_else(|| built_in.data.into_owned()))
}

fn text(path: &str, overrides: Option<&Path>) -> Result<String, TemplateError> {
    let failed = |problem: String| TemplateError { path: path.to_owned(), problem };
    if let Some(own) = overrides.map(|folder: &Path| -> PathBuf { folder.join(path) }).filter(|own| own.exists()) {
        return std::fs::read_to_string(own).map_err(|error| failed(error.to_string()));
    }
    let built_in = BuiltIn::get(path).ok_or_else(|| failed("not built in".to_owned()))?;
    String::from_utf8(built_in.data.into_owned()).map_err(|error| failed(error.to_string()))
}
