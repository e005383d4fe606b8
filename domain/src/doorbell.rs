//! The doorbell: says "look", never what there is. The truth is always in the tables.

mod line;

use std::sync::Arc;

use tokio::sync::watch;

pub use line::Line;

/// What there is to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bell {
    /// Outbox rows that are due.
    Outbox,
    /// Events that have no number yet. Whoever wrote them numbers them, so it is not heard elsewhere.
    Unnumbered,
    /// Events that have been given their number.
    Events,
}

/// Bells within this process; a [`Line`] carries them to others. Whoever listens also looks once a second, because a ring
/// may be lost on its way.
#[derive(Clone, Debug, Default)]
pub struct Doorbell {
    here: Arc<[watch::Sender<()>; 3]>,
    elsewhere: Arc<[watch::Sender<()>; 3]>,
}

impl Doorbell {
    /// Wakes everybody who listens to `bell`, in other processes too.
    pub fn ring(&self, bell: Bell) {
        self.ring_here(bell);
        self.elsewhere[bell as usize].send_replace(());
    }

    /// Wakes who listens in this process.
    fn ring_here(&self, bell: Bell) {
        self.here[bell as usize].send_replace(());
    }

    /// A listener that wakes at the next ring, also one that comes while it is busy.
    pub fn listen(&self, bell: Bell) -> watch::Receiver<()> {
        self.here[bell as usize].subscribe()
    }
}
