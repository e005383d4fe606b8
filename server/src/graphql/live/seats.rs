//! Seats: who follows what in this process. Everybody with the same session and workspace shares one right.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::audience::{Listener, Right};
use entity::event::Model;
use tokio::sync::{broadcast, watch};

use super::topic::{Change, Topic};

/// How many batches a slow subscription may be behind before it reads from the table.
const BEHIND: usize = 16;

/// Changes of one topic, in order; none when somebody's right has ended.
pub(super) type Batch = Arc<[Arc<Change>]>;

/// One subscription's ends.
pub(super) struct Seat {
    pub(super) batches: broadcast::Receiver<Batch>,
    pub(super) right: watch::Receiver<Right>,
}

impl Seat {
    /// The right as it was last found.
    pub(super) fn right_now(&self) -> Right {
        self.right.borrow().clone()
    }
}

/// All seats, and the number up to which events have been handed out to them.
#[derive(Debug, Default)]
pub(super) struct Seats(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    reached: Option<i64>,
    rooms: HashMap<Topic, Room>,
}

/// The seats of one topic.
#[derive(Debug)]
struct Room {
    batches: broadcast::Sender<Batch>,
    rights: HashMap<Listener, watch::Sender<Right>>,
}

impl Default for Room {
    fn default() -> Self {
        Self { batches: broadcast::channel(BEHIND).0, rights: HashMap::new() }
    }
}

impl Seats {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a seat. What is handed out from now on reaches it; what was before is in the table.
    pub(super) fn take(&self, topic: &Topic, listener: Listener, right: Right) -> Seat {
        let mut inner = self.inner();
        let room = inner.rooms.entry(topic.clone()).or_default();
        let begin = || watch::channel(right.clone()).0;
        let shared = room.rights.entry(listener).or_insert_with(begin);
        // Who was told that the right has ended is told nothing more, also when there is a new one.
        if shared.borrow().is_err() {
            *shared = begin();
        }
        Seat { batches: room.batches.subscribe(), right: shared.subscribe() }
    }

    /// The number up to which events have been handed out; none before the beginning.
    pub(super) fn reached(&self) -> Option<i64> {
        self.inner().reached
    }

    /// Whether nobody follows anything.
    pub(super) fn are_empty(&self) -> bool {
        self.inner().rooms.is_empty()
    }

    /// Goes on from `number` without handing anything out, as long as nobody could miss it.
    pub(super) fn skip_to(&self, number: i64) {
        let mut inner = self.inner();
        if inner.rooms.is_empty() {
            inner.reached = Some(number);
        }
    }

    /// Begins at `number`. Whoever had a seat before takes a new one and reads the table.
    pub(super) fn begin_at(&self, number: i64) {
        *self.inner() = Inner { reached: Some(number), rooms: HashMap::new() };
    }

    /// The events that may concern somebody. Whom an invitation is addressed to is not known before it is read.
    pub(super) fn concerned_by(&self, events: Vec<Model>) -> Vec<Model> {
        let inner = self.inner();
        let everything = inner.rooms.keys().any(|topic| matches!(topic, Topic::Person(_)));
        let concerns = |event: &Model| everything || inner.rooms.contains_key(&Topic::Workspace(event.workspace_id));
        events.into_iter().filter(|event| event.status.is_some() && concerns(event)).collect()
    }

    /// Hands out the changes up to the number `last` to the seats of their topics.
    pub(super) fn hand_out(&self, changes: HashMap<Topic, Vec<Arc<Change>>>, last: i64) {
        let mut inner = self.inner();
        for (topic, changes) in changes {
            if let Some(room) = inner.rooms.get(&topic) {
                // Nobody listening any more is no error.
                let _ = room.batches.send(changes.into());
            }
        }
        inner.reached = Some(last);
    }

    /// Who has a seat at one of these topics, with the right as it is known.
    pub(super) fn known_of(&self, topics: impl IntoIterator<Item = Topic>) -> Vec<(Listener, Right)> {
        let inner = self.inner();
        topics.into_iter().filter_map(|topic| inner.rooms.get(&topic)).flat_map(Room::known).collect()
    }

    /// Who has a seat at all, with the right as it is known. Those that were left are cleared away.
    pub(super) fn known(&self) -> Vec<(Listener, Right)> {
        let mut inner = self.inner();
        inner.rooms.retain(|_, room| room.batches.receiver_count() > 0);
        for room in inner.rooms.values_mut() {
            room.rights.retain(|_, right| right.receiver_count() > 0);
        }
        inner.rooms.values().flat_map(Room::known).collect()
    }

    /// Writes down the rights of everybody as they have been found.
    pub(super) fn set_rights(&self, found: &HashMap<Listener, Right>) {
        self.inner().rooms.values().for_each(|room| room.set_rights(found));
    }
}

impl Room {
    fn known(&self) -> impl Iterator<Item = (Listener, Right)> {
        self.rights.iter().map(|(listener, right)| (*listener, right.borrow().clone()))
    }

    /// Writes down the rights as they have been found. One that has ended stays so, whatever was found a moment before and is
    /// written later. It wakes everybody, since few end and each event would cost more if everybody waited for its own.
    fn set_rights(&self, found: &HashMap<Listener, Right>) {
        // Almost always all are as they were.
        if found.is_empty() {
            return;
        }
        let mut has_ended = false;
        for (listener, shared) in &self.rights {
            let Some(right) = found.get(listener) else { continue };
            shared.send_if_modified(|known| {
                has_ended |= known.is_ok() && right.is_err();
                if known.is_ok() {
                    known.clone_from(right);
                }
                false
            });
        }
        if has_ended {
            // Nobody listening any more is no error.
            let _ = self.batches.send(Batch::default());
        }
    }
}
