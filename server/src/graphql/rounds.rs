//! Rounds: the batches of one request are closed together, once nothing of the request is being read any more and
//! nobody asks for anything. So how many there are depends on the request, not on which answer comes first
//! (docs/decisions/0013).

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures::task::AtomicWaker;
use tokio::sync::Notify;

/// The rounds of one request. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounds(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    /// Nothing is being read any more.
    idle: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The round to which a batch belongs that opens now.
    round: u64,
    /// How many have opened in it.
    open: usize,
    /// How much is being read.
    reading: usize,
    /// How often something was asked for.
    asked: u64,
}

impl State {
    /// Closes the round, unless something has happened since `asked`.
    fn close(&mut self, asked: u64) {
        if self.reading == 0 && self.asked == asked {
            self.reading = std::mem::take(&mut self.open);
            self.round += 1;
        }
    }
}

/// Something that is being read, or will be when its round is closed; dropping it says that it is not any more.
#[derive(Debug)]
pub(super) struct Reading {
    rounds: Rounds,
    /// The round it opened in; none when it is read at once.
    round: Option<u64>,
}

impl Rounds {
    /// Something is read at once.
    pub(super) fn read(&self) -> Reading {
        self.state().reading += 1;
        Reading { rounds: self.clone(), round: None }
    }

    /// A batch opens.
    pub(super) fn open(&self) -> Reading {
        let mut state = self.state();
        state.open += 1;
        Reading { rounds: self.clone(), round: Some(state.round) }
    }

    /// Somebody asks for something.
    pub(super) fn ask(&self) {
        self.state().asked += 1;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often something was asked for, when nothing is being read.
    fn asked_when_idle(&self) -> Option<u64> {
        let state = self.state();
        (state.reading == 0).then_some(state.asked)
    }
}

impl Reading {
    /// Waits until the round is closed.
    pub(super) async fn closed(&self) {
        while self.is_open() {
            let idle = self.rounds.0.idle.notified();
            let Some(asked) = self.rounds.asked_when_idle() else {
                idle.await;
                continue;
            };
            // All resolvers of a request run in one task: when its turn comes, each that could go on has done so. A
            // worker of tokio's that has been busy for long gives a turn early, but not twice in a row.
            turn().await;
            turn().await;
            self.rounds.state().close(asked);
        }
    }

    fn is_open(&self) -> bool {
        self.round == Some(self.rounds.state().round)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let mut state = self.rounds.state();
        if self.round == Some(state.round) {
            state.open -= 1;
            return;
        }
        state.reading -= 1;
        if state.reading == 0 {
            self.rounds.0.idle.notify_waiters();
        }
    }
}

/// A turn of this task that was asked for.
#[derive(Default)]
struct Turn {
    came: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.came.store(true, Ordering::Release);
        self.task.wake();
    }
}

/// Comes back when tokio gives this task its next turn. `yield_now` comes back whenever it is polled again, and a list
/// of few rows polls them all when one of them can go on.
async fn turn() {
    let turn = Arc::new(Turn::default());
    let waker = Waker::from(Arc::clone(&turn));
    let _ = pin!(tokio::task::yield_now()).as_mut().poll(&mut Context::from_waker(&waker));
    poll_fn(|context| {
        turn.task.register(context.waker());
        if turn.came.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
