//! Topics: what can be followed, and a change as it is told.

use std::sync::Arc;

use domain::{App, Result, event, invitation};
use entity::event::Model;
use uuid::Uuid;

use super::told::Written;

/// What somebody follows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    /// The invitations of a workspace.
    Workspace(Uuid),
    /// The invitations addressed to a person, by the address in its comparable form.
    Person(Arc<str>),
}

/// A change of an invitation: the event, and the invitation as it was found when the event was read.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) event: Model,
    pub(crate) invitation: invitation::Invitation,
    /// What it is told as, when many may be told of it.
    pub(super) written: Option<Written>,
}

impl Change {
    /// Its place in the one order of events.
    pub(crate) fn number(&self) -> i64 {
        self.event.number.unwrap_or_default()
    }

    /// The topics it belongs to.
    pub(super) fn topics(&self) -> [Topic; 2] {
        let row = &self.invitation.row;
        [Topic::Workspace(row.workspace_id), Topic::Person(row.email_key.as_str().into())]
    }
}

impl Topic {
    /// Whether it is what somebody is invited to.
    pub(super) fn is_person(&self) -> bool {
        matches!(self, Self::Person(_))
    }

    /// What the table has of it after `cursor`, at most `limit`, and the number it was read up to
    /// when there may be more.
    pub(super) async fn read(&self, app: &App, cursor: i64, limit: u64) -> Result<(Vec<Arc<Change>>, Option<i64>)> {
        let events = match self {
            Self::Workspace(id) => event::of_invitations(app, *id, cursor, limit).await?,
            Self::Person(email_key) => event::of_invitations_to(app, email_key, cursor, limit).await?,
        };
        let full = events.len() as u64 == limit;
        let read_to = events.last().filter(|_| full).and_then(|event| event.number);
        Ok((changes(app, events, || None).await?, read_to))
    }
}

/// The changes that events tell of; those of no invitation tell of none. What one subscription reads for itself is not
/// `written` for others.
pub(super) async fn changes(
    app: &App,
    events: Vec<Model>,
    written: fn() -> Option<Written>,
) -> Result<Vec<Arc<Change>>> {
    let mut ids: Vec<Uuid> = events.iter().filter_map(|event| event.invitation_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let invitations = invitation::load(&app.db, &ids).await?;
    let changes = events.into_iter().filter_map(|event| {
        let invitation = invitations.get(&event.invitation_id?)?.clone();
        Some(Arc::new(Change { event, invitation, written: written() }))
    });
    Ok(changes.collect())
}
