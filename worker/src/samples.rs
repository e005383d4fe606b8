//! Every mail with sample data, to be looked at without making it happen; and whom and what all samples are about.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use entity::{language::Language, outbox::Kind};
use sea_orm::Iterable;

use crate::{
    captured::CapturedMail,
    catalogue::Key,
    templates::TemplateError,
    wording::{MailSettings, Values, folder},
};

/// The workspace that samples are about.
pub const WORKSPACE: &str = "Harbour Coffee";
/// Who invites in samples.
pub const INVITER: &str = "Alice Jansone";
/// Who is invited in samples.
pub const PERSON: &str = "Maria Ozola";
/// The address of who is invited in samples.
pub const ADDRESS: &str = "maria@example.com";
/// The locations that samples grant.
pub const LOCATIONS: [&str; 2] = ["Riga", "Jelgava"];
/// The lines that the inviter writes in samples.
pub const MESSAGE: [&str; 2] = ["We open at eight.", "See you on Monday!"];

impl MailSettings {
    /// One mail of each kind, as it would be written `now`. Its id is the folder of its templates and the language.
    pub fn samples(&self, language: Language, now: DateTime<Utc>) -> Result<Vec<CapturedMail>, TemplateError> {
        Kind::iter().map(|kind| self.sample(kind, language, now)).collect()
    }

    fn sample(&self, kind: Kind, language: Language, now: DateTime<Utc>) -> Result<CapturedMail, TemplateError> {
        let values = self.sample_values(now);
        let wording = self.wording(language, kind, &values)?;
        let id = format!("{}.{}", folder(kind), language.tag());
        Ok(CapturedMail {
            to: values.recipient,
            from: self.from.clone(),
            subject: wording.subject,
            text: wording.text,
            html: wording.html,
            message_id: format!("<{id}@{}>", self.public_url.host_str().unwrap_or("localhost")),
            date: now.to_rfc3339_opts(SecondsFormat::Secs, true),
            id,
        })
    }

    /// The same for all: a template takes what it needs.
    fn sample_values(&self, now: DateTime<Utc>) -> Values {
        let texts = |texts: [&str; 2]| texts.map(str::to_owned).into();
        Values {
            usher: self.public_url.to_string(),
            recipient: ADDRESS.to_owned(),
            link: self.link_to(&["mail", "preview"]),
            workspace: WORKSPACE.to_owned(),
            inviter: Some(INVITER.to_owned()),
            person: PERSON.to_owned(),
            role: Key("role-user"),
            locations: texts(LOCATIONS),
            message: texts(MESSAGE),
            ends: Some(now + TimeDelta::days(7)),
        }
    }
}
