//! An SMTP server that lets nobody in: it answers each recipient with the same refusal.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// A server that refuses. Dropping it ends it.
pub struct RefusingSmtp {
    port: u16,
    _over: DropGuard,
}

impl RefusingSmtp {
    /// Starts a server that answers with `refusal`, as in `550 5.1.1 Nobody here`, of one line or more.
    pub async fn start(refusal: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on the loopback");
        let port = listener.local_addr().expect("the address of a listener").port();
        let over = CancellationToken::new();
        let tasks = TaskTracker::new();
        tasks.spawn(over.clone().run_until_cancelled_owned(serve(listener, refusal.into(), tasks.clone())));
        Self { port, _over: over.drop_guard() }
    }

    /// The address of the server.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }
}

async fn serve(listener: TcpListener, refusal: Arc<str>, tasks: TaskTracker) {
    while let Ok((stream, _)) = listener.accept().await {
        let refusal = Arc::clone(&refusal);
        tasks.spawn(async move {
            // A client that goes away in the middle is its own business.
            let _ = talk(stream, &refusal).await;
        });
    }
}

async fn talk(stream: TcpStream, refusal: &str) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 refusing.test\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer = match line.get(..4) {
            Some("RCPT") => refusal,
            Some("QUIT") => "221 bye",
            _ => "250 ok",
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}
