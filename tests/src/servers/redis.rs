//! Redis: a server that keeps nothing on disk, with a database for each test.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::{Kind, Process, folder, on_free_port, wait_until};

/// SIGKILL also ends a server that is paused, and there is nothing to save.
const KIND: Kind = Kind { name: "Redis", package: "redis-server", end: "KILL", whole_group: false };

/// A Redis server with 16384 databases, lost when it ends.
pub struct Redis {
    port: u16,
    process: Option<Process>,
    // Last: the folder is removed after the server has ended.
    folder: TempDir,
}

impl Redis {
    /// Starts an empty server.
    pub fn start() -> Self {
        let folder = folder("usher-redis-");
        let (port, process) = on_free_port(|port| run(folder.path(), port));
        Self { port, process: Some(process), folder }
    }

    /// The address of one of its databases, 0 to 16383.
    pub fn url(&self, database: u32) -> String {
        format!("redis://127.0.0.1:{}/{database}", self.port)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server at once; its data is lost.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts the server again on the same port, empty; ends it first if it still runs.
    pub fn restart_empty(&mut self) {
        self.kill();
        let process = run(self.folder.path(), self.port);
        self.process = Some(process.expect("Redis's port stays free while it is down"));
    }

    /// Makes the server hang: connections stay open and new ones are taken, but nobody answers.
    pub fn pause(&self) {
        let process = self.running();
        process.signal("STOP");
        // The signal works a moment later; until then the server could still answer.
        let state = format!("/proc/{}/status", process.server.id());
        let stopped = || fs::read_to_string(&state).is_ok_and(|status| status.contains("State:\tT"));
        assert!(wait_until(stopped), "Redis does not stop at SIGSTOP");
    }

    /// Lets a paused server go on.
    pub fn resume(&self) {
        self.running().signal("CONT");
    }

    fn running(&self) -> &Process {
        self.process.as_ref().expect("a Redis that was not killed")
    }
}

/// Starts the server and waits until it answers.
fn run(folder: &Path, port: u16) -> Option<Process> {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]).args([
        "--databases",
        "16384",
        "--save",
        "",
        "--appendonly",
        "no",
    ]);
    Process::start(KIND, &mut command, folder, |pid| answers(port, pid))
}

/// Whether the server with this process id answers on the port, not a stranger that took it.
fn answers(port: u16, pid: u32) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"INFO server\r\nQUIT\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer)
    };
    ask().is_ok_and(|answer| answer.contains(&format!("process_id:{pid}\r\n")))
}
