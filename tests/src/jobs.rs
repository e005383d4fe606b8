//! The worker's side of the app under test, which moves only when the story says so.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use domain::outbox::Claimed;
use domain::{App, event};
use entity::outbox::{Column, Entity, Status};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::{Mutex, mpsc};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use worker::queue::Job;
use worker::{CONCURRENCY, Delivery, Pusher, Queue, Relay};

/// How long the queue may stand still.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the queue is asked whether it is empty.
const GLANCE: Duration = Duration::from_millis(2);

/// Pusher, relay and consumer of the queue.
pub(crate) struct Jobs {
    domain: App,
    pusher: Mutex<Pusher>,
    relay: Relay,
    queue: Queue,
    delivery: Arc<RwLock<Arc<Delivery>>>,
    consumer: OnceLock<TaskTracker>,
    over: CancellationToken,
}

impl Jobs {
    pub(crate) fn new(
        domain: App,
        handed_off: mpsc::Receiver<Claimed>,
        queue: Queue,
        delivery: Arc<RwLock<Arc<Delivery>>>,
    ) -> Self {
        Self {
            pusher: Mutex::new(Pusher::new(handed_off, queue.clone())),
            relay: Relay::new(domain.clone(), queue.clone()),
            domain,
            queue,
            delivery,
            consumer: OnceLock::new(),
            over: CancellationToken::new(),
        }
    }

    /// Pushes, relays, delivers and numbers until nothing of it moves anything.
    pub(crate) async fn run(&self) {
        self.consumer.get_or_init(|| self.consume());
        loop {
            let pushed = self.pusher.lock().await.push_waiting().await;
            let claimed = self.relay.tick().await.expect("the relay finds database and queue");
            self.queue_becomes_empty().await;
            let numbered = event::number(&self.domain).await.expect("events can be numbered");
            if pushed == 0 && claimed == 0 && numbered == 0 {
                return;
            }
        }
    }

    /// Forgets what was handed off; there is no push any more.
    pub(crate) async fn lose_push(&self) {
        let (_, nothing) = mpsc::channel(1);
        *self.pusher.lock().await = Pusher::new(nothing, self.queue.clone());
    }

    /// Thousands of mails may take a while; what may not is that none of them goes.
    async fn queue_becomes_empty(&self) {
        let mut waiting = self.depth().await;
        while waiting > 0 {
            let fewer = async {
                while self.depth().await >= waiting {
                    sleep(GLANCE).await;
                }
            };
            timeout(PATIENCE, fewer).await.expect("the queue becomes empty");
            waiting = self.depth().await;
        }
    }

    async fn depth(&self) -> usize {
        self.queue.depth().await.expect("the queue can be counted")
    }

    fn consume(&self) -> TaskTracker {
        let (queue, over, delivery) = (self.queue.clone(), self.over.clone(), Arc::clone(&self.delivery));
        let handler = move |job: Job| {
            let delivery = Arc::clone(&delivery.read().unwrap_or_else(PoisonError::into_inner));
            async move { delivery.deliver(&job.mails).await }
        };
        let tasks = TaskTracker::new();
        tasks.spawn(async move { queue.work(CONCURRENCY, handler, over).await });
        tasks.close();
        tasks
    }

    /// Stops the consumer.
    pub(crate) async fn stop(&self) {
        self.over.cancel();
        if let Some(consumer) = self.consumer.get() {
            consumer.wait().await;
        }
    }

    /// Panics when mails wait that no job was run for.
    pub(crate) async fn nothing_is_left(&self) {
        let waiting = Column::Status.is_in([Status::Queued, Status::Sending]);
        let rows = Entity::find().filter(waiting).all(&self.domain.db).await.expect("the outbox can be read");
        let mails: Vec<_> = rows.iter().map(|row| format!("{:?} to {}", row.kind, row.recipient)).collect();
        assert!(mails.is_empty(), "the story ends with mail that waits, so it needs a run_jobs(): {mails:?}");
    }
}
