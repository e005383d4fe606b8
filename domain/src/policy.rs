//! Who may do what: one pure table, role × action. A stranger is no row of it: what one may not see does not exist.

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
    /// Read the audit log.
    ReadEvents,
}

/// Whether a member with `role` may do `action`.
pub const fn allows(role: Role, action: Action) -> bool {
    match role {
        Role::Owner | Role::Administrator => true,
        Role::User => matches!(action, Action::View),
    }
}

/// The roles whose members may invite somebody as `role`: what an inviter must still be when the invitation is used.
pub fn inviters(role: InvitableRole) -> impl Iterator<Item = Role> {
    [Role::Owner, Role::Administrator, Role::User]
        .into_iter()
        .filter(move |inviter| allows(*inviter, Action::Invite(role)))
}

/// The role a member gets through an invitation.
pub const fn granted(role: InvitableRole) -> Role {
    match role {
        InvitableRole::Administrator => Role::Administrator,
        InvitableRole::User => Role::User,
    }
}
