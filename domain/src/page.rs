//! Pages of a list: which part of an order somebody asked for, and what was found.

use crate::{Error, Result};

/// The most rows a page may have.
pub const MAX: u64 = 100;
/// The rows of a page when nobody says how many.
pub const DEFAULT: u64 = 25;

/// Which part of a list is wanted. Cursors are positions in the list's own order.
#[derive(Clone, Debug)]
pub struct Window<C> {
    /// Only what comes after this.
    pub after: Option<C>,
    /// Only what comes before this.
    pub before: Option<C>,
    /// How many rows at most.
    pub limit: u64,
    /// Count from the end of the list instead of its beginning.
    pub from_end: bool,
}

impl<C> Window<C> {
    /// The window that Relay's four arguments describe; BadInput when they contradict each other or ask for too much.
    pub fn new(first: Option<i32>, last: Option<i32>, after: Option<C>, before: Option<C>) -> Result<Self> {
        let (wanted, from_end) = match (first, last) {
            (Some(_), Some(_)) => return Err(Error::BadInput("Give first or last, not both.".to_owned())),
            (first, None) => (first, false),
            (None, last) => (last, true),
        };
        let limit = match wanted.map(u64::try_from) {
            None => DEFAULT,
            Some(Ok(limit)) if limit <= MAX => limit,
            Some(_) => return Err(Error::BadInput(format!("A page has 0 to {MAX} rows."))),
        };
        Ok(Self { after, before, limit, from_end })
    }
}

/// The rows of a window, in the list's order.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether rows follow.
    pub has_next: bool,
    /// Whether rows precede.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// Makes a page of rows that were read in the window's direction with one more than its limit, which only tells
    /// that there is more.
    pub fn cut<C>(mut rows: Vec<T>, window: &Window<C>) -> Self {
        let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if window.from_end {
            rows.reverse();
            return Self { rows, has_next: window.before.is_some(), has_previous: more };
        }
        Self { rows, has_next: more, has_previous: window.after.is_some() }
    }

    /// The same page with every row made into something else.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(make).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }
}
