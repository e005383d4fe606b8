//! Invitation, its delivery, and what the holder of its link may see.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    id::Kind,
    invitation::{self, Preview},
    membership::{self, Member},
    outbox,
    policy::Action,
};
use entity::invitation::Status;

use super::{DeliveryStatus, InvitableRole, InvitationStatus, Language, Location, User, Workspace};
use crate::graphql::{
    connection::unpaged,
    context::RequestContext,
    error::shown,
    loader::{dropped_locations, invitation_locations, is_suspended, person, reads, workspace},
};

/// An invitation of one address into one workspace.
#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    pub(crate) invitation: invitation::Invitation,
    /// The one who looks, if a member of the workspace; else it is the one invited.
    pub(crate) member: Option<Member>,
}

impl Invitation {
    fn manages(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.may(Action::ManageInvitations))
    }

    /// A closed invitation is no window into a workspace that the one invited does not belong to, or not any more.
    async fn tells_locations(&self, ctx: &Context<'_>) -> Result<bool> {
        let (app, row) = (ctx.app(), &self.invitation.row);
        if self.member.is_some() || invitation::OPEN.contains(&self.invitation.status(app.clock.now())) {
            return Ok(true);
        }
        let read = reads(ctx, membership::is_member(&app.db, row.workspace_id, &row.email_key));
        read.await.map_err(|error| shown(error.into()))
    }
}

/// An invitation of one address into one workspace.
#[Object]
impl Invitation {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Invitation.id(self.invitation.row.id).into()
    }

    /// The workspace.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Workspace> {
        if let Some(member) = &self.member {
            return Ok(Workspace::from(member.clone()));
        }
        let row = workspace(ctx, self.invitation.row.workspace_id).await?;
        let row = row.ok_or_else(|| async_graphql::Error::new("the workspace has just been deleted"))?;
        Ok(Workspace { row, member: None })
    }

    /// The invited address, as typed.
    async fn email(&self) -> &str {
        &self.invitation.row.email
    }

    /// The role it grants.
    async fn role(&self) -> InvitableRole {
        self.invitation.row.role.into()
    }

    /// The locations it grants; none when it is closed and the one invited is no member.
    #[graphql(complexity = "unpaged(child_complexity)")]
    async fn locations(&self, ctx: &Context<'_>) -> Result<Vec<Location>> {
        if !self.tells_locations(ctx).await? {
            return Ok(Vec::new());
        }
        Ok(invitation_locations(ctx, self.invitation.row.id).await?.into_iter().map(Location).collect())
    }

    /// The names of locations it granted until they were deleted; empty for those who do not manage invitations.
    async fn dropped_locations(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        if self.manages() { dropped_locations(ctx, self.invitation.row.id).await } else { Ok(Vec::new()) }
    }

    /// A word from the inviter.
    async fn message(&self) -> Option<&str> {
        self.invitation.row.message.as_deref()
    }

    /// Where it stands now.
    async fn status(&self, ctx: &Context<'_>) -> InvitationStatus {
        self.invitation.status(ctx.app().clock.now()).into()
    }

    /// Whether it is open, but of no use until somebody sends it again, because its inviter may no longer invite to its
    /// role.
    async fn suspended(&self, ctx: &Context<'_>) -> Result<bool> {
        is_suspended(ctx, self.invitation.row.id).await
    }

    /// Who sent it, or adopted it by sending it again.
    async fn invited_by(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        person(ctx, self.invitation.row.invited_by).await
    }

    /// When it was first sent.
    async fn created_at(&self) -> DateTime<Utc> {
        self.invitation.row.created_at
    }

    /// When it ends.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.invitation.row.expires_at
    }

    /// When it was accepted, declined or revoked.
    async fn responded_at(&self) -> Option<DateTime<Utc>> {
        self.invitation.row.responded_at
    }

    /// The language of its mail and pages, for somebody whose account has none.
    async fn language(&self) -> Option<Language> {
        self.invitation.row.language.map(Into::into)
    }

    /// What became of its mail.
    async fn delivery(&self, ctx: &Context<'_>) -> Delivery {
        Delivery::of(ctx, &self.invitation.delivery)
    }

    /// Whether the viewer may send it again.
    async fn viewer_can_resend(&self, ctx: &Context<'_>) -> bool {
        let status = self.invitation.status(ctx.app().clock.now());
        self.manages() && matches!(status, Status::Pending | Status::Confirmed | Status::Expired)
    }

    /// Whether the viewer may take it back.
    async fn viewer_can_revoke(&self, ctx: &Context<'_>) -> bool {
        self.manages() && invitation::OPEN.contains(&self.invitation.status(ctx.app().clock.now()))
    }
}

/// What became of a mail.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Delivery {
    /// Where it stands.
    status: DeliveryStatus,
    /// How many SMTP dialogues were begun.
    attempts: i32,
    /// The last failure, in the words of the mail server.
    last_error: Option<String>,
    /// When it is tried again, while it is RETRYING.
    next_attempt_at: Option<DateTime<Utc>>,
    /// When the mail server took it.
    sent_at: Option<DateTime<Utc>>,
    /// The Message-ID, the same on every attempt.
    message_id: Option<String>,
}

impl Delivery {
    pub(super) fn of(ctx: &Context<'_>, mail: &invitation::Delivery) -> Self {
        use entity::outbox::Status;
        let host = ctx.site().public_url.host_str().unwrap_or("localhost");
        Self {
            status: mail.status.into(),
            attempts: mail.attempts,
            last_error: mail.last_error.clone(),
            next_attempt_at: mail.retry_at,
            sent_at: mail.finished_at.filter(|_| mail.status == Status::Sent),
            message_id: Some(outbox::message_id(mail.id, host)),
        }
    }
}

/// What the holder of a link may see before signing in.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct InvitationPreview {
    /// The workspace's name.
    workspace_name: String,
    /// The inviter's name, as long as there is an account.
    invited_by_name: Option<String>,
    /// The invited address, as typed.
    email: String,
    /// The role it grants.
    role: InvitableRole,
    /// The names of the locations it grants.
    location_names: Vec<String>,
    /// A word from the inviter.
    message: Option<String>,
    /// Where it stands now.
    status: InvitationStatus,
    /// When it ends.
    expires_at: DateTime<Utc>,
    /// The language of its mail and pages, for somebody whose account has none.
    language: Option<Language>,
}

impl From<Preview> for InvitationPreview {
    fn from(preview: Preview) -> Self {
        Self {
            workspace_name: preview.workspace_name,
            invited_by_name: preview.invited_by_name,
            email: preview.email,
            role: preview.role.into(),
            location_names: preview.location_names,
            message: preview.message,
            status: preview.status.into(),
            expires_at: preview.expires_at,
            language: preview.language.map(Into::into),
        }
    }
}
