//! The queue on Redis, and each of apalis' defects that it has to live with (docs/decisions/0004).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Display;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::outbox::Claimed;
use redis::aio::MultiplexedConnection;
use tests::{Redis, SlowWay, eventually, stories};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use worker::Queue;
use worker::queue::Job;

stories![alone:
    ten_thousand_due_jobs_are_all_done,
    an_idle_worker_takes_a_job_at_once,
    a_round_trip_slower_than_the_poll_delays_no_job_until_the_heartbeat,
    jobs_that_cannot_be_read_end_no_worker,
    a_worker_that_was_stopped_works_again_at_once,
    what_a_dead_worker_held_is_done_by_another,
    work_goes_on_after_redis_was_restarted_empty,
    work_goes_on_after_redis_did_not_answer,
    a_job_in_hand_outlives_the_connection_it_came_by,
    a_job_that_fails_is_not_tried_again,
    a_worker_whose_hands_are_full_lives_on,
    a_bell_that_was_cut_off_is_heard_again,
    what_is_done_leaves_nothing_in_redis,
    the_same_job_twice_is_done_once,
];

/// How many jobs a worker runs at once.
const CONCURRENCY: usize = 8;
/// More than apalis' own push survives.
const MANY: u128 = 10_000;
/// Jobs that are pushed one after the other. Found at the heartbeat only, which is every 5 s, these take longer than
/// `eventually` waits for all of them.
const ONE_BY_ONE: u128 = 15;

fn job(number: u128) -> Job {
    Job { mails: vec![Claimed { id: Uuid::from_u128(number), claim: 1 }] }
}

fn jobs(numbers: std::ops::Range<u128>) -> Vec<Job> {
    numbers.map(job).collect()
}

async fn open(url: &str) -> Queue {
    Queue::open(Some(&url.to_owned().into())).await.expect("a queue")
}

async fn connection(redis: &Redis) -> MultiplexedConnection {
    let client = redis::Client::open(redis.url(0)).expect("a URL");
    client.get_multiplexed_async_connection().await.expect("Redis answers")
}

async fn ask<T: redis::FromRedisValue>(redis: &Redis, command: &[&str]) -> T {
    let mut asked = redis::Cmd::new();
    for word in command {
        asked.arg(*word);
    }
    asked.query_async(&mut connection(redis).await).await.expect("Redis answers")
}

/// A worker and the jobs it has begun, in that order.
struct Crew {
    done: Arc<Mutex<Vec<u128>>>,
    over: CancellationToken,
    tasks: TaskTracker,
}

impl Crew {
    fn start(queue: &Queue) -> Self {
        Self::with(queue, |_| async { Ok::<_, Infallible>(()) })
    }

    /// Does `what` with the number of each job.
    fn with<F, E>(queue: &Queue, what: impl Fn(u128) -> F + Clone + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let (done, over, tasks) = (Arc::<Mutex<Vec<u128>>>::default(), CancellationToken::new(), TaskTracker::new());
        let (queue, shutdown, list) = (queue.clone(), over.clone(), Arc::clone(&done));
        let handler = move |job: Job| {
            let number = job.mails[0].id.as_u128();
            list.lock().unwrap_or_else(PoisonError::into_inner).push(number);
            what(number)
        };
        tasks.spawn(async move { queue.work(CONCURRENCY, handler, shutdown).await });
        tasks.close();
        Self { done, over, tasks }
    }

    fn done(&self) -> Vec<u128> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn does(&self, number: u128) {
        eventually("the job is done", async || self.done().contains(&number).then_some(())).await;
    }

    async fn stops(self) {
        self.over.cancel();
        self.tasks.wait().await;
    }
}

async fn is_empty(queue: &Queue) {
    eventually("the queue is empty", async || (queue.depth().await.ok()? == 0).then_some(())).await;
}

/// Pushes jobs to an idle worker, each when the one before is done, and all of them in the time of one condition.
async fn one_by_one(queue: &Queue, crew: &Crew) {
    let mut next = 0;
    eventually("jobs are taken up long before the next heartbeat", async || {
        if next == 0 || crew.done().contains(&(next - 1)) {
            if next == ONE_BY_ONE {
                return Some(());
            }
            queue.push(vec![job(next)]).await.expect("Redis takes a job");
            next += 1;
        }
        None
    })
    .await;
}

async fn ten_thousand_due_jobs_are_all_done() {
    let redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    queue.push(jobs(0..MANY)).await.expect("Redis takes jobs");
    assert_eq!(queue.depth().await.expect("Redis answers"), MANY as usize);
    let crew = Crew::start(&queue);
    let mut left = usize::MAX;
    // On a slow machine the whole takes longer than one condition may; that it goes on does not.
    while left > 0 {
        left = eventually("some of the jobs are done", async || {
            let depth = queue.depth().await.ok()?;
            (depth == 0 || depth.saturating_add(500) < left).then_some(depth)
        })
        .await;
    }
    let mut done = crew.done();
    done.sort_unstable();
    assert!(done.into_iter().eq(0..MANY), "each once");
    crew.stops().await;
}

async fn an_idle_worker_takes_a_job_at_once() {
    let redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    let crew = Crew::start(&queue);
    one_by_one(&queue, &crew).await;
    crew.stops().await;
}

async fn a_round_trip_slower_than_the_poll_delays_no_job_until_the_heartbeat() {
    let redis = Redis::start();
    let way = SlowWay::to(redis.port(), Duration::from_millis(100)).await;
    let worker = open(&format!("redis://127.0.0.1:{}/0", way.port())).await;
    let crew = Crew::start(&worker);
    one_by_one(&open(&redis.url(0)).await, &crew).await;
    crew.stops().await;
}

async fn jobs_that_cannot_be_read_end_no_worker() {
    let redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    queue.push(jobs(0..4)).await.expect("Redis takes jobs");
    let mut ids: Vec<String> = ask(&redis, &["LRANGE", "email:active", "0", "-1"]).await;
    assert_eq!(ids.len(), 4);
    let () = ask(&redis, &["HSET", "email:data", &ids[0], "not JSON"]).await;
    let () = ask(&redis, &["HSET", "email:data", &ids[1], r#"{"mails":"none"}"#]).await;
    let () = ask(&redis, &["HDEL", "email:data", &ids.remove(2)]).await;
    let crew = Crew::start(&queue);
    crew.does(3).await;
    queue.push(vec![job(4)]).await.expect("Redis takes a job");
    crew.does(4).await;
    is_empty(&queue).await;
    assert_eq!(crew.done(), [3, 4]);
    crew.stops().await;
}

async fn a_worker_that_was_stopped_works_again_at_once() {
    let redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    for number in 0..5 {
        let crew = Crew::start(&queue);
        queue.push(vec![job(number)]).await.expect("Redis takes a job");
        crew.does(number).await;
        crew.stops().await;
        let workers: usize = ask(&redis, &["ZCARD", "email:workers"]).await;
        assert_eq!(workers, 0, "a worker that has ended has signed off");
    }
}

async fn what_a_dead_worker_held_is_done_by_another() {
    let redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    queue.push(vec![job(1)]).await.expect("Redis takes a job");
    let (taken, dead) = (CancellationToken::new(), CancellationToken::new());
    let (worker, signal) = (queue.clone(), taken.clone());
    let handler = move |_: Job| {
        signal.cancel();
        pending::<Result<(), Infallible>>()
    };
    // Dropped in the middle: it does nothing any more, and says no word to Redis.
    TaskTracker::new().spawn(dead.clone().run_until_cancelled_owned(async move {
        worker.work(CONCURRENCY, handler, CancellationToken::new()).await;
    }));
    taken.cancelled().await;
    dead.cancel();
    let crew = Crew::start(&queue);
    crew.does(1).await;
    is_empty(&queue).await;
    crew.stops().await;
}

async fn work_goes_on_after_redis_was_restarted_empty() {
    let mut redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    let crew = Crew::start(&queue);
    for number in 0..3 {
        eventually("Redis takes a job", async || queue.push(vec![job(number)]).await.ok()).await;
        crew.does(number).await;
        redis.restart_empty();
    }
    crew.stops().await;
}

async fn work_goes_on_after_redis_did_not_answer() {
    let redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    let crew = Crew::start(&queue);
    queue.push(vec![job(0)]).await.expect("Redis takes a job");
    crew.does(0).await;
    redis.pause();
    assert!(queue.push(vec![job(1)]).await.is_err(), "whoever pushes is not held up for ever");
    redis.resume();
    eventually("Redis takes a job", async || queue.push(vec![job(2)]).await.ok()).await;
    crew.does(2).await;
    crew.stops().await;
}

async fn a_job_in_hand_outlives_the_connection_it_came_by() {
    let mut redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    let (goes_on, ended) = (CancellationToken::new(), CancellationToken::new());
    let (wait, end) = (goes_on.clone(), ended.clone());
    let crew = Crew::with(&queue, move |number| {
        let (wait, end) = (wait.clone(), end.clone());
        async move {
            if number == 0 {
                wait.cancelled().await;
                end.cancel();
            }
            Ok::<_, Infallible>(())
        }
    });
    queue.push(vec![job(0)]).await.expect("Redis takes a job");
    crew.does(0).await;
    redis.restart_empty();
    eventually("Redis takes a job", async || queue.push(vec![job(1)]).await.ok()).await;
    crew.does(1).await;
    assert!(!ended.is_cancelled(), "the first is still in hand");
    goes_on.cancel();
    crew.stops().await;
    assert!(ended.is_cancelled(), "a stop waits for it, whichever connection it came by");
}

async fn a_job_that_fails_is_not_tried_again() {
    let redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    let crew = Crew::with(&queue, |number| {
        assert_ne!(number, 0, "a panic before there is anything to wait for");
        async move {
            assert_ne!(number, 1, "a panic in the middle");
            if number == 2 { Err("an error") } else { Ok(()) }
        }
    });
    for number in 0..4 {
        queue.push(vec![job(number)]).await.expect("Redis takes a job");
        crew.does(number).await;
        is_empty(&queue).await;
    }
    assert_eq!(crew.done(), [0, 1, 2, 3], "each once");
    crew.stops().await;
}

/// When each worker was last heard of, in seconds since 1970.
async fn heartbeats(redis: &Redis) -> BTreeMap<String, i64> {
    ask(redis, &["ZRANGE", "email:workers", "0", "-1", "WITHSCORES"]).await
}

async fn a_worker_whose_hands_are_full_lives_on() {
    let redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    let goes_on = CancellationToken::new();
    let wait = goes_on.clone();
    let crew = Crew::with(&queue, move |_| {
        let wait = wait.clone();
        async move {
            wait.cancelled().await;
            Ok::<_, Infallible>(())
        }
    });
    queue.push(jobs(0..100)).await.expect("Redis takes jobs");
    eventually("its hands are full", async || (crew.done().len() == CONCURRENCY).then_some(())).await;
    let before = heartbeats(&redis).await;
    eventually("its heart goes on", async || {
        let now = heartbeats(&redis).await;
        before.iter().all(|(worker, at)| now.get(worker).is_some_and(|now| now > at)).then_some(())
    })
    .await;
    assert_eq!(crew.done().len(), CONCURRENCY);
    goes_on.cancel();
    is_empty(&queue).await;
    crew.stops().await;
}

/// How many listen to the bell.
async fn listeners(redis: &Redis) -> usize {
    ask::<(String, usize)>(redis, &["PUBSUB", "NUMSUB", "email:pushed"]).await.1
}

async fn a_bell_that_was_cut_off_is_heard_again() {
    let redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    let crew = Crew::start(&queue);
    let listening = || eventually("its workers listen", async || (listeners(&redis).await == 2).then_some(()));
    listening().await;
    let cut_off: usize = ask(&redis, &["CLIENT", "KILL", "TYPE", "pubsub"]).await;
    assert_eq!(cut_off, 2);
    queue.push(vec![job(0)]).await.expect("Redis takes a job");
    crew.does(0).await;
    listening().await;
    crew.stops().await;
}

/// Bytes in all keys of the queue.
async fn memory(redis: &Redis) -> u64 {
    let keys: Vec<String> = ask(redis, &["KEYS", "*"]).await;
    let mut bytes = 0;
    for key in keys {
        let size: Option<u64> = ask(redis, &["MEMORY", "USAGE", &key, "SAMPLES", "0"]).await;
        bytes += size.unwrap_or_default();
    }
    bytes
}

async fn what_is_done_leaves_nothing_in_redis() {
    let redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    let crew = Crew::start(&queue);
    let mut sizes = Vec::new();
    for round in 0..3 {
        queue.push(jobs(round * 500..(round + 1) * 500)).await.expect("Redis takes jobs");
        is_empty(&queue).await;
        sizes.push(memory(&redis).await);
    }
    // What a beating heart writes may differ by a few bytes; a job left behind is more than a hundred.
    assert!(sizes[2] < sizes[0] + 1_000, "it grows with the jobs done: {sizes:?}");
    assert_eq!(crew.done().len(), 1_500);
    crew.stops().await;
}

async fn the_same_job_twice_is_done_once() {
    let redis = Redis::start();
    let queue = open(&redis.url(0)).await;
    queue.push(jobs(0..3)).await.expect("Redis takes jobs");
    queue.push(jobs(0..3)).await.expect("Redis takes jobs");
    let crew = Crew::start(&queue);
    is_empty(&queue).await;
    assert_eq!(crew.done().len(), 3);
    crew.stops().await;
}
