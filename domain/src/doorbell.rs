//! The doorbell: says "look", never what there is. The truth is always in the tables.

use std::sync::Arc;

use tokio::sync::watch;

/// What there is to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bell {
    /// Outbox rows that are due.
    Outbox,
    /// Events that have no number yet.
    Unnumbered,
    /// Events that have been given their number.
    Events,
}

/// Bells within this process; whoever listens also looks once a second, which covers other processes.
#[derive(Clone, Debug, Default)]
pub struct Doorbell {
    bells: Arc<[watch::Sender<()>; 3]>,
}

impl Doorbell {
    /// Wakes everybody who listens to `bell`.
    pub fn ring(&self, bell: Bell) {
        self.bells[bell as usize].send_replace(());
    }

    /// A listener that wakes at the next ring, also one that comes while it is busy.
    pub fn listen(&self, bell: Bell) -> watch::Receiver<()> {
        self.bells[bell as usize].subscribe()
    }
}
