//! Lists of the console: what the address of one asks for, the part of it that is shown, and the way to the other parts.

use domain::page::{Page, Window};
use serde::{Deserialize, Serialize};
use worker::catalogue::Key;

use crate::{graphql::connection::Position, pages::failure::Failure};

/// How many rows a list shows at once.
const ROWS: u64 = 25;

/// What the address of a list asks for.
#[derive(Default, Deserialize)]
pub(super) struct Question {
    /// The value of its filter.
    #[serde(default, alias = "status", alias = "role")]
    pub(super) only: String,
    #[serde(default)]
    pub(super) search: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    before: String,
}

impl Question {
    /// The part of the list that its cursors ask for; one that cannot be read leads nowhere.
    pub(super) fn window<C: Position>(&self) -> Result<Window<C>, Failure> {
        let read = |text: &str| match text {
            "" => Ok(None),
            text => C::read(text).map(Some).map_err(|_| Failure::NotFound),
        };
        let (after, before) = (read(&self.after)?, read(&self.before)?);
        Ok(Window { from_end: before.is_some(), after, before, limit: ROWS })
    }

    /// The options of its filter, the chosen one marked.
    pub(super) fn options<T: Copy>(&self, all: &[(&'static str, T)], label: impl Fn(T) -> Key) -> Vec<FilterOption> {
        let option = |(value, what): &(&'static str, T)| FilterOption {
            value,
            label: label(*what),
            chosen: *value == self.only,
        };
        all.iter().map(option).collect()
    }

    /// What its filter lets through; everything when none of the options is chosen.
    pub(super) fn chosen<T: Copy>(&self, all: &[(&'static str, T)]) -> Option<T> {
        all.iter().find(|(value, _)| *value == self.only).map(|(_, what)| *what)
    }
}

/// One value of a list's filter.
#[derive(Serialize)]
pub(super) struct FilterOption {
    value: &'static str,
    label: Key,
    chosen: bool,
}

/// Part of a list: its rows, how many there are in all, and the way to the other parts.
#[derive(Serialize)]
pub(super) struct Rows<T> {
    rows: Vec<T>,
    total: u64,
    /// The address of the part before, if there is one.
    previous: Option<String>,
    /// The address of the part after, if there is one.
    next: Option<String>,
}

impl<T> Rows<T> {
    /// The rows of `page`; `address` is the list's own with its filters, `position` where a row stands in it.
    pub(super) fn new<R, C: Position>(
        page: Page<R>,
        total: u64,
        address: &Address,
        position: impl Fn(&R) -> C,
        make: impl FnMut(R) -> T,
    ) -> Self {
        let link = |name: &str, row: Option<&R>| row.map(|row| address.with(name, &position(row).cursor()));
        let previous = link("before", page.rows.first().filter(|_| page.has_previous));
        let next = link("after", page.rows.last().filter(|_| page.has_next));
        Self { previous, next, total, rows: page.rows.into_iter().map(make).collect() }
    }

    /// A part amid a longer list.
    pub(super) fn sample(rows: impl Into<Vec<T>>) -> Self {
        let (previous, next) = (Some("?before=".to_owned()), Some("?after=".to_owned()));
        Self { rows: rows.into(), total: 3 * ROWS, previous, next }
    }

    /// The same part, shown from its end to its beginning.
    pub(super) fn backwards(mut self) -> Self {
        self.rows.reverse();
        Self { previous: self.next, next: self.previous, ..self }
    }
}

/// The address of a list with its filters.
pub(super) struct Address {
    pub(super) path: String,
    pub(super) filters: Vec<(&'static str, String)>,
}

impl Address {
    /// The address with one more parameter.
    fn with(&self, name: &str, value: &str) -> String {
        self.with_all([(name, value)])
    }

    /// The address of the part of the list that `question` asks for.
    pub(super) fn of_part(&self, question: &Question) -> String {
        self.with_all([("after", question.after.as_str()), ("before", question.before.as_str())])
    }

    fn with_all<'a>(&'a self, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let filters = self.filters.iter().map(|(name, value)| (*name, value.as_str()));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(filters.chain(parameters).filter(|(_, value)| !value.is_empty()))
            .finish();
        format!("{}?{query}", self.path).trim_end_matches('?').to_owned()
    }
}
