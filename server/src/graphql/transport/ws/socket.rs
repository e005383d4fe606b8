//! A WebSocket: texts in and out, within the limits of time. A client that makes no room for a message, or says nothing
//! at all, is given up.

use std::pin::Pin;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use tokio::time::{Duration, Instant, Sleep, sleep_until, timeout};

use super::{super::Timing, close::Close, message::Outgoing};

/// How long a client may take to answer our closing.
const FAREWELL: Duration = Duration::from_secs(2);

/// One client's socket.
pub(super) struct Socket {
    socket: WebSocket,
    timing: Timing,
    /// When something came last.
    heard: Instant,
    /// When we asked last whether anybody is there.
    asked: Instant,
    /// Until it is time to see whether to ask. Kept, because setting a timer for each message costs more than the message.
    look: Pin<Box<Sleep>>,
}

impl Socket {
    pub(super) fn new(socket: WebSocket, timing: Timing) -> Self {
        let now = Instant::now();
        Self { socket, timing, heard: now, asked: now, look: Box::pin(sleep_until(now + timing.ping)) }
    }

    /// The next text that the client sends. May be dropped and called again.
    pub(super) async fn hear(&mut self) -> Result<Utf8Bytes, Close> {
        loop {
            let message = tokio::select! {
                message = self.socket.recv() => message,
                () = &mut self.look => {
                    if Instant::now() >= self.ask_at() {
                        self.ask().await?;
                    }
                    let next = self.ask_at();
                    self.look.as_mut().reset(next);
                    continue;
                }
            };
            self.heard = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Binary(_))) => {
                    return Err(Close::BadRequest("Invalid message: it must be text".to_owned()));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Err(error)) => return Err(Close::BadRequest(format!("Invalid message: {error}"))),
                Some(Ok(Message::Close(_))) | None => return Err(Close::Gone),
            }
        }
    }

    fn ask_at(&self) -> Instant {
        self.heard.max(self.asked) + self.timing.ping
    }

    async fn ask(&mut self) -> Result<(), Close> {
        if self.heard.elapsed() >= self.timing.silence {
            return Err(Close::Gone);
        }
        self.asked = Instant::now();
        self.send(Message::Ping(Default::default())).await
    }

    /// Says something to the client.
    pub(super) async fn say(&mut self, message: &Outgoing<'_>) -> Result<(), Close> {
        let text = message.text().map_err(|_| Close::Internal)?;
        self.send(Message::Text(text.into())).await
    }

    /// One message at a time: who produces them waits here, so that none pile up for a client that is slow.
    async fn send(&mut self, message: Message) -> Result<(), Close> {
        match timeout(self.timing.stall, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Close::Gone),
        }
    }

    /// Tells the client why, and waits a moment for it to close too, so that the reason is not lost on the way.
    pub(super) async fn close(mut self, reason: Close) {
        let Some(frame) = reason.frame() else { return };
        if self.send(Message::Close(Some(frame))).await.is_ok() {
            let closed = async { while let Some(Ok(_)) = self.socket.recv().await {} };
            let _ = timeout(FAREWELL, closed).await;
        }
    }
}
