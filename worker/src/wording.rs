//! What mails say: their templates, filled and with their styles written into each element.

use std::path::Path;

use chrono::{DateTime, Utc};
use entity::{language::Language, outbox::Kind};
use serde::Serialize;
use url::Url;

use crate::{
    catalogue::Key,
    inliner::Inliner,
    templates::{Escape, TemplateError, Templates},
};

/// What all mails have in common.
#[derive(Clone, Debug)]
pub struct MailSettings {
    pub(crate) from: String,
    pub(crate) public_url: Url,
    text: Templates,
    html: Templates,
    inliner: Inliner,
}

/// What templates of mails are filled with; what a mail does not need is empty.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Values {
    pub(crate) usher: String,
    pub(crate) recipient: String,
    pub(crate) link: String,
    pub(crate) workspace: String,
    pub(crate) inviter: Option<String>,
    pub(crate) person: String,
    pub(crate) role: Key,
    pub(crate) locations: Vec<String>,
    pub(crate) message: Vec<String>,
    pub(crate) ends: Option<DateTime<Utc>>,
}

/// What a mail says.
#[derive(Debug)]
pub(crate) struct Wording {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl MailSettings {
    /// `from` is the sender, `public_url` what links begin with, `overrides` a folder of templates. Fails when one of its
    /// templates does not compile.
    pub fn new(from: &str, public_url: Url, overrides: Option<&Path>) -> Result<Self, TemplateError> {
        Ok(Self {
            from: from.to_owned(),
            public_url,
            text: Templates::load("mail", ".txt.hbs", Escape::None, overrides)?,
            html: Templates::load("mail", ".html.hbs", Escape::Html, overrides)?,
            inliner: Inliner::new(),
        })
    }

    /// What a mail of this kind says with these values.
    pub(crate) fn wording(&self, language: Language, kind: Kind, values: &Values) -> Result<Wording, TemplateError> {
        let folder = folder(kind);
        let body = format!("{folder}/body");
        let subject = self.text.render(language, &format!("{folder}/subject"), values)?;
        let html = self.html.render(language, &body, values)?;
        Ok(Wording {
            subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
            text: self.text.render(language, &body, values)?,
            html: self
                .inliner
                .inline(&html)
                .map_err(|error| TemplateError { path: body, problem: error.to_string() })?,
        })
    }

    /// The address of one of our pages.
    pub(crate) fn link_to(&self, segments: &[&str]) -> String {
        let mut url = self.public_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url.to_string()
    }
}

/// The folder of a mail's templates.
pub(crate) const fn folder(kind: Kind) -> &'static str {
    match kind {
        Kind::Invitation => "invitation",
        Kind::InvitationAccepted => "invitation-accepted",
        Kind::VerifyEmail => "verify-email",
        Kind::AddressInUse => "address-in-use",
        Kind::ResetPassword => "reset-password",
        Kind::PasswordChanged => "password-changed",
        Kind::Test => "test",
        Kind::WorkspaceDeleted => "workspace-deleted",
    }
}
