//! A way to a server that takes its time: a TCP proxy that holds back what passes, in both directions.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// The way. Dropping it closes it.
pub struct SlowWay {
    port: u16,
    _over: DropGuard,
}

impl SlowWay {
    /// To this port of the loopback, with this delay each way.
    pub async fn to(target: u16, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on the loopback");
        let port = listener.local_addr().expect("the address of a listener").port();
        let over = CancellationToken::new();
        let tasks = TaskTracker::new();
        tasks.spawn(over.clone().run_until_cancelled_owned(accept(listener, target, delay, tasks.clone())));
        Self { port, _over: over.drop_guard() }
    }

    /// Its near end.
    pub fn port(&self) -> u16 {
        self.port
    }
}

async fn accept(listener: TcpListener, target: u16, delay: Duration, tasks: TaskTracker) {
    while let Ok((near, _)) = listener.accept().await {
        let Ok(far) = TcpStream::connect(("127.0.0.1", target)).await else { continue };
        let ((near_reads, near_writes), (far_reads, far_writes)) = (near.into_split(), far.into_split());
        tasks.spawn(pass(near_reads, far_writes, delay));
        tasks.spawn(pass(far_reads, near_writes, delay));
    }
}

/// Passes bytes on until one end closes, which closes the other.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        sleep(delay).await;
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
