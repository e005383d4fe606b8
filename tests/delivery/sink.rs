//! A mail server that costs next to nothing: it takes every mail and remembers only when, on a thread of its own.

use std::{
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedWriteHalf},
};

/// How long mails may be awaited.
const PATIENCE: Duration = Duration::from_secs(600);
const OFFERS: &[u8] = b"250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n";

/// The mail server.
pub(crate) struct Sink {
    port: u16,
    taken: Arc<Taken>,
}

#[derive(Default)]
struct Taken {
    at: Mutex<Vec<Instant>>,
    more: Condvar,
}

impl Sink {
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port on the loopback");
        listener.set_nonblocking(true).expect("a socket option");
        let port = listener.local_addr().expect("the address of a listener").port();
        let taken = Arc::new(Taken::default());
        let sink = Self { port, taken: Arc::clone(&taken) };
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let tasks = tokio::task::LocalSet::new();
            tasks.block_on(&runtime, async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::task::spawn_local(talk(stream, Arc::clone(&taken)));
                }
            });
        });
        sink
    }

    /// Where it listens, on the loopback.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Waits until so many mails have been taken since it began, or were forgotten, and answers when each was.
    pub(crate) fn wait_for(&self, mails: usize) -> Vec<Instant> {
        let at = self.taken.at.lock().expect("no panic");
        let (at, waited) = self.taken.more.wait_timeout_while(at, PATIENCE, |at| at.len() < mails).expect("no panic");
        assert!(!waited.timed_out(), "{} of {mails} mails came", at.len());
        at.clone()
    }

    /// Forgets what has been taken.
    pub(crate) fn forget(&self) {
        self.taken.at.lock().expect("no panic").clear();
    }
}

/// One connection. A client may send commands without waiting for the answers.
async fn talk(stream: TcpStream, taken: Arc<Taken>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let (mut reader, mut writer) = stream.into_split();
    let (mut buffer, mut begin, mut end) = (vec![0; 64 << 10], 0, 0);
    let mut in_mail = false;
    writer.write_all(b"220 sink.test\r\n").await.ok()?;
    loop {
        let rest = &buffer[begin..end];
        let (found, mark) = if in_mail { (find(rest, b"\r\n.\r\n"), 5) } else { (find(rest, b"\r\n"), 2) };
        if let Some(length) = found {
            let line = &buffer[begin..begin + length];
            in_mail = !in_mail && line.eq_ignore_ascii_case(b"DATA");
            begin += length + mark;
            let was_mail = mark == 5;
            if was_mail {
                taken.at.lock().expect("no panic").push(Instant::now());
                taken.more.notify_all();
            }
            answer(&mut writer, if was_mail { b"." } else { line }).await?;
            continue;
        }
        buffer.copy_within(begin..end, 0);
        (begin, end) = (0, end - begin);
        let read = reader.read(&mut buffer[end..]).await.ok()?;
        if read == 0 {
            return None;
        }
        end += read;
    }
}

async fn answer(writer: &mut OwnedWriteHalf, line: &[u8]) -> Option<()> {
    let text: &[u8] = match line.first().map(u8::to_ascii_uppercase)? {
        b'E' => OFFERS,
        b'D' => b"354 go on\r\n",
        b'Q' => b"221 bye\r\n",
        _ => b"250 fine\r\n",
    };
    writer.write_all(text).await.ok()
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).position(|window| window == mark)
}
