//! Invitations, as those see them who are invited: join, accept, decline.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::{
    Error,
    id::Kind,
    invitation::{self, Chosen},
};

use crate::graphql::{
    context::RequestContext,
    error::{answer, answer_of, payload, read_id, shown},
    object::{InvitationPreview, JoinNextStep, Membership, Workspace},
};

/// The link whose JOIN button is pressed.
#[derive(Debug, InputObject)]
struct JoinWorkspaceInput {
    /// The last part of the link in the mail.
    token: String,
}

/// Which invitation is accepted: exactly one of the two.
#[derive(Debug, InputObject)]
struct AcceptInvitationInput {
    /// An invitation addressed to the viewer.
    invitation_id: Option<ID>,
    /// The last part of the link in the mail.
    token: Option<String>,
}

/// Which invitation is declined: exactly one of the two.
#[derive(Debug, InputObject)]
struct DeclineInvitationInput {
    /// An invitation addressed to the viewer.
    invitation_id: Option<ID>,
    /// The last part of the link in the mail.
    token: Option<String>,
    /// Also asks this workspace not to write to the address any more.
    #[graphql(default)]
    opt_out: bool,
}

/// The link whose holder asks for a fresh one.
#[derive(Debug, InputObject)]
struct RequestLinkInput {
    /// The last part of the link in the mail.
    token: String,
}

payload! {
    /// What came of pressing JOIN.
    JoinWorkspacePayload {
        /// What to do next.
        next_step: JoinNextStep,
        /// The invitation as it is now.
        preview: InvitationPreview,
        /// The workspace, when it can be opened at once.
        workspace: Workspace,
    }
}

payload! {
    /// What came of accepting an invitation.
    AcceptInvitationPayload {
        /// The membership; the session is switched to its workspace.
        membership: Membership,
    }
}

payload! {
    /// What came of declining an invitation.
    DeclineInvitationPayload {
        /// The invitation as it is now.
        preview: InvitationPreview,
    }
}

payload! {
    /// What came of asking for a fresh link.
    RequestLinkPayload {
        /// The invitation as it is now.
        preview: InvitationPreview,
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ReplyMutation;

#[Object]
impl ReplyMutation {
    /// The JOIN button; works signed in or not. Pressing it twice is no error.
    async fn join_workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link.")] input: JoinWorkspaceInput,
    ) -> Result<JoinWorkspacePayload> {
        let joining = invitation::join(ctx.app(), &input.token, ctx.viewer(), ctx.client()).await;
        answer(joining, |joining| JoinWorkspacePayload {
            next_step: Some(joining.next_step.into()),
            preview: Some(joining.preview.into()),
            workspace: joining.workspace.map(Workspace::from),
            ..Default::default()
        })
    }

    /// Accepts an invitation as the viewer, and switches the session to its workspace.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: AcceptInvitationInput,
    ) -> Result<AcceptInvitationPayload> {
        let viewer = ctx.signed_in()?;
        let (chosen, field) = chosen(input.invitation_id.as_ref(), input.token.as_deref())?;
        let accepted = invitation::accept(ctx.app(), viewer, chosen, ctx.client()).await;
        answer_of(field, accepted, |membership| {
            let viewer = membership.member();
            AcceptInvitationPayload { membership: Some(Membership { membership, viewer }), ..Default::default() }
        })
    }

    /// Declines an open invitation; by its link also signed out.
    async fn decline_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DeclineInvitationInput,
    ) -> Result<DeclineInvitationPayload> {
        let (chosen, field) = chosen(input.invitation_id.as_ref(), input.token.as_deref())?;
        let declined = invitation::decline(ctx.app(), ctx.viewer(), chosen, input.opt_out, ctx.client()).await;
        answer_of(field, declined, |preview| DeclineInvitationPayload {
            preview: Some(preview.into()),
            ..Default::default()
        })
    }

    /// Asks the administrators for a fresh link in place of one whose invitation expired, was taken back, declined or
    /// suspended: at most once a day for each. It also takes back a wish not to be written to.
    async fn request_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link.")] input: RequestLinkInput,
    ) -> Result<RequestLinkPayload> {
        let requested =
            invitation::request_link(ctx.app(), ctx.viewer(), Chosen::Token(&input.token), ctx.client()).await;
        answer(requested, |preview| RequestLinkPayload { preview: Some(preview.into()), ..Default::default() })
    }
}

/// Which invitation is meant, and the field that says so.
fn chosen<'a>(id: Option<&ID>, token: Option<&'a str>) -> Result<(Chosen<'a>, &'static str)> {
    match (id, token) {
        (Some(id), None) => Ok((Chosen::Id(read_id(Kind::Invitation, "invitationId", id)?), "invitationId")),
        (None, Some(token)) => Ok((Chosen::Token(token), "token")),
        _ => Err(shown(Error::BadInput("Give exactly one of invitationId and token.".to_owned()))),
    }
}
