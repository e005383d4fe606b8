//! When an idle worker looks for jobs: at once when one is pushed, and from time to time in case that went unheard.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use apalis_core::backend::ext::poll_strategy::{PollSnapshot, PollStrategy};
use futures::StreamExt;
use redis::RedisResult;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, Sleep, sleep};

use super::redis::Redis;

/// After a ring the worker looks again soon, then ever less often.
const SHORTEST: Duration = Duration::from_millis(2);
const LONGEST: Duration = Duration::from_millis(150);
/// Before subscribing anew; until then looking every LONGEST has to do.
const RESUBSCRIBE: Duration = Duration::from_secs(1);

/// The bell of one worker: what `listen` rings and what wakes the worker.
pub(super) fn bell() -> (Sender<()>, Wakeups) {
    // One place: a ring that waits already says it all.
    let (ring, rings) = mpsc::channel(1);
    (ring, Wakeups { rings, pause: LONGEST, timer: Box::pin(sleep(LONGEST)) })
}

/// apalis' poll strategy: a worker asks it for a wake-up each time before it looks for a job.
///
/// apalis' own interval and stream forget to register one when they are ready, and are asked only once; a job that comes
/// while a fetch is on its way is then found at the heartbeat.
pub(super) struct Wakeups {
    rings: Receiver<()>,
    pause: Duration,
    timer: Pin<Box<Sleep>>,
}

impl PollStrategy for Wakeups {
    /// Always pending, as a wake-up registered is all that counts: apalis ignores the answer.
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut rung = false;
        while let Poll::Ready(Some(())) = self.rings.poll_recv(cx) {
            rung = true;
        }
        if rung {
            // The look that follows may be wasted: a fetch that was on its way when the job came does not see it. Hence
            // the ones soon after.
            self.sleep(SHORTEST);
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            self.sleep((self.pause * 2).min(LONGEST));
        }
        Poll::Pending
    }
}

impl Wakeups {
    fn sleep(&mut self, pause: Duration) {
        self.pause = pause;
        self.timer.as_mut().reset(Instant::now() + pause);
    }
}

/// Rings for each push of any process, and subscribes again and again when the connection breaks. Never returns.
pub(super) async fn listen(redis: &Redis, ring: Sender<()>) -> Infallible {
    loop {
        match follow(redis, &ring).await {
            Ok(()) => tracing::debug!("the queue's bell fell silent"),
            Err(error) => tracing::debug!(%error, "can't listen for the queue's bell"),
        }
        sleep(RESUBSCRIBE).await;
    }
}

async fn follow(redis: &Redis, ring: &Sender<()>) -> RedisResult<()> {
    let mut pushes = redis.subscribe().await?.into_on_message();
    // For what was pushed before there was a subscription.
    let _ = ring.try_send(());
    while pushes.next().await.is_some() {
        let _ = ring.try_send(());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Duration, Instant, LONGEST, Poll, PollSnapshot, PollStrategy, SHORTEST, Wakeups, bell};

    /// How long it takes until a worker that asked for it is woken.
    async fn woken(wakeups: &mut Wakeups) -> Duration {
        let nothing_yet =
            PollSnapshot { consecutive_ready: 0, total_ready: 0, total_pending: 0, idle_for: Duration::ZERO };
        let (begun, mut asked) = (Instant::now(), false);
        futures::future::poll_fn(|cx| {
            if asked {
                return Poll::Ready(());
            }
            asked = true;
            wakeups.poll_drive(cx, &nothing_yet).map(|_| ())
        })
        .await;
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_hears_nothing_looks_all_the_same() {
        let (_ring, mut wakeups) = bell();
        for _ in 0..20 {
            assert!(woken(&mut wakeups).await <= LONGEST + Duration::from_millis(1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_ring_wakes_at_once_and_soon_again() {
        let (ring, mut wakeups) = bell();
        ring.try_send(()).expect("a place");
        assert_eq!(woken(&mut wakeups).await, SHORTEST, "what was rung before it asked");
        let mut pauses = Vec::new();
        for _ in 0..8 {
            pauses.push(woken(&mut wakeups).await);
        }
        assert!(pauses.is_sorted() && pauses[1] < LONGEST / 10 && pauses[7] >= LONGEST, "ever less often: {pauses:?}");
        let (wakes, ()) = tokio::join!(woken(&mut wakeups), async { ring.try_send(()).expect("a place") });
        assert_eq!(wakes, Duration::ZERO);
    }
}
