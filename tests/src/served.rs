//! The app under test over the network: what the router alone cannot show, such as WebSockets.

use std::time::Duration;

use server::{DocumentList, Site, Timing};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How it is served.
pub struct Serving {
    /// How long connections that stay open may be silent.
    pub timing: Timing,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// The only documents that are executed; none means any.
    pub documents: Option<DocumentList>,
}

impl Default for Serving {
    fn default() -> Self {
        Self { timing: Timing::default(), request_timeout: Duration::from_mins(1), documents: None }
    }
}

/// Serves until it is dropped.
pub struct Served {
    /// Where it listens.
    pub address: Url,
    stop: CancellationToken,
    #[expect(dead_code, reason = "dropping it ends the tasks")]
    tasks: JoinSet<()>,
}

impl Served {
    pub(crate) async fn start(site: Site) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        tasks.spawn(site.feed.clone().run(site.app.clone(), stop.clone()));
        tasks.spawn(site.sessions.clone().run(site.app.clone(), stop.clone()));
        tasks.spawn(worker::sequence(site.app.clone(), stop.clone()));
        tasks.spawn(async { axum::serve(listener, server::router(site)).await.expect("it serves") });
        Self { address: address.parse().expect("a URL"), stop, tasks }
    }

    /// The server is asked to stop: connections that stay open end.
    pub fn stops(&self) {
        self.stop.cancel();
    }
}
