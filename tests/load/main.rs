//! The load test: sendInvitation and pages of invitations over HTTP against the real program, side by side with pgbench
//! running the same statements with as many clients in the same run. Prints rates and their ratio.
//!
//! `cargo build --release -p server && cargo run --release -p tests --bin load [seconds]`

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod client;
mod control;
mod seed;

use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tests::{Durability, Postgres, Redis, free_port};

use crate::{client::Client, seed::Seed};

/// Clients, of ours and of pgbench.
const CLIENTS: usize = 32;
/// Workspaces that invitations are spread over.
const WORKSPACES: usize = 1_000;
/// Invitations in a page.
const PAGE: usize = 50;

fn main() {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10);
    let phase = Duration::from_secs(seconds);
    let postgres = Postgres::start(Durability::Durable);
    let redis = Redis::start();
    let database = postgres.url("usher");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let seed = Arc::new(runtime.block_on(seed::fill(&postgres.url("postgres"), &database)));
    let server = Server::start(&database, &redis.url(0));

    println!(
        "{CLIENTS} clients, {WORKSPACES} workspaces, {seconds} s a phase; PostgreSQL with fsync, Redis, all on this machine"
    );
    let sends = runtime.block_on(drive(phase, server.port, &seed, send));
    let control = control::run(&database, control::SEND, seconds, &seed);
    report("sendInvitation", sends, control);
    runtime.block_on(seed::analyze(&database));
    let lists = runtime.block_on(drive(phase, server.port, &seed, list));
    let control = control::run(&database, control::LIST, seconds, &seed);
    report("a page of 50 invitations", lists, control);
}

fn report(what: &str, ours: Rate, control: f64) {
    let ratio = ours.per_second / control;
    println!(
        "{what}: {:.0}/s (p50 {:?}, p99 {:?}); pgbench {control:.0}/s; ratio {ratio:.2}",
        ours.per_second, ours.p50, ours.p99
    );
}

/// How fast something was.
struct Rate {
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

type Body = fn(&Seed, u64) -> String;

/// Lets every client send one request after the other for `phase`. A request that is not answered as hoped ends the run.
async fn drive(phase: Duration, port: u16, seed: &Arc<Seed>, body: Body) -> Rate {
    let counter = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let clients = (0..CLIENTS).map(|_| {
        let (seed, counter) = (Arc::clone(seed), Arc::clone(&counter));
        async move {
            let mut client = Client::connect(port, &seed.token).await;
            let mut times = Vec::new();
            while begun.elapsed() < phase {
                let body = body(&seed, counter.fetch_add(1, Ordering::Relaxed));
                let asked = Instant::now();
                let answer = client.post(&body).await;
                times.push(asked.elapsed());
                assert!(answer.contains("\"userErrors\":[]") || answer.contains("\"hasNextPage\""), "{answer}");
            }
            times
        }
    });
    let mut times: Vec<Duration> = futures::future::join_all(clients).await.into_iter().flatten().collect();
    let elapsed = begun.elapsed();
    times.sort_unstable();
    Rate {
        per_second: times.len() as f64 / elapsed.as_secs_f64(),
        p50: times[times.len() / 2],
        p99: times[times.len() * 99 / 100],
    }
}

fn send(seed: &Seed, number: u64) -> String {
    let workspace = &seed.workspaces[number as usize % WORKSPACES];
    let query = "mutation($i:SendInvitationInput!){sendInvitation(input:$i){invitation{id status delivery{status}} userErrors{code message}}}";
    serde_json::json!({ "query": query, "variables": { "i": {
        "workspaceId": workspace, "email": format!("person-{number}@example.com"), "role": "USER",
    }}})
    .to_string()
}

fn list(seed: &Seed, number: u64) -> String {
    let workspace = &seed.workspaces[number as usize % WORKSPACES];
    let query = "query($w:ID!,$n:Int!){workspace(id:$w){invitations(first:$n){nodes{id email status expiresAt delivery{status}} pageInfo{hasNextPage endCursor}}}}";
    serde_json::json!({ "query": query, "variables": { "w": workspace, "n": PAGE } }).to_string()
}

/// `usher server` as people run it, with its limits off. Mails are queued and wait: no worker runs.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start(database: &str, redis: &str) -> Self {
        let port = free_port();
        let program = std::env::current_exe().expect("our own path").with_file_name("usher");
        let process = Command::new(program)
            .arg("server")
            .env("USHER_LISTEN", format!("127.0.0.1:{port}"))
            .env("USHER_DATABASE_URL", database)
            .env("USHER_REDIS_URL", redis)
            .env("USHER_SMTP_URL", "smtp://127.0.0.1:9")
            .env("USHER_SECRET_KEY", seed::KEY)
            .env("USHER_RATE_LIMITS", "off")
            .env("USHER_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()
            .expect("usher beside this program: cargo build --release -p server");
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "usher does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { process, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
