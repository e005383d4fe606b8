//! The speed of delivery: waiting mails through one worker, side by side with postfix's smtp-source into the same sink in
//! the same run; then a few mails a second, from request to sink; then the worker's memory while many more pass through.
//!
//! `cargo build --release -p server && cargo run --release -p tests --bin delivery [mails that pass through, or 0]`

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod processor;
mod sink;

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{Actor, CREATE_ALICE, Durability, Object, Postgres, Program, Redis, Running, free_port};

use crate::{processor::Used, sink::Sink};

const KEY: &str = "0123456789abcdef0123456789abcdef-delivery";
/// Mails that wait for the worker.
const WAITING: usize = 10_000;
/// Connections to the sink, of the worker and of smtp-source.
const CONNECTIONS: usize = 4;
/// Rows of one sendInvitations.
const ROWS: usize = 1_000;
/// Mails of the light load, after some that are not counted: connections are new then. And their distance.
const LIGHT: usize = 500;
const WARM_UP: usize = 20;
const PACE: Duration = Duration::from_millis(100);
/// About the size of an invitation's mail, in bytes.
const MAIL_SIZE: usize = 6_000;

#[tokio::main]
async fn main() {
    let passing = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let bench = Bench::new().await;
    bench.waiting_mails().await;
    let worker = bench.worker().await;
    bench.light_load().await;
    bench.memory(&worker, passing).await;
}

struct Bench {
    settings: Vec<(&'static str, String)>,
    sink: Sink,
    alice: Actor,
    acme: Object,
    /// Before its fields, which they need to end.
    _server: Running,
    _servers: (Postgres, Redis),
}

impl Bench {
    /// Usher's server, somebody signed in and a workspace; no worker.
    async fn new() -> Self {
        let (postgres, redis, sink) = (Postgres::start(Durability::Durable), Redis::start(), Sink::start());
        let made = Command::new("createdb").args(["--maintenance-db", &postgres.url("postgres"), "usher"]).status();
        assert!(made.expect("createdb, from postgresql-client").success(), "a database is made");
        let settings = vec![
            ("USHER_DATABASE_URL", postgres.url("usher")),
            ("USHER_REDIS_URL", redis.url(0)),
            ("USHER_SMTP_URL", format!("smtp://127.0.0.1:{}", sink.port())),
            ("USHER_SMTP_CONNECTIONS", CONNECTIONS.to_string()),
            ("USHER_SECRET_KEY", KEY.to_owned()),
            ("USHER_RATE_LIMITS", "off".to_owned()),
            ("USHER_LOG", "warn".to_owned()),
        ];
        assert!(program(&settings, &["migrate"]).runs().await.status.success(), "the migrations run");
        assert!(program(&settings, &CREATE_ALICE).runs().await.status.success(), "an account is made");
        let port = format!("127.0.0.1:{}", free_port());
        let server = program(&settings, &["server"]).with("USHER_LISTEN", &port).starts().await;
        let alice = server.visitor("alice@example.com");
        alice.logs_in().await.succeeds();
        let acme = alice.creates_workspace("Acme").await;
        Self { settings, sink, alice, acme, _server: server, _servers: (postgres, redis) }
    }

    async fn worker(&self) -> Running {
        program(&self.settings, &["worker"]).starts().await
    }

    /// So many invitations more, in bulk.
    async fn invites(&self, name: &str, count: usize) {
        for begin in (0..count).step_by(ROWS) {
            let row = |number| json!({ "email": format!("{name}-{number}@example.com"), "role": "USER" });
            let rows: Vec<Value> = (begin..count.min(begin + ROWS)).map(row).collect();
            self.alice.invites_many(&self.acme, rows.into(), None).await.succeeds();
        }
    }

    async fn waiting_mails(&self) {
        self.invites("waiting", WAITING).await;
        let before = Used::now();
        let worker = self.worker().await;
        let at = self.sink.wait_for(WAITING);
        let (ours, used, all) = (rate(&at), worker.processor_time(), Used::now().told_since(&before, WAITING));
        drop(worker);
        self.sink.forget();
        let control = self.smtp_source();
        println!(
            "{WAITING} waiting mails over {CONNECTIONS} connections: {ours:.0}/s; smtp-source {control:.0}/s; ratio {:.3}; \
             the worker used {:.0} µs of processor a mail",
            ours / control,
            used.as_micros() as f64 / WAITING as f64
        );
        println!("of the processors, a mail (delivery is the sink): {all}");
    }

    /// Mails a second that smtp-source hands in.
    fn smtp_source(&self) -> f64 {
        let (connections, mails, size) = (CONNECTIONS.to_string(), WAITING.to_string(), MAIL_SIZE.to_string());
        let target = format!("127.0.0.1:{}", self.sink.port());
        let sent = Command::new("smtp-source")
            .args(["-d", "-s", &connections, "-m", &mails, "-l", &size])
            .args(["-f", "usher@example.com", "-t", "bob@example.com", &target])
            .stdout(Stdio::null())
            .status();
        assert!(sent.expect("smtp-source, from the package postfix").success(), "smtp-source hands in its mails");
        let rate = rate(&self.sink.wait_for(WAITING));
        self.sink.forget();
        rate
    }

    async fn light_load(&self) {
        let (mut requests, mut mails) = (Vec::new(), Vec::new());
        let mut pace = tokio::time::interval(PACE);
        for number in 0..WARM_UP + LIGHT {
            pace.tick().await;
            self.sink.forget();
            let asked = Instant::now();
            self.alice.invites(&self.acme, &format!("light-{number}@example.com")).await;
            requests.push(asked.elapsed());
            mails.push(self.sink.wait_for(1)[0] - asked);
        }
        self.sink.forget();
        let percentiles = |mut times: Vec<Duration>| {
            let times = &mut times[WARM_UP..];
            times.sort_unstable();
            [times[LIGHT / 2], times[LIGHT * 99 / 100]]
        };
        let ([request, slow_request], [p50, p99]) = (percentiles(requests), percentiles(mails));
        println!(
            "{} mails a second: a request takes {request:.1?} (p50; p99 {slow_request:.1?}); its mail is there after p50 \
             {p50:.1?} ({:.2} times that), p99 {p99:.1?} ({:.2} times)",
            1_000 / PACE.as_millis(),
            p50.as_secs_f64() / request.as_secs_f64(),
            p99.as_secs_f64() / request.as_secs_f64()
        );
    }

    async fn memory(&self, worker: &Running, mails: usize) {
        for round in 0..mails / WAITING {
            self.invites(&format!("passing-{round}"), WAITING).await;
            self.sink.wait_for(WAITING);
            self.sink.forget();
            println!("{} mails passed through: the worker has {} KiB", (round + 1) * WAITING, worker.resident());
        }
    }
}

fn program(settings: &[(&'static str, String)], arguments: &[&str]) -> Program {
    settings.iter().fold(Program::new(arguments), |program, (name, value)| program.with(name, value))
}

/// Mails a second between the first and the last.
fn rate(at: &[Instant]) -> f64 {
    let (Some(first), Some(last)) = (at.iter().min(), at.iter().max()) else { return 0.0 };
    at.len() as f64 / (*last - *first).as_secs_f64()
}
