//! The pusher: takes newly promised mails from the hand-off to the queue, what has gathered in one go. While the queue
//! is at its bound it takes nothing: the hand-off fills up, and rows are born for the relay instead.

use std::time::{Duration, Instant};

use domain::outbox::Claimed;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::queue::{Job, Queue, QueueError};

/// How many mails one job carries when many wait; a single mail travels alone at once.
pub(crate) const JOB_SIZE: usize = 8;
/// How many unfinished jobs the queue may hold: enough for every worker, and few to wait behind.
pub(crate) const QUEUE_BOUND: usize = 1_000;
/// How many mails are gathered for one push.
const GATHERED_AT_ONCE: usize = 512;
/// How long a known depth of the queue is believed.
const DEPTH_BELIEVED: Duration = Duration::from_millis(200);

/// The queue's end of the hand-off.
pub struct Pusher {
    hand_off: mpsc::Receiver<Claimed>,
    queue: Queue,
    room: usize,
    counted: Option<Instant>,
}

impl Pusher {
    /// `hand_off` is the end whose other one the App holds.
    pub fn new(hand_off: mpsc::Receiver<Claimed>, queue: Queue) -> Self {
        Self { hand_off, queue, room: 0, counted: None }
    }

    /// Pushes until `shutdown`, and then what has been handed off before it.
    pub async fn run(mut self, shutdown: CancellationToken) {
        loop {
            let mut mails = Vec::with_capacity(GATHERED_AT_ONCE);
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = self.hand_off.recv_many(&mut mails, GATHERED_AT_ONCE) => {}
            }
            if mails.is_empty() {
                return;
            }
            while !self.has_room().await {
                tokio::select! {
                    () = shutdown.cancelled() => break,
                    () = tokio::time::sleep(DEPTH_BELIEVED) => {}
                }
            }
            self.push(&mails).await;
            // After it, so that no mail waits for the counting.
            if self.counted.is_none_or(|at| at.elapsed() > DEPTH_BELIEVED) {
                self.count().await;
            }
        }
        self.push_waiting().await;
    }

    /// Pushes what waits in the hand-off now. Answers how many mails that was.
    pub async fn push_waiting(&mut self) -> usize {
        let mut mails = Vec::new();
        while let Ok(mail) = self.hand_off.try_recv() {
            mails.push(mail);
        }
        self.push(&mails).await;
        mails.len()
    }

    async fn has_room(&mut self) -> bool {
        if self.room == 0 {
            self.count().await;
        }
        self.room > 0
    }

    async fn count(&mut self) {
        // Redis away: pushing fails at once, and the relay finds the mails when their lease ends.
        self.room = self.queue.depth().await.map_or(1, room);
        self.counted = Some(Instant::now());
    }

    async fn push(&mut self, mails: &[Claimed]) {
        match push(&self.queue, mails).await {
            Ok(jobs) => self.room = self.room.saturating_sub(jobs),
            Err(error) => {
                tracing::warn!(%error, mails = mails.len(), "mails could not be queued; they are when their lease ends");
            }
        }
    }
}

/// How many more jobs a queue of this depth may take.
pub(crate) fn room(depth: usize) -> usize {
    QUEUE_BOUND.saturating_sub(depth)
}

/// Makes jobs of mails and pushes them. Answers how many jobs.
pub(crate) async fn push(queue: &Queue, mails: &[Claimed]) -> Result<usize, QueueError> {
    if mails.is_empty() {
        return Ok(0);
    }
    let jobs: Vec<Job> = mails.chunks(JOB_SIZE).map(|mails| Job { mails: mails.to_vec() }).collect();
    let count = jobs.len();
    queue.push(jobs).await.map(|()| count)
}
