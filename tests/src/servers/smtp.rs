//! SMTP: a server that accepts every mail and keeps it in a Maildir.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{Kind, LOG, Process, folder, on_free_port};

/// A mail is moved into place when it is complete, so SIGKILL leaves no half of one.
const KIND: Kind = Kind { name: "aiosmtpd", package: "python3-aiosmtpd", end: "KILL", whole_group: false };

/// Debian's Python, where the package is installed; another in PATH would not know it.
const PYTHON: &str = "/usr/bin/python3";

/// Where the mails are, in the server's folder.
const MAILS: &str = "mails";

/// An SMTP server without authentication.
pub struct Smtp {
    scheme: &'static str,
    port: u16,
    process: Option<Process>,
    // Last: the folder is removed after the server has ended.
    folder: TempDir,
}

impl Smtp {
    /// Starts a server without mails, on plain connections.
    pub fn start() -> Self {
        Self::run("smtp", &[])
    }

    /// Starts one that speaks TLS from the first byte, with a certificate and its key from PEM files.
    pub fn start_with_tls(certificate: &Path, key: &Path) -> Self {
        let option = |name: &str, path: &Path| format!("--smtps{name}={}", path.display());
        Self::run("smtps", &[option("cert", certificate), option("key", key)])
    }

    fn run(scheme: &'static str, options: &[String]) -> Self {
        let folder = folder("usher-smtp-");
        let (port, process) = on_free_port(|port| run(folder.path(), port, options));
        Self { scheme, port, process: Some(process), folder }
    }

    /// The address of the server.
    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    /// The received mails, oldest first, with the envelope in the headers `X-MailFrom` and
    /// `X-RcptTo`. They stay when the server has stopped.
    pub fn mails(&self) -> Vec<String> {
        let folder = self.folder.path().join(MAILS).join("new");
        let mut mails: Vec<_> = fs::read_dir(folder)
            .expect("the server has made its Maildir")
            .map(|entry| entry.expect("an entry of the Maildir").path())
            .map(|path| (number(&path), path))
            .collect();
        mails.sort();
        let read = |path| fs::read(path).expect("a mail in the Maildir");
        mails.into_iter().map(|(_, path)| String::from_utf8_lossy(&read(path)).into_owned()).collect()
    }

    /// Ends the server at once; nobody listens on its port any more.
    pub fn stop(&mut self) {
        self.process = None;
    }
}

/// The running number in the name of a mail's file (`1700000000.M123456P789Q1.host`): it tells
/// the order even within a microsecond, where the time does not.
fn number(path: &Path) -> u64 {
    path.file_name()
        .and_then(|name| name.to_str()?.split('.').nth(1)?.split_once('Q')?.1.parse().ok())
        .expect("a mail's file is named by Python's mailbox")
}

/// Starts the server and waits until it listens.
fn run(folder: &Path, port: u16, options: &[String]) -> Option<Process> {
    let mut command = Command::new(PYTHON);
    command
        .args(["-m", "aiosmtpd", "--nosetuid", "--smtputf8", "--debug"])
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .args(options)
        .args(["--class", "aiosmtpd.handlers.Mailbox"])
        .arg(folder.join(MAILS));
    // Its log tells (thanks to --debug), since a stranger on the same port would greet like it.
    let listens = |_| {
        let log = fs::read_to_string(folder.join(LOG)).unwrap_or_default();
        log.contains("Server is listening on")
    };
    Process::start(KIND, &mut command, folder, listens)
}
