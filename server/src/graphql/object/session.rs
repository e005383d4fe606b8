//! Session: a signed-in client of the viewer.

use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};
use domain::id::Kind;
use entity::session::Model;

/// A signed-in client of the viewer.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) row: Model,
    pub(crate) current: bool,
}

/// A signed-in client of the viewer.
#[Object]
impl Session {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Session.id(self.row.id).into()
    }

    /// When the login happened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it was last used, to about a minute.
    async fn last_seen_at(&self) -> DateTime<Utc> {
        self.row.last_seen_at
    }

    /// What the client called itself at login.
    async fn user_agent(&self) -> Option<&str> {
        self.row.user_agent.as_deref()
    }

    /// Whether this request came with it.
    async fn current(&self) -> bool {
        self.current
    }
}
