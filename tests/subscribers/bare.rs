//! The control: a process of its own that does nothing but send the same bytes to every socket, over the WebSocket library
//! that Usher is served with.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
};

use axum::{
    Router,
    extract::{State, WebSocketUpgrade, ws::Message, ws::Utf8Bytes},
    response::Response,
    routing::get,
};
use domain::clock::Clock;
use tokio::{net::TcpListener, sync::broadcast};

/// The argument with which this program is the control.
pub(crate) const ARGUMENT: &str = "bare";
/// How many bytes are read, and gathered for writing, at once, as in Usher.
const BUFFER: usize = 4 * 1024;

/// The control at work. Dropping it ends it.
pub(crate) struct Bare {
    process: Child,
    client: reqwest::Client,
    pub(crate) port: u16,
}

impl Bare {
    /// Starts this program again, as the control.
    pub(crate) fn start() -> Self {
        let program = std::env::current_exe().expect("our own path");
        let mut process =
            Command::new(program).arg(ARGUMENT).stdout(Stdio::piped()).spawn().expect("our own program starts");
        let mut line = String::new();
        let output = process.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        Self { process, client: reqwest::Client::new(), port: line.trim().parse().expect("a port") }
    }

    /// Has a text sent to every socket. Answers when that began, in microseconds since 1970.
    pub(crate) async fn broadcast(&self, text: &str) -> i64 {
        let request = self.client.post(format!("http://127.0.0.1:{}/", self.port)).body(text.to_owned());
        let answer = request.send().await.expect("the control answers").text().await.expect("the whole answer");
        answer.parse().expect("a time")
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Is the control: says where it listens, and serves for ever.
pub(crate) async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    writeln!(std::io::stdout(), "{port}").expect("somebody reads");
    let (texts, _) = broadcast::channel::<Utf8Bytes>(16);
    let router = Router::new().route("/", get(follow).post(send)).with_state(texts);
    axum::serve(listener, router).await.expect("it serves");
}

async fn follow(State(texts): State<broadcast::Sender<Utf8Bytes>>, upgrade: WebSocketUpgrade) -> Response {
    let mut texts = texts.subscribe();
    let upgrade = upgrade.read_buffer_size(BUFFER).write_buffer_size(BUFFER).protocols(["graphql-transport-ws"]);
    upgrade.on_upgrade(async move |mut socket| {
        while let Ok(text) = texts.recv().await {
            if socket.send(Message::Text(text)).await.is_err() {
                return;
            }
        }
    })
}

async fn send(State(texts): State<broadcast::Sender<Utf8Bytes>>, text: String) -> String {
    let now = Clock::system().now().timestamp_micros();
    let _ = texts.send(text.into());
    now.to_string()
}
