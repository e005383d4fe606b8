//! The worker: takes mail out of the outbox and delivers it. One process may be server and worker at once; any number
//! of worker processes may run beside each other.

mod captured;
pub mod catalogue;
mod deliver;
mod heartbeat;
mod inliner;
mod mailer;
mod message;
mod outcome;
mod pusher;
pub mod queue;
pub mod reason;
mod recorder;
mod relay;
pub mod samples;
mod smtp;
mod subjects;
mod sweep;
pub mod templates;
mod translate;
mod wording;

use std::{sync::Arc, time::Duration};

use domain::{App, Result, db, doorbell::Bell, event};
use tokio::{sync::watch, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use captured::{Captured, CapturedMail};
pub use deliver::Delivery;
pub use mailer::{Mailer, MailerError};
pub use pusher::{JOB_SIZE, Pusher, QUEUE_BOUND};
pub use queue::Queue;
pub use relay::Relay;
pub use sweep::sweep;
pub use wording::MailSettings;

/// How many jobs one worker has in hand at once.
pub const CONCURRENCY: usize = 8;

/// How many mails can be between the beginning of their SMTP dialogue and their record, or the end of their lease. When a worker
/// dies then, or the database goes away, so many may be sent a second time at most.
pub const IN_FLIGHT: usize = 64;

/// How often the tables are looked at when no bell rings: what another process wrote is seen after this at the latest.
const TICK: Duration = Duration::from_secs(1);

/// How long events gather after some have been numbered: one that comes alone is numbered at once, and of many that come one
/// after the other not each costs the database a transaction of its own.
const GATHERED: Duration = Duration::from_millis(10);

/// Everything the worker needs.
#[derive(Clone)]
pub struct Worker {
    /// What the domain works with.
    pub app: App,
    /// The way to and from the jobs.
    pub queue: Queue,
    /// Delivers the mails of one job.
    pub delivery: Arc<Delivery>,
}

/// Delivers until `shutdown`, then lets the dialogues in progress finish, gives back what has none yet, and returns.
pub async fn run(worker: Worker, shutdown: CancellationToken) {
    let tasks = TaskTracker::new();
    spawn(&tasks, relay::run(Relay::new(worker.app.clone(), worker.queue.clone()), shutdown.clone()));
    spawn(&tasks, heartbeat::run(worker.app.clone(), shutdown.clone()));
    spawn(&tasks, sweep::run(worker.app.clone(), shutdown.clone()));
    spawn(&tasks, sequence(worker.app.clone(), shutdown.clone()));
    let (delivery, stopping) = (Arc::clone(&worker.delivery), shutdown.clone());
    spawn(&tasks, async move {
        stopping.cancelled().await;
        delivery.stop();
    });
    let delivery = Arc::clone(&worker.delivery);
    let handler = move |job: queue::Job| {
        let delivery = Arc::clone(&delivery);
        async move { delivery.deliver(&job.mails).await }
    };
    spawn(&tasks, async move { worker.queue.work(CONCURRENCY, handler, shutdown).await });
    tasks.close();
    tasks.wait().await;
}

/// Gives events their numbers as they come, until `shutdown`. Every process may do it; the database lets one at a time.
pub async fn sequence(app: App, shutdown: CancellationToken) {
    let mut bell = app.doorbell.listen(Bell::Unnumbered);
    while rung(&mut bell, &shutdown).await {
        if let Err(error) = in_time(&app, event::number(&app)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "events could not be numbered yet");
        }
        shutdown.run_until_cancelled(tokio::time::sleep(GATHERED)).await;
    }
}

/// Waits for the bell, or a tick. False when it is time to stop.
async fn rung(bell: &mut watch::Receiver<()>, shutdown: &CancellationToken) -> bool {
    tokio::select! {
        () = shutdown.cancelled() => false,
        _ = timeout(TICK, bell.changed()) => true,
    }
}

/// Waits for the database for a third of a lease at most.
fn in_time<T>(app: &App, answer: impl Future<Output = Result<T>>) -> impl Future<Output = Result<T>> {
    db::in_time(app.mail.lease / 3, answer)
}

fn spawn(tasks: &TaskTracker, task: impl Future<Output = ()> + Send + 'static) {
    tasks.spawn(task);
}
