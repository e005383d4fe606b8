//! Deleting a workspace, and keeping it after all.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::{
    Error,
    id::Kind,
    workspace::{self, Deletion},
};

use crate::graphql::{
    context::RequestContext,
    error::{answer_of, payload, read_id, shown},
    object::{Workspace, WorkspaceDeletion},
};

/// Which workspace is deleted.
#[derive(Debug, InputObject)]
struct DeleteWorkspaceInput {
    /// A workspace that the viewer owns.
    workspace_id: ID,
    /// The viewer's password, to confirm.
    password: String,
}

/// Which deletion is cancelled: exactly one of the two.
#[derive(Debug, InputObject)]
struct CancelWorkspaceDeletionInput {
    /// A deleted workspace whose owner or administrator the viewer is.
    workspace_id: Option<ID>,
    /// The last part of the link in the mail; nobody needs to be signed in.
    token: Option<String>,
}

payload! {
    /// What came of deleting a workspace.
    DeleteWorkspacePayload {
        /// What was deleted, and until when it can be kept.
        deletion: WorkspaceDeletion,
    }
}

payload! {
    /// What came of cancelling a deletion.
    CancelWorkspaceDeletionPayload {
        /// The workspace, which is there again; somebody who is no member reads id and name.
        workspace: Workspace,
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DeletionMutation;

#[Object]
impl DeletionMutation {
    /// Deletes a workspace: it is there for nobody from now on, and deleted for good when its grace has ended. Owner and
    /// administrators are mailed a link that cancels it. For the owner, with the password.
    async fn delete_workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DeleteWorkspaceInput,
    ) -> Result<DeleteWorkspacePayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Workspace, "workspaceId", &input.workspace_id)?;
        let deleted = workspace::delete(ctx.app(), viewer, id, &input.password.into()).await;
        answer_of("workspaceId", deleted, |row| DeleteWorkspacePayload {
            deletion: Some(WorkspaceDeletion(row)),
            ..Default::default()
        })
    }

    /// Keeps a deleted workspace: by the link in the mail, or for owner and administrators by its id.
    async fn cancel_workspace_deletion(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: CancelWorkspaceDeletionInput,
    ) -> Result<CancelWorkspaceDeletionPayload> {
        let deletion = match (&input.workspace_id, &input.token) {
            (Some(id), None) => Deletion::Of(read_id(Kind::Workspace, "workspaceId", id)?),
            (None, Some(token)) => Deletion::Token(token),
            _ => return Err(shown(Error::BadInput("Give either workspaceId or token.".to_owned()))),
        };
        let cancelled = workspace::cancel_deletion(ctx.app(), ctx.viewer(), deletion).await;
        answer_of("workspaceId", cancelled, |(row, member)| CancelWorkspaceDeletionPayload {
            workspace: Some(Workspace { row, member }),
            ..Default::default()
        })
    }
}
