//! PostgreSQL: a cluster of its own, made with `initdb` for this run.

use std::env;
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Kind, Process, folder, on_free_port, sends};
use crate::ProcessState;

/// SIGINT is PostgreSQL's fast shutdown: in good order, but without waiting for connections to close.
const KIND: Kind = Kind { name: "PostgreSQL", package: "postgresql", end: "INT", whole_group: false };

const MISSING: &str = "PostgreSQL is missing: install the Debian package postgresql";

/// Whether committed data has to survive a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// No waiting for the disk: for stories, which never crash the server.
    Fast,
    /// As in production: for process tests and benchmarks.
    Durable,
}

/// A PostgreSQL server with the superuser `postgres` and no password.
pub struct Postgres {
    process: Option<Process>,
    port: u16,
    // After the process: the folder is removed when the server has ended.
    cluster: Cluster,
}

impl Postgres {
    /// Makes an empty cluster and starts its server.
    pub fn start(durability: Durability) -> Self {
        let cluster = Cluster::new(durability);
        let (port, process) = on_free_port(|port| cluster.run(port));
        Self { process: Some(process), port, cluster }
    }

    /// The address of a database on this server, whether it exists or not.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Where it listens on the loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server in good order; open connections are cut.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Crashes the server: it writes nothing any more, and its next start has to recover.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // The immediate shutdown. SIGKILL would leave the processes of the connections behind.
            process.end("QUIT");
        }
    }

    /// Makes the server hang: connections stay open and new ones are taken, but nobody answers.
    #[must_use = "it goes on when this is dropped"]
    pub fn hangs(&self) -> Hanging {
        let server = self.process.as_ref().expect("a PostgreSQL that runs").server.id();
        // The server first: it starts a process for each connection.
        let mut hanging = Hanging(vec![server]);
        assert!(sends("STOP", &server.to_string()), "PostgreSQL does not stop");
        let of_connections = ProcessState::all().into_iter().filter(|process| process.parent == server);
        hanging.0.extend(of_connections.map(|process| process.id));
        hanging.0.iter().skip(1).for_each(|id| assert!(sends("STOP", &id.to_string()), "{id} does not stop"));
        hanging
    }

    /// Starts the server on the same port and data; stops it first if it still runs.
    pub fn restart(&mut self) {
        self.stop();
        let process = self.cluster.run(self.port);
        self.process = Some(process.expect("PostgreSQL's port stays free while it is down"));
    }
}

/// A server whose processes stand still. They go on when it is dropped.
pub struct Hanging(Vec<u32>);

impl Drop for Hanging {
    fn drop(&mut self) {
        for id in &self.0 {
            // One that has ended meanwhile needs none.
            sends("CONT", &id.to_string());
        }
    }
}

/// The data, and with which programs and as whom (user and group) a server runs on it.
struct Cluster {
    programs: PathBuf,
    owner: Option<(u32, u32)>,
    durability: Durability,
    folder: TempDir,
}

impl Cluster {
    fn new(durability: Durability) -> Self {
        // PostgreSQL refuses to run as root.
        let owner = (id(&["-u"]) == 0).then(|| (id(&["-u", "postgres"]), id(&["-g", "postgres"])));
        let folder = folder("usher-postgres-");
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group)).expect("root gives the folder away");
        }
        let cluster = Self { programs: programs(), owner, durability, folder };
        let made = cluster
            .command("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"])
            .args(["--no-sync", "--no-instructions"])
            .output()
            .expect("initdb can be started");
        let errors = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "initdb failed: {errors}");
        cluster
    }

    /// A command with one of PostgreSQL's programs on this cluster.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(&self.folder).arg("-D").arg(self.folder.path().join("data"));
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    /// Starts the server and waits until it accepts connections.
    fn run(&self, port: u16) -> Option<Process> {
        let folder = self.folder.path();
        let mut command = self.command("postgres");
        command
            .args(["--listen_addresses=127.0.0.1", "--max_connections=400", "--shared_buffers=64MB"])
            .arg(format!("--port={port}"))
            .arg(format!("--unix_socket_directories={}", folder.display()));
        if self.durability == Durability::Fast {
            command.args(["--fsync=off", "--synchronous_commit=off", "--full_page_writes=off"]);
        }
        Process::start(KIND, &mut command, folder, |pid| is_ready(folder, pid))
    }
}

/// Whether the server with this process id has written that it is ready (`pg_ctl` looks there
/// too): a connection would also reach a stranger on the same port.
fn is_ready(folder: &Path, pid: u32) -> bool {
    let state = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
    let mut lines = state.lines().map(str::trim);
    lines.next() == Some(&pid.to_string()) && lines.nth(6) == Some("ready")
}

/// A number the program `id` prints.
fn id(arguments: &[&str]) -> u32 {
    let output = Command::new("id").args(arguments).output();
    let text = output.expect("the program id can be started").stdout;
    let number = String::from_utf8_lossy(&text).trim().parse();
    number.unwrap_or_else(|_| panic!("`id {}` fails: {MISSING}", arguments.join(" ")))
}

/// The folder with PostgreSQL's programs: Debian's of the highest version, else one in PATH.
fn programs() -> PathBuf {
    let complete = |folder: &PathBuf| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file());
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| complete(folder))
        .max()
        .map(|(_, folder)| folder)
        .or_else(|| env::split_paths(&env::var_os("PATH")?).find(complete))
        .expect(MISSING)
}
