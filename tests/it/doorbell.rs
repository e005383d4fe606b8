//! The doorbell: a ring in one process is heard in those that share its Redis.

use domain::App;
use domain::doorbell::{Bell, Doorbell, Line};
use tests::{Redis, Usher, eventually, stories};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

stories![a_ring_is_heard_in_another_process_also_after_redis_was_restarted];

/// As another process has it, with the same database.
fn with_own_bell(app: &Usher) -> App {
    let mut domain = app.domain().clone();
    domain.doorbell = Doorbell::default();
    domain
}

async fn a_ring_is_heard_in_another_process_also_after_redis_was_restarted(app: Usher) {
    let mut redis = Redis::start();
    let (here, there) = (with_own_bell(&app), with_own_bell(&app));
    let (over, lines) = (CancellationToken::new(), TaskTracker::new());
    for app in [&here, &there] {
        let line = Line::open(app, &redis.url(0).into()).expect("the URL of a Redis");
        lines.spawn(line.run(over.clone()));
    }
    for _ in 0..2 {
        // More often than a new connection rings by itself.
        for _ in 0..5 {
            let mut heard = there.doorbell.listen(Bell::Events);
            heard.mark_unchanged();
            eventually("the ring is heard", async || {
                here.doorbell.ring(Bell::Events);
                heard.has_changed().expect("the bell stays").then_some(())
            })
            .await;
        }
        redis.restart_empty();
    }
    over.cancel();
    lines.close();
    lines.wait().await;
}
