//! Bytes to and from the server, each step within its time; plain or under TLS.

use std::io;

use futures::FutureExt;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

use super::{
    answer::Answer,
    budget::Budget,
    failure::{Cause, Failure, Stage},
    server::Tls,
};

/// What can carry SMTP.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// One connection's bytes. Dropping it closes the connection.
pub(super) struct Wire {
    stream: BufReader<Box<dyn Stream>>,
}

impl Wire {
    pub(super) fn new(stream: impl Stream + 'static) -> Self {
        Self { stream: BufReader::new(Box::new(stream)) }
    }

    /// The same connection under TLS. Fails when the certificate is not the server's, or when the server has said
    /// something before: that would be taken for said under TLS.
    pub(super) async fn secured(self, stage: Stage, tls: &Tls, budget: &Budget) -> Result<Self, Failure> {
        if !self.stream.buffer().is_empty() {
            let error = io::Error::new(io::ErrorKind::InvalidData, "the mail server spoke before TLS had begun");
            return Err(Failure::new(stage, Cause::Broken(error)));
        }
        let stream = budget.run(stage, tls.connector.connect(tls.name.clone(), self.stream.into_inner())).await?;
        Ok(Self::new(stream))
    }

    /// Writes `bytes` in one piece.
    pub(super) async fn write(&mut self, stage: Stage, bytes: &[u8], budget: &Budget) -> Result<(), Failure> {
        let writer = self.stream.get_mut();
        let write = async {
            writer.write_all(bytes).await?;
            writer.flush().await
        };
        budget.run(stage, write).await
    }

    /// Reads the answer to what was written.
    pub(super) async fn read(&mut self, stage: Stage, budget: &Budget) -> Result<Answer, Failure> {
        budget.run(stage, Answer::read(&mut self.stream)).await
    }

    /// Writes `bytes` and reads the answer, whatever it is.
    pub(super) async fn ask(&mut self, stage: Stage, bytes: &[u8], budget: &Budget) -> Result<Answer, Failure> {
        self.write(stage, bytes, budget).await?;
        self.read(stage, budget).await
    }

    /// Whether the server has closed the connection, or has said something that nobody asked for, as in 421. Does not
    /// wait and costs no round trip.
    pub(super) fn has_ended(&mut self) -> bool {
        self.stream.fill_buf().now_or_never().is_some()
    }

    /// Says QUIT as far as that goes without waiting, and closes.
    pub(super) fn quit(mut self) {
        let writer = self.stream.get_mut();
        let farewell = async {
            writer.write_all(b"QUIT\r\n").await?;
            writer.flush().await
        };
        // A server that does not take it sees the connection end just the same.
        let _: Option<io::Result<()>> = farewell.now_or_never();
    }
}
