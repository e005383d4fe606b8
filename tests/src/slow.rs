//! A way to a server that takes its time: a TCP proxy that holds back what passes, in both directions.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
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
    lost: Lost,
    _over: DropGuard,
}

impl SlowWay {
    /// To this port of the loopback, with this delay each way.
    pub async fn to(target: u16, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on the loopback");
        let port = listener.local_addr().expect("the address of a listener").port();
        let over = CancellationToken::new();
        let tasks = TaskTracker::new();
        let lost = Lost::default();
        let accepting = accept(listener, target, delay, tasks.clone(), lost.clone());
        tasks.spawn(over.clone().run_until_cancelled_owned(accepting));
        Self { port, lost, _over: over.drop_guard() }
    }

    /// Loses the connections there are, as when a host goes away: nothing passes and nobody is told. New ones are taken.
    pub fn loses_connections(&self) {
        self.lost.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Its near end.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// How often all connections were lost.
#[derive(Clone, Default)]
struct Lost(Arc<AtomicU32>);

impl Lost {
    fn times(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, target: u16, delay: Duration, tasks: TaskTracker, lost: Lost) {
    while let Ok((near, _)) = listener.accept().await {
        let Ok(far) = TcpStream::connect(("127.0.0.1", target)).await else { continue };
        let ((near_reads, near_writes), (far_reads, far_writes)) = (near.into_split(), far.into_split());
        tasks.spawn(pass(near_reads, far_writes, delay, lost.clone()));
        tasks.spawn(pass(far_reads, near_writes, delay, lost.clone()));
    }
}

/// Passes bytes on until one end closes, which closes the other.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration, lost: Lost) {
    let mut bytes = vec![0; 64 << 10];
    let times = lost.times();
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if lost.times() > times {
            pending::<()>().await;
        }
        sleep(delay).await;
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
