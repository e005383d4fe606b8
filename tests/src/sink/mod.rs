//! A mail server in the tests' own process: it remembers every mail, notices two deliveries of one mail at once, and has
//! moods, good and bad. Addresses that begin with `nobody` do not exist there, and to those
//! that begin with `silent` it says nothing.

mod dialogue;
mod ledger;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use self::ledger::Ledger;
pub use self::ledger::Received;
use crate::eventually;

/// How the server treats whoever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// As it should.
    Polite,
    /// 421 to every mail.
    Busy,
    /// 451 to the first mail for each address, 250 to the next.
    Greylisting,
    /// Takes the mail and closes the connection without a word.
    Cutting,
    /// Says nothing at all, not even when it has taken a mail.
    Silent,
    /// Takes the mail and says so when the mood changes.
    Holding,
}

struct State {
    mood: watch::Sender<Mood>,
    /// How long it takes over a mail.
    pace: Duration,
    ledger: Ledger,
}

/// The server. Dropping it ends it.
pub struct Sink {
    port: u16,
    state: Arc<State>,
    open: Mutex<Option<DropGuard>>,
}

impl Sink {
    /// Starts a polite server that takes `pace` over each mail.
    pub async fn start(pace: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on the loopback");
        let port = listener.local_addr().expect("the address of a listener").port();
        let state = Arc::new(State { mood: watch::Sender::new(Mood::Polite), pace, ledger: Ledger::default() });
        let sink = Self { port, state, open: Mutex::default() };
        sink.serve(listener);
        sink
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Changes its mood.
    pub fn is(&self, mood: Mood) {
        self.state.mood.send_replace(mood);
    }

    /// Closes all connections and takes none.
    pub fn stops(&self) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Takes connections again.
    pub async fn starts_again(&self) {
        let bound =
            eventually("the sink's port is free", async || TcpListener::bind(("127.0.0.1", self.port)).await.ok());
        self.serve(bound.await);
    }

    /// Every mail it has taken so far, in that order.
    pub fn received(&self) -> Vec<Received> {
        self.state.ledger.received()
    }

    /// To whom it has taken mails so far, and how long ago the last one.
    pub fn ages(&self) -> HashMap<String, Duration> {
        self.state.ledger.ages()
    }

    /// How many mails are under way now.
    pub fn under_way(&self) -> usize {
        self.state.ledger.open().len()
    }

    /// Waits until each mail that is under way now is taken, or will not be.
    pub async fn comes_to_rest(&self) {
        let open = self.state.ledger.open();
        eventually("the mails under way are taken or not", async || {
            self.state.ledger.open().is_disjoint(&open).then_some(())
        })
        .await;
    }

    /// To whom there were two deliveries at once.
    pub fn at_once(&self) -> Vec<String> {
        self.state.ledger.at_once()
    }

    fn serve(&self, listener: TcpListener) {
        let over = CancellationToken::new();
        TaskTracker::new().spawn(over.clone().run_until_cancelled_owned(accept(listener, Arc::clone(&self.state))));
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(over.drop_guard());
    }
}

/// Takes connections; its end is theirs.
async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        connections.spawn(async move {
            // A client that goes away in the middle is its own business.
            let _ = dialogue::talk(stream, &state).await;
        });
        while connections.try_join_next().is_some() {}
    }
}
