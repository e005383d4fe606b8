//! Invitations, as those see them who send them: send, send many, send again, take back.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::{
    UserError as DomainError,
    id::Kind,
    invitation::{self, Row},
    membership::Member,
};

use crate::graphql::{
    context::RequestContext,
    error::{Payload, answer_of, payload, read_id},
    object::{InvitableRole, Invitation, Language, UserError},
};

/// Who is invited to what.
#[derive(Debug, InputObject)]
struct SendInvitationInput {
    /// The workspace.
    workspace_id: ID,
    /// The address.
    email: String,
    /// The role.
    #[graphql(default_with = "InvitableRole::User")]
    role: InvitableRole,
    /// The locations a User may see; none when absent.
    location_ids: Option<Vec<ID>>,
    /// A word to the person.
    message: Option<String>,
    /// The language of the mail and its pages, unless the person's account has one.
    language: Option<Language>,
}

/// Who are invited to what.
#[derive(Debug, InputObject)]
struct SendInvitationsInput {
    /// The workspace.
    workspace_id: ID,
    /// One row a person, at most 1,000.
    invitations: Vec<InvitationRowInput>,
    /// Makes a repeat within 24 hours return the same result and mail nobody.
    idempotency_key: Option<String>,
}

/// One person of a bulk send.
#[derive(Debug, InputObject)]
struct InvitationRowInput {
    /// The address.
    email: String,
    /// The role.
    #[graphql(default_with = "InvitableRole::User")]
    role: InvitableRole,
    /// The locations a User may see; none when absent.
    location_ids: Option<Vec<ID>>,
    /// A word to the person.
    message: Option<String>,
    /// The language of the mail and its pages, unless the person's account has one.
    language: Option<Language>,
}

/// Which invitation is sent again.
#[derive(Debug, InputObject)]
struct ResendInvitationInput {
    /// The invitation.
    invitation_id: ID,
}

/// Which invitation is taken back.
#[derive(Debug, InputObject)]
struct RevokeInvitationInput {
    /// The invitation.
    invitation_id: ID,
}

payload! {
    /// What came of sending an invitation.
    SendInvitationPayload {
        /// The invitation.
        invitation: Invitation,
    }
}

payload! {
    /// What came of sending many invitations.
    SendInvitationsPayload {
        /// One result a row, in the order of the input.
        results: Vec<SendInvitationPayload>,
    }
}

payload! {
    /// What came of sending an invitation again.
    ResendInvitationPayload {
        /// The invitation, with its full term.
        invitation: Invitation,
    }
}

payload! {
    /// What came of taking an invitation back.
    RevokeInvitationPayload {
        /// The invitation, which is REVOKED.
        invitation: Invitation,
    }
}

/// Whose request is taken out of the list.
#[derive(Debug, InputObject)]
struct DismissLinkRequestInput {
    /// The invitation whose person asked for a fresh link.
    invitation_id: ID,
}

payload! {
    /// What came of taking a request out of the list.
    DismissLinkRequestPayload {}
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct InvitationMutation;

#[Object]
impl InvitationMutation {
    /// Invites one person by mail; for owner and administrators.
    async fn send_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is invited to what.")] input: SendInvitationInput,
    ) -> Result<SendInvitationPayload> {
        let viewer = ctx.signed_in()?;
        let workspace_id = read_id(Kind::Workspace, "workspaceId", &input.workspace_id)?;
        let row = row(&[], input.email, input.role, input.location_ids, input.message, input.language)?;
        let sent = invitation::send(ctx.app(), viewer, workspace_id, &row).await;
        answer_of("workspaceId", sent, |(invitation, member)| SendInvitationPayload {
            invitation: Some(Invitation { invitation, member: Some(member) }),
            ..Default::default()
        })
    }

    /// Invites many people by mail; each row stands for itself. For owner and administrators.
    async fn send_invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who are invited to what.")] input: SendInvitationsInput,
    ) -> Result<SendInvitationsPayload> {
        let viewer = ctx.signed_in()?;
        let workspace_id = read_id(Kind::Workspace, "workspaceId", &input.workspace_id)?;
        let rows = input.invitations.into_iter().enumerate().map(|(number, each)| {
            let path = ["invitations", &number.to_string()];
            row(&path, each.email, each.role, each.location_ids, each.message, each.language)
        });
        let rows = rows.collect::<Result<Vec<Row>>>()?;
        let key = input.idempotency_key.as_deref();
        let sent = invitation::send_all(ctx.app(), viewer, workspace_id, &rows, key).await;
        answer_of("workspaceId", sent, |(results, member)| SendInvitationsPayload {
            results: Some(results.into_iter().map(|result| one(result, &member)).collect()),
            ..Default::default()
        })
    }

    /// Sends an invitation again with the full term; links sent before work on. One that expired is opened again, one
    /// whose inviter may no longer invite is adopted by the viewer. For owner and administrators.
    async fn resend_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: ResendInvitationInput,
    ) -> Result<ResendInvitationPayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Invitation, "invitationId", &input.invitation_id)?;
        let resent = invitation::resend(ctx.app(), viewer, id).await;
        answer_of("invitationId", resent, |(invitation, member)| ResendInvitationPayload {
            invitation: Some(Invitation { invitation, member: Some(member) }),
            ..Default::default()
        })
    }

    /// Takes an open invitation back; a mail that still waits is not sent. For owner and administrators.
    async fn revoke_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RevokeInvitationInput,
    ) -> Result<RevokeInvitationPayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Invitation, "invitationId", &input.invitation_id)?;
        let revoked = invitation::revoke(ctx.app(), viewer, id).await;
        answer_of("invitationId", revoked, |(invitation, member)| RevokeInvitationPayload {
            invitation: Some(Invitation { invitation, member: Some(member) }),
            ..Default::default()
        })
    }

    /// Takes somebody's request for a fresh link out of the list. For owner and administrators.
    async fn dismiss_link_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DismissLinkRequestInput,
    ) -> Result<DismissLinkRequestPayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Invitation, "invitationId", &input.invitation_id)?;
        answer_of("invitationId", invitation::dismiss_link_request(ctx.app(), viewer, id).await, |()| {
            DismissLinkRequestPayload::default()
        })
    }
}

/// A row as the domain takes it; `path` is where it is in the input.
fn row(
    path: &[&str],
    email: String,
    role: InvitableRole,
    location_ids: Option<Vec<ID>>,
    message: Option<String>,
    language: Option<Language>,
) -> Result<Row> {
    let location_ids = super::location::ids(&[path, &["locationIds"]].concat(), location_ids.unwrap_or_default())?;
    Ok(Row { email, role: role.into(), location_ids, message, language: language.map(Into::into) })
}

fn one(
    result: std::result::Result<invitation::Invitation, Vec<DomainError>>,
    member: &Member,
) -> SendInvitationPayload {
    match result {
        Ok(invitation) => SendInvitationPayload {
            invitation: Some(Invitation { invitation, member: Some(member.clone()) }),
            ..Default::default()
        },
        Err(errors) => Payload::refused(errors.into_iter().map(UserError::from).collect()),
    }
}
