//! Templates: built into the binary, and taken from a folder instead where that has a file of the same name.

use std::{borrow::Cow, path::Path, sync::Arc};

use entity::language::Language;
use handlebars::{Handlebars, Template};
use rust_embed::RustEmbed;
use serde::Serialize;

use crate::{catalogue::Catalogue, translate};

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

/// The templates below one folder whose names end alike, in every language. Strict: a name that nothing fills is an error.
#[derive(Clone, Debug)]
pub struct Templates {
    /// In the order of [`Language::ALL`].
    languages: Vec<(Arc<Catalogue>, Handlebars<'static>)>,
}

impl Templates {
    /// Those below `folder` that end in `suffix`, named by their path without both; `overrides` is the folder whose files
    /// take the place of the built-in ones.
    pub fn load(folder: &str, suffix: &str, escape: Escape, overrides: Option<&Path>) -> Result<Self, TemplateError> {
        let mut templates = Vec::new();
        for path in paths(folder) {
            let Some(name) = path.strip_prefix(folder).and_then(|name| name.strip_suffix(suffix)) else { continue };
            let text = texts(&path, overrides)?.pop().unwrap_or_default();
            let template = Template::compile(&text)
                .map_err(|error| TemplateError { path: path.to_string(), problem: error.to_string() })?;
            templates.push((name.trim_start_matches('/').to_owned(), template));
        }
        let languages = Language::ALL.into_iter().map(|language| {
            let catalogue = Arc::new(Catalogue::load(language, overrides)?);
            let registry = registry(escape, &templates, &catalogue);
            Ok((catalogue, registry))
        });
        Ok(Self { languages: languages.collect::<Result<_, TemplateError>>()? })
    }

    /// Fills the template `name` in a language; the error names what it could not fill.
    pub fn render(&self, language: Language, name: &str, values: &impl Serialize) -> Result<String, TemplateError> {
        let failed =
            |error: handlebars::RenderError| TemplateError { path: name.to_owned(), problem: error.to_string() };
        self.languages[language as usize].1.render(name, values).map_err(failed)
    }

    /// The texts of a language.
    pub fn catalogue(&self, language: Language) -> &Catalogue {
        &self.languages[language as usize].0
    }
}

fn registry(escape: Escape, templates: &[(String, Template)], catalogue: &Arc<Catalogue>) -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    if escape == Escape::None {
        registry.register_escape_fn(handlebars::no_escape);
    }
    translate::register(&mut registry, catalogue);
    for (name, template) in templates {
        registry.register_template(name, template.clone());
    }
    registry
}

/// A built-in file as it is, such as a stylesheet; none when there is no such file.
pub fn file(path: &str, overrides: Option<&Path>) -> Option<Vec<u8>> {
    let built_in = BuiltIn::get(path)?;
    let own = overrides.and_then(|folder| std::fs::read(folder.join(path)).ok());
    Some(own.unwrap_or_else(|| built_in.data.into_owned()))
}

/// The paths of the built-in files that begin with `prefix`.
pub(crate) fn paths(prefix: &str) -> impl Iterator<Item = Cow<'static, str>> {
    BuiltIn::iter().filter(move |path| path.starts_with(prefix))
}

/// The built-in file, and after it the operator's of the same name.
pub(crate) fn texts(path: &str, overrides: Option<&Path>) -> Result<Vec<String>, TemplateError> {
    let failed = |problem: String| TemplateError { path: path.to_owned(), problem };
    let built_in = BuiltIn::get(path).ok_or_else(|| failed("not built in".to_owned()))?;
    let mut texts = vec![String::from_utf8(built_in.data.into_owned()).map_err(|error| failed(error.to_string()))?];
    if let Some(own) = overrides.map(|folder| folder.join(path)).filter(|own| own.exists()) {
        texts.push(std::fs::read_to_string(own).map_err(|error| failed(error.to_string()))?);
    }
    Ok(texts)
}
