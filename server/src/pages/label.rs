//! How pages name roles, states and times.

use chrono::{DateTime, Utc};
use domain::id::Kind;
use entity::{
    invitation::{InvitableRole, Status},
    membership::Role,
    outbox,
};
use serde::Serialize;
use uuid::Uuid;

/// A member's role.
pub(super) const fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Administrator => "Administrator",
        Role::User => "User",
    }
}

/// Where an invitation stands.
pub(super) const fn invitation(status: Status) -> &'static str {
    match status {
        Status::Pending => "Pending",
        Status::Confirmed => "Confirmed, not registered yet",
        Status::Accepted => "Accepted",
        Status::Declined => "Declined",
        Status::Revoked => "Revoked",
        Status::Expired => "Expired",
    }
}

/// The role an invitation grants.
pub(super) const fn invited_role(role: InvitableRole) -> &'static str {
    self::role(domain::policy::granted(role))
}

/// Where a mail stands.
pub(super) const fn delivery(status: outbox::Status) -> &'static str {
    match status {
        outbox::Status::Queued => "Waiting to be sent",
        outbox::Status::Sending => "Being sent",
        outbox::Status::Sent => "Sent",
        outbox::Status::Retrying => "Failed, will be tried again",
        outbox::Status::Failed => "Failed",
        outbox::Status::Cancelled => "Cancelled",
    }
}

/// A point in time, for people and for programs.
#[derive(Debug, Serialize)]
pub(super) struct Moment {
    text: String,
    machine: String,
}

impl From<DateTime<Utc>> for Moment {
    fn from(time: DateTime<Utc>) -> Self {
        Self {
            text: time.format("%-d %B %Y, %H:%M UTC").to_string(),
            machine: time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }
}

/// The path of a workspace's first page.
pub(super) fn workspace_path(workspace_id: Uuid) -> String {
    format!("/w/{}/locations", Kind::Workspace.id(workspace_id))
}
