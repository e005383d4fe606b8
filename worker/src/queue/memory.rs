//! The queue of a process that is the whole system: a channel.
//!
//! Not apalis' MemoryStorage: a worker consumes it and closes it when it stops, so that work can't begin again and what
//! waited is gone; it panics when two tasks push at once; and it can't say how many jobs are unfinished.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Job, attend};

/// Jobs of this process alone. Unbounded: whoever pushes keeps the bound by asking for the depth.
#[derive(Clone)]
pub(super) struct Memory {
    sender: UnboundedSender<Unfinished>,
    receiver: Arc<Mutex<UnboundedReceiver<Unfinished>>>,
    unfinished: Arc<AtomicUsize>,
}

/// A job that counts as unfinished until it is dropped, however that comes about.
struct Unfinished {
    job: Job,
    count: Count,
}

struct Count(Arc<AtomicUsize>);

impl Count {
    fn new(total: &Arc<AtomicUsize>) -> Self {
        total.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(total))
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Memory {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self { sender, receiver: Arc::new(Mutex::new(receiver)), unfinished: Arc::default() }
    }

    pub(super) fn push(&self, jobs: Vec<Job>) {
        for job in jobs {
            let count = Count::new(&self.unfinished);
            // It can't fail: the receiver lives as long as this sender.
            let _ = self.sender.send(Unfinished { job, count });
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.unfinished.load(Ordering::Relaxed)
    }

    pub(super) async fn work<H, F, E>(&self, concurrency: usize, handler: H, shutdown: CancellationToken)
    where
        H: Fn(Job) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let running = TaskTracker::new();
        let slots = Arc::new(Semaphore::new(concurrency));
        let fetch = async {
            // A slot first, so that a job is taken only when it can run.
            while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
                let Some(Unfinished { job, count }) = self.receiver.lock().await.recv().await else { break };
                let handler = handler.clone();
                running.spawn(async move {
                    attend(handler, job).await;
                    drop((count, slot));
                });
            }
        };
        shutdown.run_until_cancelled(fetch).await;
        running.close();
        running.wait().await;
    }
}
