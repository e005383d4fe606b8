//! The connections of the server: each is given up when its client takes nothing for too long, whatever it is answered.

use std::{io, net::SocketAddr, pin::Pin, time::Duration};

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutWriter;

/// Accepts connections that do not wait for their clients forever.
#[derive(Debug)]
pub struct Connections {
    listener: TcpListener,
    stall: Duration,
}

impl Connections {
    /// `stall` is how long a client may take to make room for what it is sent.
    pub fn new(listener: TcpListener, stall: Duration) -> Self {
        Self { listener, stall }
    }
}

impl Listener for Connections {
    type Io = Pin<Box<TimeoutWriter<TcpStream>>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (connection, address) = Listener::accept(&mut self.listener).await;
        // Without it a small answer waits up to 40 ms for the client's acknowledgement of the one before.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let mut connection = TimeoutWriter::new(connection);
        connection.set_timeout(Some(self.stall));
        (Box::pin(connection), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
