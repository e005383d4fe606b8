//! Chromedriver: starts browsers and drives them over WebDriver.

use std::net::TcpStream;
use std::process::Command;

use tempfile::TempDir;

use super::{Kind, Process, folder, on_free_port};

/// Its browsers are in its process group, and end with it.
const KIND: Kind = Kind { name: "chromedriver", package: "chromium-driver", end: "KILL", whole_group: true };

/// A chromedriver that listens.
pub(crate) struct Chromedriver {
    port: u16,
    _process: Process,
    // Last: the folder is removed after the browsers have ended.
    _folder: TempDir,
}

impl Chromedriver {
    /// Starts one, without a browser yet.
    pub(crate) fn start() -> Self {
        let folder = folder("usher-chromedriver-");
        let (port, process) = on_free_port(|port| {
            let mut command = Command::new("chromedriver");
            command.arg(format!("--port={port}")).env("TMPDIR", folder.path()).env("HOME", folder.path());
            Process::start(KIND, &mut command, folder.path(), |_| TcpStream::connect(("127.0.0.1", port)).is_ok())
        });
        Self { port, _process: process, _folder: folder }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
