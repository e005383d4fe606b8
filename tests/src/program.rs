//! The program `usher` as a process of its own, beside the test binary in the target folder.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use sea_orm::DatabaseConnection;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};
use url::Url;

use crate::process_state::ProcessState;
use crate::{Actor, folder};

/// How long anything may take that a process does by itself.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often one looks whether it is done.
const GLANCE: Duration = Duration::from_millis(10);

/// The command that makes alice@example.com's account, with the password by which she logs in.
pub const CREATE_ALICE: [&str; 8] =
    ["user", "create", "--email", "alice@example.com", "--name", "Alice", "--password", "the password of alice"];

/// A command of the program, to be started in a folder of its own and without any setting but those given.
pub struct Program {
    command: Command,
    folder: TempDir,
}

impl Program {
    /// The program with these arguments.
    pub fn new(arguments: &[&str]) -> Self {
        let folder = folder::temporary();
        let mut command = Command::new(path());
        command.args(arguments).current_dir(folder.path()).env_clear().kill_on_drop(true).stdin(Stdio::null());
        Self { command, folder }
    }

    /// Gives it a setting by its environment variable.
    pub fn with(mut self, setting: &str, value: &str) -> Self {
        self.command.env(setting, value);
        self
    }

    /// Where it runs; a settings file can be put there.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs it to its end.
    pub async fn runs(&mut self) -> Output {
        let output = timeout(PATIENCE, self.command.output()).await.expect("the program ends in time");
        output.expect("the program can be started")
    }

    /// Starts it and waits until it says that it is at work.
    pub async fn starts(mut self) -> Running {
        let log = self.folder.path().join("log");
        let file = File::create(&log).expect("a log in the program's folder");
        let errors = file.try_clone().expect("a second handle of the log");
        let mut process = self.command.stdout(file).stderr(errors).spawn().expect("the program can be started");
        let read = || fs::read_to_string(&log).expect("the program's log");
        eventually("the program says that it is at work", async || {
            let ended = process.try_wait().expect("the state of our child");
            assert!(ended.is_none(), "the program ended, {ended:?}: {}", read());
            read().lines().any(|line| line.starts_with("Usher")).then_some(())
        })
        .await;
        Running { address: address(&read()), process, folder: self.folder }
    }
}

/// The program beside us, or above the test binary, which is in `deps`.
fn path() -> PathBuf {
    let ours = env::current_exe().expect("our own path");
    let program = ours.ancestors().skip(1).take(2).map(|folder| folder.join("usher")).find(|program| program.is_file());
    program.unwrap_or_else(|| panic!("no usher near {}: run `cargo build` first, as ./test does", ours.display()))
}

/// Where a program listens, by what it says when it begins.
fn address(log: &str) -> Option<Url> {
    let mut lines = log.lines();
    let address = lines.find_map(|line| {
        let server = line.strip_prefix("Usher is ready").and_then(|line| line.split_once("listening on "));
        let worker = line.strip_prefix("Usher's worker").and_then(|line| line.split_once("its health at http://"));
        Some(server.or(worker)?.1.trim_end_matches(')').trim_end_matches("/readyz"))
    })?;
    // Every address of the machine is also the loopback's.
    let address = address.replace("0.0.0.0", "127.0.0.1");
    Some(format!("http://{address}").parse().expect("an address"))
}

/// A program at work. Dropping it kills it.
pub struct Running {
    process: Child,
    address: Option<Url>,
    folder: TempDir,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> Url {
        self.address.clone().expect("a program that listens")
    }

    /// The files it keeps.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its embedded database.
    pub async fn database(&self) -> DatabaseConnection {
        let file = self.folder().join("data/usher.db");
        let url = format!("sqlite://{}", file.display()).into();
        domain::db::connect(&url).await.expect("the program's database")
    }

    /// What it has logged and printed.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// The processor time it has taken so far, to the hundredth of a second.
    pub fn processor_time(&self) -> Duration {
        ProcessState::of(self.id()).expect("the state of our child").used
    }

    /// Its memory that is in use, in KiB.
    pub fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).expect("the state of our child");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Somebody without an account.
    pub fn visitor(&self, email: &str) -> Actor {
        Actor::over_http(self.address(), email)
    }

    /// Somebody who has registered, opened the link in the captured mail, and logged in.
    pub async fn account(&self, email: &str) -> Actor {
        let actor = self.visitor(email);
        actor.registers().await.succeeds();
        actor.verifies(&self.link_to(email, "Verify your address").await).await.succeeds();
        actor.logs_in().await.succeeds();
        actor
    }

    /// What it answers to GET, and with which status.
    pub async fn gets(&self, path: &str) -> (u16, String) {
        let url = self.address().join(path).expect("a path");
        let answer = reqwest::get(url).await.expect("the program answers");
        (answer.status().as_u16(), answer.text().await.expect("the whole answer"))
    }

    /// The link in the captured mail to an address whose subject begins like this, as soon as there is one.
    pub async fn link_to(&self, email: &str, subject: &str) -> String {
        eventually("the mail is delivered", async || {
            let (_, mails) = self.gets("/mail.json").await;
            let mails: Value = serde_json::from_str(&mails).expect("JSON");
            let mut mails = mails.as_array().expect("a list").iter();
            let subject_of = |mail: &Value| mail["subject"].as_str().map(str::to_owned).unwrap_or_default();
            let mail = mails.find(|mail| mail["to"] == email && subject_of(mail).starts_with(subject))?;
            let text = mail["text"].as_str().expect("a plain part");
            text.lines().find(|line| line.starts_with("http")).map(str::to_owned)
        })
        .await
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.process.id().expect("a process that runs")
    }

    /// Asks it to stop, and does not wait for that.
    pub async fn is_asked_to_stop(&self) {
        let id = self.id().to_string();
        // The shell's own kill: the program is in a package that need not be there.
        let told = Command::new("sh").args(["-c", r#"kill -s TERM "$1""#, "sh", &id]).status().await;
        assert!(told.is_ok_and(|status| status.success()), "the process {id} is gone already");
    }

    /// Kills it, as `kill -9` does.
    pub async fn is_killed(mut self) {
        self.process.kill().await.expect("a process that runs");
    }

    /// Asks it to stop. Answers how it ended and how long it took.
    pub async fn stops(self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        self.is_asked_to_stop().await;
        (self.ends().await, begun.elapsed())
    }

    /// Waits until it has ended, after it was asked to. Answers how.
    pub async fn ends(mut self) -> ExitStatus {
        let status = timeout(PATIENCE, self.process.wait()).await.expect("the program stops in time");
        status.expect("the state of our child")
    }
}

/// Looks again and again until there is something, and answers it.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = timeout(PATIENCE, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(GLANCE).await;
        }
    });
    found.await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}
