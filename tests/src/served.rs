//! The app under test over the network: what the router alone cannot show, such as WebSockets.

use std::time::Duration;

use server::{Connections, DocumentList, Site, Timing};
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
    /// Whether events are read from the beginning; else [`Served::reads_events`] begins.
    pub reads_events: bool,
}

impl Default for Serving {
    fn default() -> Self {
        Self { timing: Timing::default(), request_timeout: Duration::from_mins(1), documents: None, reads_events: true }
    }
}

/// Serves until it is dropped.
pub struct Served {
    /// Where it listens.
    pub address: Url,
    stop: CancellationToken,
    site: Site,
    tasks: JoinSet<()>,
}

impl Served {
    pub(crate) async fn start(site: Site, reads_events: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let connections = Connections::new(listener, site.timing);
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        tasks.spawn(site.sessions.clone().run(site.app.clone(), stop.clone()));
        tasks.spawn(worker::sequence(site.app.clone(), stop.clone()));
        let router = server::router(site.clone());
        tasks.spawn(connections.serve(router, stop.clone()));
        let mut served = Self { address: address.parse().expect("a URL"), stop, site, tasks };
        if reads_events {
            served.reads_events();
        }
        served
    }

    /// Begins to read events.
    pub fn reads_events(&mut self) {
        self.tasks.spawn(self.site.feed.clone().run(self.site.app.clone(), self.stop.clone()));
    }

    /// The server is asked to stop: connections that stay open end.
    pub fn stops(&self) {
        self.stop.cancel();
    }
}
