//! The enums of the API.

use async_graphql::Enum;
use domain::invitation::NextStep;

/// What a member may do in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::membership::Role")]
pub(crate) enum Role {
    /// Everything, and the only one who can hand it over; exactly one a workspace.
    Owner,
    /// Invites people and manages members, roles and locations.
    Administrator,
    /// Sees the workspace, its members and the locations it was given.
    User,
}

/// A role that an invitation can grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::invitation::InvitableRole")]
pub(crate) enum InvitableRole {
    /// Invites people and manages members, roles and locations.
    Administrator,
    /// Sees the workspace, its members and the locations it was given.
    User,
}

/// A language of mails and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::language::Language")]
pub(crate) enum Language {
    /// English.
    En,
    /// Latvian.
    Lv,
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::invitation::Status")]
pub(crate) enum InvitationStatus {
    /// Waiting for the recipient.
    Pending,
    /// The recipient pressed JOIN and has still to register.
    Confirmed,
    /// The recipient is a member.
    Accepted,
    /// The recipient said no.
    Declined,
    /// An administrator took it back.
    Revoked,
    /// Its term ended first.
    Expired,
}

/// Where the mail of an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::outbox::Status")]
pub(crate) enum DeliveryStatus {
    /// Recorded, not yet handed to the mail server.
    Queued,
    /// In a dialogue with the mail server.
    Sending,
    /// The mail server took it.
    Sent,
    /// A passing failure; `nextAttemptAt` says when it is tried again.
    Retrying,
    /// A permanent failure, or the last attempt failed; `lastError` says why.
    Failed,
    /// No longer wanted: revoked or answered before it went out.
    Cancelled,
}

/// What somebody who pressed JOIN does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum JoinNextStep {
    /// The membership is made; log in.
    Login,
    /// There is no account yet; register with the invited address.
    Register,
    /// The membership is made and the session switched; open the workspace.
    OpenWorkspace,
    /// Signed in as somebody else; nothing was joined.
    SwitchAccount,
}

impl From<NextStep> for JoinNextStep {
    fn from(step: NextStep) -> Self {
        match step {
            NextStep::Login => Self::Login,
            NextStep::Register => Self::Register,
            NextStep::OpenWorkspace => Self::OpenWorkspace,
            NextStep::SwitchAccount => Self::SwitchAccount,
        }
    }
}

/// What somebody who registered does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum RegisterNextStep {
    /// Log in: there is an account.
    Login,
    /// Open the link in the mail.
    VerifyEmail,
}
