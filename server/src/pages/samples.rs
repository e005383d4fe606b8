//! Every page with sample data, to be looked at without making it happen. Each page's own module fills its own values, so
//! that a sample has whatever the page has.

use chrono::{DateTime, TimeDelta, Utc};
use entity::language::Language;
use serde::Serialize;
use serde_json::Value;
use worker::catalogue::Catalogue;
pub(super) use worker::samples::{ADDRESS, INVITER, LOCATIONS, MESSAGE, PERSON, WORKSPACE};

use super::{
    account, cancel_deletion, console, failure, failure::Failure, forgot, home, join, label::Moment, link, login, mail,
    playground, register, reset, verify, visit::Frame,
};
use crate::Site;

/// The address of who invites in samples, and is signed in where somebody is.
pub(super) const INVITER_ADDRESS: &str = "alice@example.com";
/// What stands for the token of a link in samples; it leads nowhere.
pub(super) const TOKEN: &str = "sample";

/// A page with sample data.
pub(super) struct Sample {
    pub(super) template: &'static str,
    values: Value,
}

impl Sample {
    /// The page in a language.
    pub(super) fn page(&self, site: &Site, language: Language) -> Result<String, Failure> {
        Ok(site.pages.render(language, self.template, &self.values)?)
    }
}

/// Pages with sample data, gathered from their modules.
pub(super) struct Samples<'a> {
    /// The texts of their language.
    pub(super) catalogue: &'a Catalogue,
    pub(super) now: DateTime<Utc>,
    pages: Vec<Sample>,
}

impl<'a> Samples<'a> {
    /// One of each page, as it would be `now`.
    pub(super) fn all(catalogue: &'a Catalogue, now: DateTime<Utc>) -> Result<Vec<Sample>, Failure> {
        let mut all = Self { catalogue, now, pages: Vec::new() };
        home::sample(&mut all)?;
        join::sample(&mut all)?;
        link::sample(&mut all)?;
        login::sample(&mut all)?;
        register::sample(&mut all)?;
        verify::sample(&mut all)?;
        forgot::sample(&mut all)?;
        reset::sample(&mut all)?;
        failure::sample(&mut all)?;
        cancel_deletion::sample(&mut all)?;
        account::sample(&mut all)?;
        console::samples(&mut all)?;
        playground::sample(&mut all)?;
        mail::sample(&mut all)?;
        Ok(all.pages)
    }

    /// Adds a page as a stranger sees it.
    pub(super) fn signed_out(&mut self, template: &'static str, values: impl Serialize) -> Result<(), Failure> {
        self.add(template, None, values)
    }

    /// Adds a page as somebody signed in sees it.
    pub(super) fn signed_in(&mut self, template: &'static str, values: impl Serialize) -> Result<(), Failure> {
        self.add(template, Some(INVITER), values)
    }

    fn add(&mut self, template: &'static str, viewer: Option<&str>, values: impl Serialize) -> Result<(), Failure> {
        let values = serde_json::to_value(Frame::without_visit(viewer, values)).map_err(domain::Error::internal)?;
        self.pages.push(Sample { template, values });
        Ok(())
    }

    /// When something was done.
    pub(super) fn began(&self) -> Moment {
        self.now.into()
    }

    /// When something ends.
    pub(super) fn ends(&self) -> Moment {
        (self.now + TimeDelta::days(7)).into()
    }
}

/// Texts as pages hold them.
pub(super) fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}
