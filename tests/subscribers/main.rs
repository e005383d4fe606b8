//! Subscribers of live events, on one process of Usher: the memory of each that is idle, and the time from the commit of an
//! event to its last delivery when many follow one workspace, side by side with a bare broadcast of the same bytes to as
//! many sockets, in turns in the same run. Prints both and their ratio.
//!
//! Every subscriber is a person with a session and a socket of his or her own, an administrator: the idle ones of workspaces
//! which ten share, the watchers all of one. The idle ones stay while the watchers are measured. A commit is when PostgreSQL
//! says it was (`track_commit_timestamp`), a delivery when the client has read the message; both by the clock of this
//! machine. The bare broadcast begins where its process hands the text to its sockets.
//!
//! `cargo build --release -p server && cargo run --release -p tests --bin subscribers [idle] [watchers]`

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod bare;
mod people;
mod socket;

use std::{fmt, time::Duration};

use futures::{StreamExt, stream};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tests::{Actor, CREATE_ALICE, Durability, Object, Postgres, Program, Redis, Running, eventually};
use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::timeout,
};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{
    bare::Bare,
    socket::{Arrival, Socket},
};

const KEY: &str = "0123456789abcdef0123456789abcdef-subscribers";
/// Events that are measured, after some that are not.
const EVENTS: usize = 200;
const WARM_UP: usize = 5;
/// How many connect at once.
const CONNECTING: usize = 32;
/// What a process opens besides the sockets of subscribers.
const OTHER_FILES: u64 = 500;
/// How long the deliveries of one event may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|argument| argument == bare::ARGUMENT).is_some() {
        return Runtime::new().expect("a runtime").block_on(bare::serve());
    }
    let mut number = |default| arguments.next().map_or(default, |text| text.parse().expect("a number"));
    let (idle, watchers): (usize, usize) = (number(10_000), number(1_000));
    raise_limit_of_open_files((idle + 2 * watchers) as u64 + OTHER_FILES);
    // The clients share one thread: there may be few processors, and the programs that are measured need them.
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut bench = Bench::new(idle, watchers).await;
        bench.memory().await;
        bench.deliveries().await;
    });
}

/// Raises this process's limit, which those it starts inherit.
fn raise_limit_of_open_files(files: u64) {
    let limit = getrlimit(Resource::Nofile);
    let enough = limit.maximum.is_none_or(|maximum| maximum >= files);
    assert!(enough, "the hard limit of open files is {:?} and must be {files}: ulimit -Hn", limit.maximum);
    setrlimit(Resource::Nofile, Rlimit { current: Some(files), ..limit }).expect("a limit below the hard one");
}

struct Bench {
    idle: usize,
    watchers: usize,
    sender: Actor,
    watched: Object,
    database: DatabaseConnection,
    clients: Clients,
    server: Running,
    /// Last: the server needs them to its end.
    _servers: (Postgres, Redis),
}

impl Bench {
    /// Usher's server, the people, and a workspace that somebody will invite into.
    async fn new(idle: usize, watchers: usize) -> Self {
        let (mut postgres, redis) = (Postgres::start(Durability::Durable), Redis::start());
        let url = postgres.url("postgres");
        let database = people::database(&url).await;
        database.execute_unprepared("ALTER SYSTEM SET track_commit_timestamp = on").await.expect("a setting");
        database.close().await.expect("the connections close");
        postgres.restart();
        assert!(program(&CREATE_ALICE, &url, &redis).runs().await.status.success(), "an account is made");
        let server = program(&["server"], &url, &redis).starts().await;
        let sender = server.visitor("alice@example.com");
        sender.logs_in().await.succeeds();
        let watched = sender.creates_workspace("Watched").await;
        let database = people::database(&url).await;
        people::fill(&database, &watched, watchers, idle).await;
        let port = server.address().port().expect("a port");
        let clients = Clients { port, tasks: JoinSet::new() };
        Self { idle, watchers, sender, watched, database, clients, server, _servers: (postgres, redis) }
    }

    /// Opens the idle subscriptions and tells what they took.
    async fn memory(&mut self) {
        let before = self.server.resident();
        let (idle, _) = unbounded_channel();
        let people = self.watchers..self.watchers + self.idle;
        self.clients.follow(people.map(|person| (person, people::workspace(person))), &idle).await;
        self.are_open(self.idle).await;
        let after = self.server.resident();
        println!(
            "{} idle subscribers: {:.1} KiB each ({} MiB before, {} MiB after)",
            self.idle,
            (after - before) as f64 / self.idle as f64,
            before / 1024,
            after / 1024
        );
    }

    /// Waits until the server counts so many subscriptions.
    async fn are_open(&self, count: usize) {
        let line = format!("usher_graphql_subscriptions_open {count}");
        let counted = async || self.server.gets("/metrics").await.1.lines().any(|found| found == line).then_some(());
        eventually("all subscriptions are open", counted).await;
    }

    /// Has events told to the watchers, and the same bytes sent by the control, in turns.
    async fn deliveries(&mut self) {
        let (tell, mut heard) = unbounded_channel();
        let watched = self.watched.id().to_owned();
        self.clients.follow((0..self.watchers).map(|person| (person, watched.clone())), &tell).await;
        self.are_open(self.idle + self.watchers).await;
        let bare = Bare::start();
        let (tell, mut heard_bare) = unbounded_channel();
        self.clients.follow_bare(bare.port, self.watchers, &tell).await;
        let (mut firsts, mut ours, mut control) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..WARM_UP + EVENTS {
            let email = format!("guest-{number}@example.com");
            let invitation = self.sender.invites(&self.watched, &email).await;
            let (text, first, last) = last_of(&mut heard, self.watchers, &email).await;
            let committed = people::committed(&self.database, &invitation).await;
            firsts.push(first - committed);
            ours.push(last - committed);
            let begun = bare.broadcast(&text).await;
            let (_, _, last) = last_of(&mut heard_bare, self.watchers, &email).await;
            control.push(last - begun);
        }
        let (ours, control) = (Times::of(&ours[WARM_UP..]), Times::of(&control[WARM_UP..]));
        println!("from the commit to the first: {}", Times::of(&firsts[WARM_UP..]));
        println!("from the commit to the last of {} deliveries, {EVENTS} events: {ours}", self.watchers);
        println!("a bare broadcast of the same bytes: {control}");
        println!(
            "ratio: median {:.2}, p99 {:.2}",
            ours.median as f64 / control.median as f64,
            ours.p99 as f64 / control.p99 as f64
        );
    }
}

/// A command of Usher with what all of them need.
fn program(arguments: &[&str], database: &str, redis: &Redis) -> Program {
    Program::new(arguments)
        .with("USHER_DATABASE_URL", database)
        .with("USHER_REDIS_URL", &redis.url(0))
        .with("USHER_SMTP_URL", "smtp://127.0.0.1:9")
        .with("USHER_SECRET_KEY", KEY)
        .with("USHER_RATE_LIMITS", "off")
        .with("USHER_LOG", "warn")
        .with("USHER_LISTEN", "127.0.0.1:0")
}

/// The clients, each a task.
struct Clients {
    port: u16,
    tasks: JoinSet<()>,
}

impl Clients {
    /// Has people follow the workspaces beside them, and tell what comes.
    async fn follow(&mut self, people: impl Iterator<Item = (usize, String)>, tell: &UnboundedSender<Arrival>) {
        let port = self.port;
        let open =
            async |(person, workspace): (usize, String)| Socket::follow(port, &people::token(person), &workspace).await;
        let mut opened = stream::iter(people).map(open).buffer_unordered(CONNECTING);
        while let Some(socket) = opened.next().await {
            self.tasks.spawn(socket.listen(tell.clone()));
        }
    }

    /// Opens sockets of the control.
    async fn follow_bare(&mut self, port: u16, count: usize, tell: &UnboundedSender<Arrival>) {
        for _ in 0..count {
            let socket = Socket::open(port, "/").await;
            self.tasks.spawn(socket.listen(tell.clone()));
        }
    }
}

/// Waits until so many have been told of the invitation to `email`, and nobody of anything else. Answers what they were told
/// and when the first and the last of them were.
async fn last_of(heard: &mut UnboundedReceiver<Arrival>, count: usize, email: &str) -> (Utf8Bytes, i64, i64) {
    let (mut told, mut first, mut last) = (Utf8Bytes::default(), i64::MAX, i64::MIN);
    for _ in 0..count {
        let Arrival { text, at } = timeout(PATIENCE, heard.recv()).await.expect("in time").expect("open connections");
        assert!(text.contains(email), "not about {email}: {text}");
        (told, first, last) = (text, first.min(at), last.max(at));
    }
    (told, first, last)
}

/// The median and the slowest but one in a hundred, in microseconds.
struct Times {
    median: i64,
    p99: i64,
}

impl Times {
    fn of(times: &[i64]) -> Self {
        let mut times = times.to_vec();
        times.sort_unstable();
        Self { median: times[times.len() / 2], p99: times[times.len() * 99 / 100] }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |micros: i64| micros as f64 / 1_000.0;
        write!(f, "median {:.1} ms, p99 {:.1} ms", milliseconds(self.median), milliseconds(self.p99))
    }
}
