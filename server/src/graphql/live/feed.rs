//! The feed: reads new events once for all subscriptions of this process, and hands each its own. A subscription that has
//! missed something, because it was slow or has just begun, reads it from the table; so none is missing and none comes
//! twice.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use async_graphql::Result;
use async_stream::try_stream;
use domain::{
    App, Error,
    audience::{self, Doubt, Listener, Right},
    doorbell::Bell,
    event,
    membership::Member,
    workspace,
};
use futures::Stream;
use tokio::{
    sync::broadcast::error::RecvError,
    time::{Interval, MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    in_time,
    seats::{Batch, Seats},
    told::Written,
    topic::{Change, Topic, changes},
};
use crate::graphql::error::shown;

/// How often table and rights are looked at when no bell rings: what went unheard is seen after this at the latest.
const TICK: Duration = Duration::from_secs(1);
/// How many events are read at once.
const READ_AT_ONCE: u64 = 500;
/// Whoever reads fewer has read all that could be numbered at once.
const _: () = assert!(READ_AT_ONCE <= event::NUMBERED_AT_ONCE);

/// The feed of one process. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    seats: Arc<Seats>,
}

impl Feed {
    /// Reads and hands out until `shutdown`, and looks at the rights of everybody beside that: with many it takes a while,
    /// which no event waits for.
    pub async fn run(self, app: App, shutdown: CancellationToken) {
        futures::join!(self.read(&app, &shutdown), self.check_all(&app, &shutdown));
    }

    async fn read(&self, app: &App, shutdown: &CancellationToken) {
        let mut bell = app.doorbell.listen(Bell::Events);
        let (mut tick, mut doubt) = (tick(), Doubt::Everything);
        loop {
            let read = tokio::select! {
                () = shutdown.cancelled() => return,
                _ = bell.changed() => in_time(self.hand_out(app, &mut doubt)).await,
                _ = tick.tick() => in_time(self.look(app, &mut doubt)).await,
            };
            if let Err(error) = read {
                tracing::warn!(error = &error as &dyn std::error::Error, "events could not be read yet");
            }
        }
    }

    /// Ends whoever may not listen any more, also when nothing happens that could be told.
    async fn check_all(&self, app: &App, shutdown: &CancellationToken) {
        let mut tick = tick();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = tick.tick() => {}
            }
            match in_time(audience::changed(app, &self.seats.known(), Doubt::Everything)).await {
                Ok(found) => self.seats.set_rights(&found),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "rights could not be looked up yet");
                }
            }
        }
    }

    /// Hands out what no bell told of.
    async fn look(&self, app: &App, doubt: &mut Doubt) -> domain::Result<()> {
        if self.seats.are_empty() {
            self.seats.skip_to(event::cursor(app).await?);
        }
        self.hand_out(app, doubt).await
    }

    /// Hands out what has come; while nobody listens it reads nothing. What changed memberships before an event was committed is
    /// read with it or before, unless there is more than was read: until all of that is handed out, everything is in `doubt`.
    async fn hand_out(&self, app: &App, doubt: &mut Doubt) -> domain::Result<()> {
        while !self.seats.are_empty() {
            let Some(reached) = self.seats.reached() else {
                self.seats.begin_at(event::cursor(app).await?);
                return Ok(());
            };
            let events = event::since(app, reached, READ_AT_ONCE).await?;
            let Some(last) = events.last().and_then(|event| event.number) else { return Ok(()) };
            // Those that come meanwhile ring.
            let are_all = (events.len() as u64) < READ_AT_ONCE;
            let of_members = events.iter().filter(|event| event::concerns_members(event));
            let mut workspaces: HashSet<Uuid> = of_members.map(|event| event.workspace_id).collect();
            if !are_all || !workspaces.is_empty() {
                *doubt = Doubt::Everything;
            }
            let mut told: HashMap<Topic, Vec<Arc<Change>>> = HashMap::new();
            let events = self.seats.concerned_by(events);
            workspaces.extend(events.iter().map(|event| event.workspace_id));
            let topics = workspaces.iter().copied().map(Topic::Workspace);
            // After the events were read: whoever lost the right before one of them was committed is not told of it.
            let known = self.seats.known_of(topics);
            let (changes, mut rights) = futures::try_join!(
                changes(app, events, || Some(Written::default())),
                audience::changed(app, &known, *doubt)
            )?;
            for change in changes {
                for topic in change.topics() {
                    told.entry(topic).or_default().push(Arc::clone(&change));
                }
            }
            // Whom the invitations are addressed to is known only now. In a deleted workspace nobody has a right, but the one
            // invited needs none.
            let people = self.seats.known_of(told.keys().filter(|topic| topic.is_person()).cloned());
            if !people.is_empty() {
                let (deleted, changed) = futures::try_join!(
                    workspace::deleted_among(&app.db, workspaces),
                    audience::changed(app, &people, Doubt::Sessions)
                )?;
                rights.extend(changed);
                for (_, changes) in told.iter_mut().filter(|(topic, _)| topic.is_person()) {
                    changes.retain(|change| !deleted.contains(&change.event.workspace_id));
                }
            }
            self.seats.set_rights(&rights);
            self.seats.hand_out(told, last);
            if are_all {
                *doubt = Doubt::Sessions;
                break;
            }
        }
        Ok(())
    }

    /// The changes of `topic` with a number greater than `cursor`, for as long as `listener` has the right, which `right`
    /// is now: what is in the table, then what comes. It does not end when the server stops: an end means that there is
    /// nothing more to tell.
    pub(crate) fn follow(
        &self,
        app: App,
        topic: Topic,
        listener: Listener,
        right: Right,
        mut cursor: i64,
    ) -> impl Stream<Item = Result<(Arc<Change>, Option<Arc<Member>>)>> + use<> {
        let seats = Arc::clone(&self.seats);
        let mut seat = seats.take(&topic, listener, right);
        try_stream! {
            let mut behind = true;
            loop {
                let mut read_to = None;
                let changes: Batch = if behind {
                    let changes;
                    (changes, read_to) = asked(|| topic.read(&app, cursor, READ_AT_ONCE)).await.map_err(shown)?;
                    behind = read_to.is_some();
                    // After the events were read, as in `hand_out`.
                    allowed(asked(|| audience::right_of(&app, listener)).await.map_err(shown)?)?;
                    changes.into()
                } else {
                    match seat.batches.recv().await {
                        Ok(batch) => batch,
                        Err(missed) => {
                            behind = true;
                            if missed == RecvError::Closed {
                                let right = asked(|| audience::right_of(&app, listener)).await.map_err(shown)?;
                                seat = seats.take(&topic, listener, right);
                            }
                            continue;
                        }
                    }
                };
                allowed(seat.right_now())?;
                for change in changes.iter() {
                    if change.number() > cursor {
                        cursor = change.number();
                        let member = allowed(seat.right_now())?;
                        yield (Arc::clone(change), member);
                    }
                }
                cursor = read_to.map_or(cursor, |read_to| cursor.max(read_to));
            }
        }
    }
}

/// Asks the database until it answers: whoever follows does not lose its place because the database is away for a while.
async fn asked<T, F: Future<Output = domain::Result<T>>>(mut ask: impl FnMut() -> F) -> domain::Result<T> {
    loop {
        match in_time(ask()).await {
            Err(Error::Internal(error)) => {
                tracing::warn!(error = &*error as &dyn std::error::Error, "events could not be read yet");
                sleep(TICK).await;
            }
            answer => return answer,
        }
    }
}

fn tick() -> Interval {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick
}

fn allowed(right: Right) -> Result<Option<Arc<Member>>> {
    right.map_err(|ended| shown(Error::from(ended)))
}
