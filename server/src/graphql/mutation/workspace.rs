//! Workspaces: create, change, switch to, leave, hand over.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use domain::{id::Kind, membership, workspace};

use crate::graphql::{
    context::RequestContext,
    error::{answer, answer_of, payload, read_id},
    object::{Language, Viewer, Workspace},
};

/// A new workspace.
#[derive(Debug, InputObject)]
struct CreateWorkspaceInput {
    /// Its name.
    name: String,
}

/// What is changed of a workspace.
#[derive(Debug, InputObject)]
struct UpdateWorkspaceInput {
    /// The workspace.
    workspace_id: ID,
    /// The new name; unchanged when absent.
    name: Option<String>,
    /// The language of its invitations, unless their sender chooses another; unchanged when absent, none when null.
    language: MaybeUndefined<Language>,
}

/// Where the session is switched to.
#[derive(Debug, InputObject)]
struct SwitchWorkspaceInput {
    /// A workspace the viewer belongs to.
    workspace_id: ID,
}

/// Which workspace is left.
#[derive(Debug, InputObject)]
struct LeaveWorkspaceInput {
    /// A workspace the viewer belongs to.
    workspace_id: ID,
}

/// Who becomes the owner.
#[derive(Debug, InputObject)]
struct TransferOwnershipInput {
    /// The workspace.
    workspace_id: ID,
    /// An administrator of it.
    to_membership_id: ID,
    /// The viewer's password, to confirm.
    password: String,
}

payload! {
    /// What came of creating a workspace.
    CreateWorkspacePayload {
        /// The new workspace, whose owner is the viewer.
        workspace: Workspace,
    }
}

payload! {
    /// What came of changing a workspace.
    UpdateWorkspacePayload {
        /// The workspace as it is now.
        workspace: Workspace,
    }
}

payload! {
    /// What came of switching.
    SwitchWorkspacePayload {
        /// The viewer, whose session is switched.
        viewer: Viewer,
    }
}

payload! {
    /// What came of leaving a workspace.
    LeaveWorkspacePayload {}
}

payload! {
    /// What came of handing a workspace over.
    TransferOwnershipPayload {
        /// The workspace, in which the viewer is administrator now.
        workspace: Workspace,
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct WorkspaceMutation;

#[Object]
impl WorkspaceMutation {
    /// Creates a workspace whose owner is the viewer, and switches the session to it.
    async fn create_workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new workspace.")] input: CreateWorkspaceInput,
    ) -> Result<CreateWorkspacePayload> {
        let created = workspace::create(ctx.app(), ctx.signed_in()?, &input.name).await;
        answer(created, |member| CreateWorkspacePayload { workspace: Some(member.into()), ..Default::default() })
    }

    /// Changes name and language of a workspace; for owner and administrators.
    async fn update_workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is changed.")] input: UpdateWorkspaceInput,
    ) -> Result<UpdateWorkspacePayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Workspace, "workspaceId", &input.workspace_id)?;
        let language = input.language.map_value(Into::into).as_opt_ref().map(|language| language.copied());
        let updated = workspace::update(ctx.app(), viewer, id, input.name.as_deref(), language).await;
        answer_of("workspaceId", updated, |member| UpdateWorkspacePayload {
            workspace: Some(member.into()),
            ..Default::default()
        })
    }

    /// Switches the session to a workspace the viewer belongs to.
    async fn switch_workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to.")] input: SwitchWorkspaceInput,
    ) -> Result<SwitchWorkspacePayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Workspace, "workspaceId", &input.workspace_id)?;
        let switched = workspace::switch(ctx.app(), viewer, id).await;
        answer_of("workspaceId", switched, |_| SwitchWorkspacePayload {
            viewer: Some(Viewer(viewer.clone())),
            ..Default::default()
        })
    }
    /// Ends the viewer's membership; the owner cannot leave.
    async fn leave_workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: LeaveWorkspaceInput,
    ) -> Result<LeaveWorkspacePayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Workspace, "workspaceId", &input.workspace_id)?;
        answer_of("workspaceId", membership::leave(ctx.app(), viewer, id).await, |()| LeaveWorkspacePayload::default())
    }

    /// Makes an administrator the owner, and the owner an administrator; for the owner, with the password.
    async fn transfer_ownership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To whom.")] input: TransferOwnershipInput,
    ) -> Result<TransferOwnershipPayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Workspace, "workspaceId", &input.workspace_id)?;
        let to = read_id(Kind::Membership, "toMembershipId", &input.to_membership_id)?;
        let handed_over = membership::hand_over(ctx.app(), viewer, id, to, &input.password.into()).await;
        answer(handed_over, |member| TransferOwnershipPayload { workspace: Some(member.into()), ..Default::default() })
    }
}
