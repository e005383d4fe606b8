//! The pusher: takes newly promised mails from the hand-off to the queue, what has gathered in one go. While the queue
//! is at its bound it takes nothing: the hand-off fills up, and rows are born for the relay instead.

use std::time::{Duration, Instant};

use domain::outbox::Claimed;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::queue::{Job, Queue, QueueError};

/// How many mails one job carries when many wait; a single mail travels alone at once.
pub const JOB_SIZE: usize = 16;
/// How many unfinished jobs the queue may hold: enough for every worker, and few to wait behind.
pub const QUEUE_BOUND: usize = 500;
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

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        convert::Infallible,
        sync::{Arc, Mutex},
    };

    use tokio::time::{sleep, timeout};
    use tokio_util::task::TaskTracker;
    use uuid::Uuid;

    use super::{CancellationToken, Claimed, Duration, Job, Pusher, QUEUE_BOUND, Queue, mpsc};

    /// Longer than the pusher waits for anything; the clock is paused, so that nobody waits for it.
    const LONG: Duration = Duration::from_mins(1);

    fn mail(number: u128) -> Claimed {
        Claimed { id: Uuid::from_u128(number), claim: 1 }
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_is_given_nothing_until_it_has_room() {
        let queue = Queue::open(None).await.expect("a queue");
        let others = (0..QUEUE_BOUND).map(|_| Job { mails: vec![mail(0)] });
        queue.push(others.collect()).await.expect("a queue in memory takes jobs");
        let (hand_off, handed_off) = mpsc::channel(4);
        let shutdown = CancellationToken::new();
        let tasks = TaskTracker::new();
        tasks.spawn(Pusher::new(handed_off, queue.clone()).run(shutdown.clone()));

        let mut promised = BTreeSet::new();
        while timeout(LONG, hand_off.send(mail(promised.len() as u128 + 1))).await.is_ok() {
            promised.insert(Uuid::from_u128(promised.len() as u128 + 1));
        }
        assert!((5..=8).contains(&promised.len()), "what it has in hand, and the hand-off: {promised:?}");
        assert_eq!(queue.depth().await.expect("a depth"), QUEUE_BOUND);

        let delivered = Arc::new(Mutex::new(BTreeSet::new()));
        let done = Arc::clone(&delivered);
        let handler = move |job: Job| {
            done.lock().expect("unpoisoned").extend(job.mails.iter().map(|mail| mail.id));
            async { Ok::<_, Infallible>(()) }
        };
        let stopped = shutdown.clone();
        tasks.spawn(async move { queue.work(1, handler, stopped).await });
        tasks.close();
        promised.insert(Uuid::nil());
        let all = async {
            while *delivered.lock().expect("unpoisoned") != promised {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(LONG, all).await.expect("all are delivered");
        shutdown.cancel();
        tasks.wait().await;
    }
}
