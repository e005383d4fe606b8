//! A mail server in the test's own process: polite, unless its rule says otherwise.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use crate::smtp::wire::Stream;

/// What the server does at a line.
pub(super) enum Reply {
    Say(&'static str),
    /// Says it together with the next.
    Hold(&'static str),
    /// Says it after a while.
    Late(&'static str),
    /// Says it and closes the connection.
    Last(&'static str),
    Close,
    Silence,
}

/// From the connection's number, from 0, and a line to what is done; None is the polite answer. The line is `connect` for
/// the greeting and `.` for the end of a mail.
type Rule = dyn Fn(usize, &str) -> Option<Reply> + Send + Sync;

#[derive(Default)]
struct Seen {
    /// The lines of each connection.
    lines: Vec<Vec<String>>,
    open: usize,
    most: usize,
}

struct Script {
    rule: Box<Rule>,
    /// After STARTTLS.
    tls: Option<TlsAcceptor>,
    /// From the first byte.
    tls_first: Option<TlsAcceptor>,
    seen: Mutex<Seen>,
}

/// A mail server. Dropping it ends it.
pub(super) struct Fake {
    port: u16,
    script: Arc<Script>,
    _serving: JoinSet<()>,
}

impl Fake {
    pub(super) async fn start(rule: impl Fn(usize, &str) -> Option<Reply> + Send + Sync + 'static) -> Self {
        Self::with(None, None, rule).await
    }

    /// Speaks TLS from the first byte.
    pub(super) async fn under_tls(
        tls: TlsAcceptor,
        rule: impl Fn(usize, &str) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        Self::with(None, Some(tls), rule).await
    }

    /// Speaks TLS after STARTTLS.
    pub(super) async fn with_tls(
        tls: TlsAcceptor,
        rule: impl Fn(usize, &str) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        Self::with(Some(tls), None, rule).await
    }

    async fn with(
        tls: Option<TlsAcceptor>,
        tls_first: Option<TlsAcceptor>,
        rule: impl Fn(usize, &str) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let script = Arc::new(Script { rule: Box::new(rule), tls, tls_first, seen: Mutex::default() });
        let mut serving = JoinSet::new();
        serving.spawn(accept(listener, Arc::clone(&script)));
        Self { port, script, _serving: serving }
    }

    pub(super) fn url(&self, user: &str) -> String {
        format!("smtp://{user}127.0.0.1:{}", self.port)
    }

    /// What each connection has said so far.
    pub(super) fn lines(&self) -> Vec<Vec<String>> {
        self.script.seen.lock().expect("unpoisoned").lines.clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.lines().len()
    }

    /// How many were open at once at most.
    pub(super) fn most(&self) -> usize {
        self.script.seen.lock().expect("unpoisoned").most
    }

    /// Waits until no connection is open.
    pub(super) async fn is_left_alone(&self) {
        while self.script.seen.lock().expect("unpoisoned").open > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// A polite server at the other end of `stream`.
pub(super) async fn serve(stream: impl Stream + 'static) {
    let script = Script { rule: Box::new(|_, _| None), tls: None, tls_first: None, seen: Mutex::default() };
    script.seen.lock().expect("unpoisoned").lines.push(Vec::new());
    talk(Box::new(stream), &script, 0, false).await;
}

async fn accept(listener: TcpListener, script: Arc<Script>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let number = script.open();
        let script = Arc::clone(&script);
        connections.spawn(async move {
            if let Some(stream) = begin(stream, &script).await
                && let Some(plain) = talk(stream, &script, number, true).await
                && let Some(tls) = &script.tls
                && let Ok(stream) = tls.accept(plain).await
            {
                talk(Box::new(stream), &script, number, false).await;
            }
            script.seen.lock().expect("unpoisoned").open -= 1;
        });
    }
}

/// What is talked over: none when TLS from the first byte comes to nothing.
async fn begin(stream: TcpStream, script: &Script) -> Option<Box<dyn Stream>> {
    match &script.tls_first {
        None => Some(Box::new(stream)),
        Some(tls) => Some(Box::new(tls.accept(stream).await.ok()?)),
    }
}

impl Script {
    fn open(&self) -> usize {
        let mut seen = self.seen.lock().expect("unpoisoned");
        seen.open += 1;
        seen.most = seen.most.max(seen.open);
        seen.lines.push(Vec::new());
        seen.lines.len() - 1
    }

    fn reply(&self, number: usize, line: &str) -> Reply {
        (self.rule)(number, line).unwrap_or_else(|| polite(line))
    }
}

fn polite(line: &str) -> Reply {
    Reply::Say(match line.split([' ', ':']).next().unwrap_or_default() {
        "connect" => "220 fake.test",
        "DATA" => "354 go on",
        "STARTTLS" => "220 go on",
        "AUTH" => "235 2.7.0 come in",
        "." => "250 2.0.0 taken",
        "QUIT" => return Reply::Last("221 bye"),
        _ => "250 fine",
    })
}

/// Talks until the end; gives the stream back when TLS is to begin.
async fn talk(stream: Box<dyn Stream>, script: &Script, number: usize, has_greeting: bool) -> Option<Box<dyn Stream>> {
    let mut stream = BufReader::new(stream);
    let mut line = if has_greeting { "connect".to_owned() } else { next(&mut stream, script, number).await? };
    let mut held = String::new();
    loop {
        let (text, is_last) = match script.reply(number, &line) {
            Reply::Say(text) => (text, false),
            Reply::Last(text) => (text, true),
            Reply::Hold(text) => {
                held += &format!("{text}\r\n");
                line = next(&mut stream, script, number).await?;
                continue;
            }
            Reply::Late(text) => {
                tokio::time::sleep(Duration::from_millis(30)).await;
                (text, false)
            }
            Reply::Close => return None,
            Reply::Silence => std::future::pending().await,
        };
        let all = format!("{}{text}\r\n", std::mem::take(&mut held));
        stream.get_mut().write_all(all.as_bytes()).await.ok()?;
        stream.get_mut().flush().await.ok()?;
        if is_last {
            return None;
        }
        if line == "STARTTLS" && text.starts_with("220") {
            return Some(stream.into_inner());
        }
        line = next(&mut stream, script, number).await?;
        while text.starts_with("354") && line != "." {
            line = next(&mut stream, script, number).await?;
        }
    }
}

/// The next line, without its end.
async fn next(stream: &mut BufReader<Box<dyn Stream>>, script: &Script, number: usize) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let line = line.strip_suffix("\r\n")?.to_owned();
    script.seen.lock().expect("unpoisoned").lines[number].push(line.clone());
    Some(line)
}
