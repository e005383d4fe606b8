//! The sessions behind open WebSockets: looked up together, once in a while, so that a socket ends soon after its session
//! does, also when nothing is followed on it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use domain::{
    App,
    audience::{self, Doubt, Listener, Right},
    session::Viewer,
};
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

use crate::graphql::live::in_time;

/// How often they are looked up.
const TICK: Duration = Duration::from_secs(2);

/// The sessions behind the open WebSockets of one process. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    /// Cancelled when nobody looks any more, because the server stops.
    stopped: CancellationToken,
    sockets: TaskTracker,
    watched: Arc<Mutex<HashMap<Listener, Weak<CancellationToken>>>>,
}

/// A session that is looked up as long as this is kept; or nobody's, which never ends.
#[derive(Debug, Default)]
pub(super) struct Watched(Option<Arc<CancellationToken>>);

impl Watched {
    /// Waits until the session has ended.
    pub(super) async fn ended(&self) {
        match &self.0 {
            Some(ended) => ended.cancelled().await,
            None => std::future::pending().await,
        }
    }
}

impl Sessions {
    /// Looks the sessions up until `shutdown`, then waits until the sockets have told their clients.
    pub async fn run(self, app: App, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = tokio::time::sleep(TICK) => {}
            }
            if let Err(error) = self.look(&app).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "sessions could not be looked up yet");
            }
        }
        self.stopped.cancel();
        self.sockets.close();
        self.sockets.wait().await;
    }

    /// A socket is open for as long as the token is kept.
    pub(super) fn socket(&self) -> TaskTrackerToken {
        self.sockets.token()
    }

    /// Waits until the server stops.
    pub(super) async fn stopped(&self) {
        self.stopped.cancelled().await;
    }

    /// Watches the viewer's session from now on.
    pub(super) fn watch(&self, viewer: &Viewer) -> Watched {
        let listener = Listener { session_id: viewer.session.id, user_id: viewer.user.id, workspace_id: None };
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ended) = watched.get(&listener).and_then(Weak::upgrade) {
            return Watched(Some(ended));
        }
        let ended = Arc::new(CancellationToken::new());
        watched.insert(listener, Arc::downgrade(&ended));
        Watched(Some(ended))
    }

    async fn look(&self, app: &App) -> domain::Result<()> {
        let changed = in_time(audience::changed(app, &self.known(), Doubt::Sessions)).await?;
        for (listener, _) in changed.into_iter().filter(|(_, right)| right.is_err()) {
            let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner).remove(&listener);
            if let Some(ended) = watched.and_then(|watched| watched.upgrade()) {
                ended.cancel();
            }
        }
        Ok(())
    }

    /// Those that somebody still watches; they had not ended when they were last looked at.
    fn known(&self) -> Vec<(Listener, Right)> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.retain(|_, ended| ended.strong_count() > 0);
        watched.keys().map(|listener| (*listener, Ok(None))).collect()
    }
}
