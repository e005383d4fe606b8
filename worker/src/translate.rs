//! What templates say in the reader's language: `{{t "key" name=value}}` and `{{moment time}}`. They answer with values,
//! so a template escapes them as it does every other.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use handlebars::{Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, RenderErrorReason, ScopedJson};
use serde_json::Value;

use crate::{catalogue::Catalogue, templates::TemplateError};

/// Teaches a registry the language of a catalogue.
pub(crate) fn register(registry: &mut Handlebars<'_>, catalogue: &Arc<Catalogue>) {
    registry.register_helper("t", Box::new(Text(Arc::clone(catalogue))));
    registry.register_helper("moment", Box::new(Moment(Arc::clone(catalogue))));
}

struct Text(Arc<Catalogue>);

impl HelperDef for Text {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        call: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let values = call.hash().iter().map(|(name, value)| (*name, value.value()));
        answer(self.0.text(text(call)?, values))
    }
}

struct Moment(Arc<Catalogue>);

impl HelperDef for Moment {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        call: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let time = text(call)?.parse::<DateTime<Utc>>().map_err(failed)?;
        answer(self.0.moment(time))
    }
}

fn text<'a>(call: &'a Helper<'_>) -> Result<&'a str, RenderError> {
    let first = call.param(0).and_then(|param| param.value().as_str());
    first.ok_or_else(|| RenderErrorReason::InvalidParamType("a text").into())
}

fn answer<'rc>(text: Result<String, TemplateError>) -> Result<ScopedJson<'rc>, RenderError> {
    text.map(|text| ScopedJson::Derived(Value::String(text))).map_err(failed)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> RenderError {
    RenderErrorReason::NestedError(Box::new(error)).into()
}
