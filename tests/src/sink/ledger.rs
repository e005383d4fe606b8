//! What the sink has seen: mails taken, and who is being delivered to.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Received {
    /// The address of the envelope.
    pub recipient: String,
    /// Headers and body.
    pub content: String,
    /// When it was taken.
    pub at: Instant,
    /// Whether the client was not told, or so late that it may have gone.
    pub cut: bool,
}

#[derive(Default)]
pub(super) struct Ledger(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    received: Vec<Received>,
    under_way: HashSet<String>,
    /// How many mails have begun, and which of them are neither taken nor given up.
    begun: usize,
    open: HashSet<usize>,
    at_once: Vec<String>,
    greylisted: HashSet<String>,
}

impl Ledger {
    pub(super) fn received(&self) -> Vec<Received> {
        self.pages().received.clone()
    }

    pub(super) fn at_once(&self) -> Vec<String> {
        self.pages().at_once.clone()
    }

    /// How old the last mail to each address is.
    pub(super) fn ages(&self) -> HashMap<String, Duration> {
        self.pages().received.iter().map(|mail| (mail.recipient.clone(), mail.at.elapsed())).collect()
    }

    /// The mails that are neither taken nor given up.
    pub(super) fn open(&self) -> HashSet<usize> {
        self.pages().open.clone()
    }

    /// Whether this address was seen before.
    pub(super) fn knows(&self, recipient: &str) -> bool {
        !self.pages().greylisted.insert(recipient.to_owned())
    }

    /// A mail to this address begins.
    pub(super) fn begin(&self, recipient: &str) -> UnderWay<'_> {
        let mut pages = self.pages();
        if !pages.under_way.insert(recipient.to_owned()) {
            pages.at_once.push(recipient.to_owned());
        }
        pages.begun += 1;
        let number = pages.begun;
        pages.open.insert(number);
        UnderWay { ledger: self, number, recipient: recipient.to_owned() }
    }

    /// The client was told in time that this mail was taken, or was gone by itself.
    pub(super) fn told(&self, place: usize) {
        self.pages().received[place].cut = false;
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A mail in its dialogue, until it is dropped.
pub(super) struct UnderWay<'a> {
    ledger: &'a Ledger,
    number: usize,
    recipient: String,
}

impl UnderWay<'_> {
    /// It is taken. Answers its place.
    pub(super) fn take(&self, content: String) -> usize {
        let mut pages = self.ledger.pages();
        let recipient = self.recipient.clone();
        pages.received.push(Received { recipient, content, at: Instant::now(), cut: true });
        pages.open.remove(&self.number);
        pages.received.len() - 1
    }

    /// It will not be taken.
    pub(super) fn give_up(&self) {
        self.ledger.pages().open.remove(&self.number);
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut pages = self.ledger.pages();
        pages.under_way.remove(&self.recipient);
        pages.open.remove(&self.number);
    }
}
