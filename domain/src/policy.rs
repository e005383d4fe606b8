//! Who may do what: one pure table, role × action, in which whoever is no member of the workspace has a row too.

use entity::{invitation::InvitableRole, membership::Role};

/// What somebody wants to do in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// See the workspace, its members and one's own locations.
    View,
    /// Change the workspace's name.
    EditWorkspace,
    /// Create, change and delete locations, and see all of them.
    ManageLocations,
    /// Invite somebody as this.
    Invite(InvitableRole),
    /// See invitations, send them again and take them back.
    ManageInvitations,
    /// Change and remove members.
    ManageMembers,
    /// Hand the ownership over.
    HandOver,
    /// Send a test mail to oneself.
    SendTestMail,
    /// Delete the workspace.
    DeleteWorkspace,
    /// Cancel the deletion of the workspace, until it is deleted for good.
    CancelDeletion,
    /// Read the audit log.
    ReadEvents,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::View,
        Self::EditWorkspace,
        Self::ManageLocations,
        Self::Invite(InvitableRole::User),
        Self::Invite(InvitableRole::Administrator),
        Self::ManageInvitations,
        Self::ManageMembers,
        Self::ReadEvents,
        Self::SendTestMail,
        Self::CancelDeletion,
        Self::DeleteWorkspace,
        Self::HandOver,
    ];
}

/// Whether a member with `role` may do `action`; a stranger, who has none, may do nothing.
pub const fn allows(role: Option<Role>, action: Action) -> bool {
    match role {
        Some(Role::Owner) => true,
        Some(Role::Administrator) => !matches!(action, Action::HandOver | Action::DeleteWorkspace),
        Some(Role::User) => matches!(action, Action::View),
        None => false,
    }
}

/// Whether a member with `role` may make somebody `other`, or change and remove somebody who is: nobody reaches above.
pub const fn reaches(role: Role, other: Role) -> bool {
    rank(role) >= rank(other)
}

const fn rank(role: Role) -> u8 {
    match role {
        Role::Owner => 2,
        Role::Administrator => 1,
        Role::User => 0,
    }
}

/// The roles whose members may invite somebody as `role`: what an inviter must still be when the invitation is used.
pub fn inviters(role: InvitableRole) -> impl Iterator<Item = Role> {
    roles_that_may(Action::Invite(role))
}

/// The roles whose members may do `action`.
pub fn roles_that_may(action: Action) -> impl Iterator<Item = Role> {
    [Role::Owner, Role::Administrator, Role::User].into_iter().filter(move |role| allows(Some(*role), action))
}

/// The role a member gets through an invitation.
pub const fn granted(role: InvitableRole) -> Role {
    match role {
        InvitableRole::Administrator => Role::Administrator,
        InvitableRole::User => Role::User,
    }
}
