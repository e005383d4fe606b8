//! Location: a place of a workspace.

use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};
use domain::id::Kind;
use entity::location::Model;

/// A place of a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Location(pub(crate) Model);

/// A place of a workspace.
#[Object]
impl Location {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Location.id(self.0.id).into()
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it is.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
