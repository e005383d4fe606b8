//! The connections of the server: each is given up when its client takes nothing for too long, whatever it is answered, or
//! leaves a request half said.

use std::{
    net::SocketAddr,
    pin::{Pin, pin},
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request, serve::Listener};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutWriter;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use crate::Timing;

/// Accepts connections that do not wait for their clients forever.
#[derive(Debug)]
pub struct Connections {
    listener: TcpListener,
    timing: Timing,
}

type Connection = Pin<Box<TimeoutWriter<TcpStream>>>;

impl Connections {
    /// Accepts what comes to `listener`.
    pub fn new(listener: TcpListener, timing: Timing) -> Self {
        Self { listener, timing }
    }

    /// Serves until `stop`, then lets the requests in progress finish. Not axum's `serve`, which sets no timer: without one a
    /// half head, or nothing after an answer, is waited for without end.
    pub async fn serve(mut self, router: Router, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        while let Some((connection, address)) = stop.run_until_cancelled(self.accept()).await {
            tasks.spawn(serve(connection, address, router.clone(), self.timing.head, stop.clone()));
        }
        drop(self.listener);
        tasks.close();
        tasks.wait().await;
    }

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (connection, address) = Listener::accept(&mut self.listener).await;
        // Without it a small answer waits up to 40 ms for the client's acknowledgement of the one before.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let mut connection = TimeoutWriter::new(connection);
        connection.set_timeout(Some(self.timing.stall));
        (Box::pin(connection), address)
    }
}

async fn serve(connection: Connection, address: SocketAddr, router: Router, head: Duration, stop: CancellationToken) {
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        request.map(Body::new)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head);
    let served = http.serve_connection(TokioIo::new(connection), TowerToHyperService::new(service));
    let mut served = pin!(served.with_upgrades());
    let outcome = tokio::select! {
        outcome = served.as_mut() => outcome,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = outcome {
        tracing::trace!(error = &error as &dyn std::error::Error, "a connection broke off");
    }
}
