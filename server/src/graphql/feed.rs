//! The feed: reads new events once for all subscriptions of this process, and hands each its own. A subscription that has
//! missed something, because it was slow or has just begun, reads it from the table; so none is missing and none comes
//! twice.

use std::{sync::Arc, time::Duration};

use async_graphql::Result;
use async_stream::try_stream;
use domain::{
    App, Error,
    doorbell::Bell,
    event,
    membership::Member,
    policy::Action,
    session::{self, Viewer},
};
use entity::event::Model;
use futures::Stream;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::error::shown;

/// How often the table is looked at when no bell rings: events of other processes are seen after this at the latest.
const TICK: Duration = Duration::from_secs(1);
/// How long a subscription goes on at most after its session was ended.
const RECHECK: Duration = Duration::from_secs(10);
/// How many events are read at once.
const READ_AT_ONCE: u64 = 500;
/// How many batches a slow subscription may be behind before it reads from the table.
const BEHIND: usize = 64;

/// Events in order, and the number they begin after.
#[derive(Debug)]
struct Batch {
    after: i64,
    events: Vec<Model>,
}

/// The feed of one process. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Feed {
    batches: broadcast::Sender<Arc<Batch>>,
    /// Cancelled when the feed ends: so do its subscriptions, which would keep a stop waiting.
    closed: CancellationToken,
}

impl Default for Feed {
    fn default() -> Self {
        Self { batches: broadcast::channel(BEHIND).0, closed: CancellationToken::new() }
    }
}

impl Feed {
    /// Reads and hands out until `shutdown`; while nobody listens it reads nothing.
    pub async fn run(self, app: App, shutdown: CancellationToken) {
        let mut bell = app.doorbell.listen(Bell::Events);
        let mut reached = None;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = tokio::time::timeout(TICK, bell.changed()) => {}
            }
            if self.batches.receiver_count() == 0 {
                reached = None;
                continue;
            }
            match self.hand_out(&app, reached).await {
                Ok(now) => reached = Some(now),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "events could not be read yet");
                }
            }
        }
        self.closed.cancel();
    }

    /// Hands out what has come after `reached`; at the beginning only says where events stand. Answers where they do.
    async fn hand_out(&self, app: &App, reached: Option<i64>) -> domain::Result<i64> {
        let Some(mut after) = reached else {
            let now = event::cursor(app).await?;
            let _ = self.batches.send(Arc::new(Batch { after: now, events: Vec::new() }));
            return Ok(now);
        };
        loop {
            let events = event::since(app, after, READ_AT_ONCE).await?;
            let Some(last) = events.last().and_then(|event| event.number) else { return Ok(after) };
            // Nobody listening any more is no error.
            let _ = self.batches.send(Arc::new(Batch { after, events }));
            after = last;
        }
    }

    /// The events of a workspace's invitations with a number greater than `cursor`, for as long as the viewer's session
    /// lasts and may manage them: what is in the table, then what comes.
    pub(crate) fn follow(
        &self,
        app: App,
        viewer: Viewer,
        workspace_id: Uuid,
        mut cursor: i64,
    ) -> impl Stream<Item = Result<(Model, Member)>> + use<> {
        let (mut batches, closed) = (self.batches.subscribe(), self.closed.clone());
        try_stream! {
            let mut behind = true;
            loop {
                let mut events = Vec::new();
                let mut changed = false;
                if behind {
                    events = event::of_invitations(&app, workspace_id, cursor, READ_AT_ONCE).await.map_err(shown)?;
                    behind = events.len() as u64 == READ_AT_ONCE;
                } else {
                    let received = tokio::select! {
                        received = batches.recv() => Some(received),
                        () = tokio::time::sleep(RECHECK) => None,
                        () = closed.cancelled() => return,
                    };
                    let Some(received) = received else {
                        // A session can end without an event.
                        still_allowed(&app, &viewer, workspace_id).await.map_err(shown)?;
                        continue;
                    };
                    match received {
                        Ok(batch) if batch.after <= cursor => {
                            events = batch.events.iter().filter(|event| concerns(event, workspace_id, cursor)).cloned().collect();
                            changed = batch.events.iter().any(|event| changes_rights(event, workspace_id));
                            cursor = batch.events.last().and_then(|event| event.number).map_or(cursor, |last| last.max(cursor));
                        }
                        Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => behind = true,
                        Err(broadcast::error::RecvError::Closed) => return,
                    }
                }
                if events.is_empty() && !changed {
                    continue;
                }
                let member = still_allowed(&app, &viewer, workspace_id).await.map_err(shown)?;
                for event in events {
                    cursor = event.number.map_or(cursor, |number| number.max(cursor));
                    yield (event, member.clone());
                }
            }
        }
    }
}

/// Whether an event may have taken the workspace from a subscriber: then it is asked for at once.
fn changes_rights(event: &Model, workspace_id: Uuid) -> bool {
    event.workspace_id == workspace_id && (event.kind.starts_with("member.") || event.kind.starts_with("workspace."))
}

fn concerns(event: &Model, workspace_id: Uuid, cursor: i64) -> bool {
    event.workspace_id == workspace_id && event.status.is_some() && event.number > Some(cursor)
}

/// The viewer as a member who may manage invitations, as of now.
pub(crate) async fn still_allowed(app: &App, viewer: &Viewer, workspace_id: Uuid) -> domain::Result<Member> {
    let sessions = session::list(app, viewer).await?;
    if !sessions.iter().any(|session| session.id == viewer.session.id) {
        return Err(Error::Unauthenticated);
    }
    let member = Member::load(&app.db, viewer.user.id, workspace_id).await?;
    member.require(Action::ManageInvitations)?;
    Ok(member)
}
