//! The servers the tests need, as throw-away instances: each listens on a free port of the
//! loopback, keeps its files in a temporary folder, and ends with the test process.
//!
//! This module owns what they share: free ports and a process that cannot outlive us.
//! The harness panics when a server cannot run: no test means anything without it.

mod chromedriver;
mod postgres;
mod redis;
mod smtp;

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub(crate) use chromedriver::Chromedriver;
pub use postgres::{Durability, Hanging, Postgres};
pub use redis::Redis;
pub use smtp::Smtp;

/// How long a server may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server writes to standard output and error, in its folder.
const LOG: &str = "log";

/// Ends the server (process `$1`, with signal `$2`) and removes its folder (`$3`) when the pipe from the
/// test process closes without a word, which is what a kill does. A line means that all is done already.
const WATCH: &str = r#"read -r _ && exit
kill -s "$2" -- "$1"; n=0
while kill -0 -- "$1" && [ "$n" -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
kill -s KILL -- "$1"; rm -rf -- "$3""#;

/// A port of the loopback that nobody listens on and that this process was not given lately.
pub fn free_port() -> u16 {
    // Below the ports of outgoing connections (from 32768), which could take that of a server that is down.
    const FIRST: u16 = 15_000;
    const COUNT: u16 = 15_000;
    static NEXT: LazyLock<AtomicU16> =
        LazyLock::new(|| AtomicU16::new(RandomState::new().hash_one(FIRST) as u16 % COUNT));
    let mut ports = (0..COUNT).map(|_| FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port on the loopback")
}

/// Starts a server on a free port, and on another when somebody takes that one meanwhile.
fn on_free_port(start: impl Fn(u16) -> Option<Process>) -> (u16, Process) {
    let started = (0..10).map(|_| free_port()).find_map(|port| Some((port, start(port)?)));
    started.expect("one of ten ports stays free until the server listens")
}

/// A temporary folder for a server.
fn folder(prefix: &str) -> TempDir {
    tempfile::Builder::new().prefix(prefix).tempdir().expect("a temporary folder")
}

/// Whether the condition came true in time.
fn wait_until(mut condition: impl FnMut() -> bool) -> bool {
    let limit = Instant::now() + PATIENCE;
    loop {
        let met = condition();
        if met || Instant::now() > limit {
            return met;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// A kind of server, the Debian package it comes from, and the signal that ends it.
struct Kind {
    name: &'static str,
    package: &'static str,
    end: &'static str,
    /// Whether that signal goes to everything it has started too.
    whole_group: bool,
}

impl Kind {
    /// Whom a signal goes to, as `kill` takes it.
    fn target(&self, id: u32) -> String {
        if self.whole_group { format!("-{id}") } else { id.to_string() }
    }
}

/// A running server and the shell that watches over it. Dropping it ends the server.
struct Process {
    kind: Kind,
    server: Child,
    watcher: Child,
}

impl Process {
    /// Starts the server and waits until it is ready (asked with its process id). Nothing when its port is taken.
    fn start(kind: Kind, command: &mut Command, folder: &Path, ready: impl Fn(u32) -> bool) -> Option<Self> {
        let Kind { name, package, end, .. } = kind;
        let log = File::create(folder.join(LOG)).expect("a log in the server's folder");
        let errors = log.try_clone().expect("a second handle of the log");
        // A process group of its own: Ctrl-C ends the tests, and those end the server.
        command.current_dir(folder).env("LC_ALL", "C").process_group(0);
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        let server = command
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started ({error}): install the Debian package {package}"));
        let mut watcher = Command::new("sh");
        watcher.args(["-c", WATCH, "sh", &kind.target(server.id()), end]).arg(folder).process_group(0);
        watcher.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let watcher = watcher.spawn().expect("sh runs the watcher");

        let mut process = Self { kind, server, watcher };
        let mut ended = None;
        let in_time = wait_until(|| {
            ended = process.server.try_wait().expect("the state of our child");
            ended.is_some() || ready(process.server.id())
        });
        let log = fs::read(folder.join(LOG)).expect("the server's log");
        let log = String::from_utf8_lossy(&log);
        match ended {
            Some(_) if log.to_lowercase().contains("address already in use") => None,
            Some(status) => panic!("{name} (Debian package {package}) did not start, {status}. Its log:\n{log}"),
            None if in_time => Some(process),
            None => panic!("{name} was not ready after {PATIENCE:?}. Its log:\n{log}"),
        }
    }

    /// Sends a signal by its name.
    fn signal(&self, signal: &str) {
        assert!(sends(signal, &self.kind.target(self.server.id())), "SIG{signal} could not be sent");
    }

    /// Sends a signal that ends the server, and waits for its end.
    fn end(&mut self, signal: &str) {
        self.signal(signal);
        wait_until(|| !matches!(self.server.try_wait(), Ok(None)));
    }
}

/// Sends a signal by its name to whom `kill` takes; whether it could.
fn sends(signal: &str, target: &str) -> bool {
    // The shell's own kill: the program is in a package that need not be there.
    let mut kill = Command::new("sh");
    kill.args(["-c", r#"kill -s "$1" -- "$2""#, "sh", signal, target]);
    kill.status().is_ok_and(|status| status.success())
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.server.try_wait(), Ok(None)) {
            self.end(self.kind.end);
        }
        // For the server that did not end in time; else these do nothing.
        let _ = self.server.kill();
        let _ = self.server.wait();
        // The watcher reads this line, or is gone and needs none.
        let _ = self.watcher.stdin.take().map(|mut pipe| pipe.write_all(b"\n"));
        let _ = self.watcher.wait();
    }
}
