//! Live pages: the subscriptions that their script follows, from where events stood before the page was read.

use domain::{App, event};
use serde::Serialize;
use serde_json::{Value, json};

use super::failure::Failure;
use crate::graphql::connection::Position;

/// What a list of a workspace's invitations, or one of them, follows.
const OF_WORKSPACE: &str = "subscription($workspace: ID!, $after: String) { \
                            invitationStatusChanged(workspaceId: $workspace, after: $after) { cursor } }";
/// What the list of the own invitations follows.
const OF_VIEWER: &str = "subscription($after: String) { viewerInvitations(after: $after) { cursor } }";

/// The documents of all live pages.
pub(super) const DOCUMENTS: [&str; 2] = [OF_WORKSPACE, OF_VIEWER];

/// What a live page follows. It is made before the page's rows are read: what happens until its script listens is told, too.
#[derive(Serialize)]
pub(super) struct Live {
    document: &'static str,
    /// The values of its variables, in JSON.
    variables: String,
}

impl Live {
    /// The invitations of a workspace.
    pub(super) async fn of_workspace(app: &App, id: &str) -> Result<Self, Failure> {
        Self::new(app, OF_WORKSPACE, json!({ "workspace": id })).await
    }

    /// The invitations addressed to the viewer.
    pub(super) async fn of_viewer(app: &App) -> Result<Self, Failure> {
        Self::new(app, OF_VIEWER, json!({})).await
    }

    /// Of a page with sample data, which follows nothing.
    pub(super) const fn sample() -> Self {
        Self { document: "", variables: String::new() }
    }

    async fn new(app: &App, document: &'static str, mut variables: Value) -> Result<Self, Failure> {
        variables["after"] = event::cursor(app).await?.cursor().into();
        Ok(Self { document, variables: variables.to_string() })
    }
}
