//! The mail of a story: whoever it is addressed to has to take it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use worker::{Captured, CapturedMail};

use crate::{Usher, browser::unescaped};

/// Captured mail, and what of it the story has taken.
pub(crate) struct Mailbox {
    captured: Captured,
    taken: Mutex<HashSet<String>>,
    ignored: AtomicBool,
}

impl Mailbox {
    pub(crate) fn new(captured: Captured) -> Self {
        Self { captured, taken: Mutex::default(), ignored: AtomicBool::new(false) }
    }

    /// What nobody has taken yet, oldest first.
    fn waiting(&self) -> Vec<CapturedMail> {
        let taken = self.taken();
        let mut mails: Vec<_> = self.captured.all().into_iter().filter(|mail| !taken.contains(&mail.id)).collect();
        mails.reverse();
        mails
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<String>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Panics when somebody got mail that the story does not speak of.
    pub(crate) fn nothing_is_left(&self) {
        if !self.ignored.load(Ordering::Relaxed) {
            let waiting = list(&self.waiting());
            assert!(waiting.is_empty(), "mail that nobody has taken: {waiting:?}");
        }
    }
}

fn list(mails: &[CapturedMail]) -> Vec<String> {
    mails.iter().map(|mail| format!("{} to {}", mail.subject, mail.to)).collect()
}

impl Usher {
    /// Takes the oldest mail to this address that has not been taken yet.
    #[track_caller]
    pub fn mail_to(&self, address: &str) -> Mail {
        let waiting = self.mailbox().waiting();
        let Some(mail) = waiting.iter().find(|mail| mail.to == address).cloned() else {
            panic!("no mail to {address}; there is {:?}", list(&waiting));
        };
        self.mailbox().taken().insert(mail.id.clone());
        Mail(mail)
    }

    /// Nobody has got anything but what was taken.
    #[track_caller]
    pub fn no_more_mail(&self) {
        let waiting = list(&self.mailbox().waiting());
        assert!(waiting.is_empty(), "there is more mail: {waiting:?}");
    }

    /// Delivers what waits; the rest of the story's mail is not what it is about.
    pub async fn ignores_mail(&self) {
        self.run_jobs().await;
        self.mailbox().ignored.store(true, Ordering::Relaxed);
    }
}

/// A mail somebody has got.
#[derive(Clone, Debug)]
pub struct Mail(CapturedMail);

impl Mail {
    /// Its subject.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Its plain part.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Its HTML part.
    pub fn html(&self) -> &str {
        &self.0.html
    }

    /// Its Message-ID, with angle brackets.
    pub fn message_id(&self) -> &str {
        &self.0.message_id
    }

    /// The one link behind its button, which is in the plain part as well.
    #[track_caller]
    pub fn link(&self) -> String {
        let links: HashSet<&str> =
            self.html().split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let [link] = Vec::from_iter(links)[..] else { panic!("not one link in {}", self.html()) };
        let link = unescaped(link);
        assert!(
            self.text().lines().any(|line| line == link),
            "{link} is not a line of the plain part: {}",
            self.text()
        );
        link
    }
}
