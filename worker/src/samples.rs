//! Every mail with sample data, to be looked at without making it happen.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use entity::{language::Language, outbox::Kind};
use sea_orm::Iterable;

use crate::{
    captured::CapturedMail,
    catalogue::Key,
    templates::TemplateError,
    wording::{MailSettings, Values, folder},
};

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
            recipient: "maria@example.com".to_owned(),
            link: self.link_to(&["mail", "preview"]),
            workspace: "Harbour Coffee".to_owned(),
            inviter: Some("Alice Jansone".to_owned()),
            person: "Maria Ozola".to_owned(),
            role: Key("role-user"),
            locations: texts(["Riga", "Jelgava"]),
            message: texts(["We open at eight.", "See you on Monday!"]),
            ends: Some(now + TimeDelta::days(7)),
        }
    }
}
