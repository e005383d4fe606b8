//! WorkspaceDeletion: a deleted workspace that can still be kept.

use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};
use domain::id::Kind;
use entity::workspace::Model;

/// A deleted workspace that can still be kept.
#[derive(Clone, Debug)]
pub(crate) struct WorkspaceDeletion(pub(crate) Model);

/// A deleted workspace that can still be kept.
#[Object]
impl WorkspaceDeletion {
    /// The id of the workspace, which is there for nobody now.
    async fn workspace_id(&self) -> ID {
        Kind::Workspace.id(self.0.id).into()
    }

    /// The workspace's name.
    async fn workspace_name(&self) -> &str {
        &self.0.name
    }

    /// When it is deleted for good.
    async fn deletes_at(&self) -> Option<DateTime<Utc>> {
        self.0.deletes_at
    }
}
