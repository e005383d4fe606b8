//! Captured mail: kept in memory and shown at /mail, for trying Usher out without a mail server.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;

use crate::message::Mail;

/// How many mails are kept; the oldest goes first.
const KEPT: usize = 1_000;

/// A captured mail, by the names of /mail.json.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapturedMail {
    /// The outbox row's id.
    pub id: String,
    /// To whom.
    pub to: String,
    /// From whom.
    pub from: String,
    /// Subject.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Message-ID, with its angle brackets.
    pub message_id: String,
    /// When it was written, RFC 3339.
    pub date: String,
}

/// The newest 1,000 mails. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Captured(Arc<Mutex<VecDeque<CapturedMail>>>);

impl Captured {
    pub(crate) fn keep(&self, mail: &Mail) {
        let mut mails = self.lock();
        mails.push_front(CapturedMail {
            id: mail.id.to_string(),
            to: mail.to.clone(),
            from: mail.from.clone(),
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            html: mail.html.clone(),
            message_id: mail.message_id.clone(),
            date: mail.date.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        });
        mails.truncate(KEPT);
    }

    /// All of them, newest first.
    pub fn all(&self) -> Vec<CapturedMail> {
        self.lock().iter().cloned().collect()
    }

    /// One of them.
    pub fn find(&self, id: &str) -> Option<CapturedMail> {
        self.lock().iter().find(|mail| mail.id == id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<CapturedMail>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
