//! UserError: an expected outcome, for programs and for people.

use async_graphql::{Enum, SimpleObject};

/// An expected outcome: what was wrong with the input.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct UserError {
    /// Which outcome it is, for programs.
    code: UserErrorCode,
    /// What happened and what to do, for people.
    message: String,
    /// The path inside `input` it concerns, as in `["invitations", "3", "email"]`.
    field: Option<Vec<String>>,
}

impl From<domain::UserError> for UserError {
    fn from(error: domain::UserError) -> Self {
        let field = (!error.field.is_empty()).then_some(error.field);
        Self { code: error.code.into(), message: error.message, field }
    }
}

/// The expected outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Code")]
pub(crate) enum UserErrorCode {
    /// Not an e-mail address.
    InvalidEmail,
    /// A name that is empty or too long.
    InvalidName,
    /// A password that is too short or too long.
    InvalidPassword,
    /// Another field that cannot be taken as it is.
    InvalidInput,
    /// A wrong password, or no such account.
    InvalidCredentials,
    /// The right password of a registration that still waits for its address to be verified.
    EmailNotVerified,
    /// A token that is forged, mangled, used up or for another purpose.
    TokenInvalid,
    /// The invitation's term has ended.
    InvitationExpired,
    /// The invitation was taken back.
    InvitationRevoked,
    /// The invitation was declined.
    InvitationDeclined,
    /// The invitation was accepted and its member has since been removed.
    InvitationAlreadyAccepted,
    /// The inviter may no longer invite to that role.
    InvitationSuspended,
    /// The invitation is for another address.
    WrongAccount,
    /// The person is a member already.
    AlreadyMember,
    /// The person has an open invitation already.
    AlreadyInvited,
    /// The person asked this workspace not to write any more.
    RecipientOptedOut,
    /// Locations were given for a role that has all of them.
    LocationsNotAllowed,
    /// A location that this workspace does not have.
    LocationNotFound,
    /// A role above one's own rank, or one that cannot be touched.
    RoleNotAllowed,
    /// The owner cannot go.
    LastOwner,
    /// No seat is left.
    SeatLimitReached,
    /// More rows than one bulk send may have.
    TooManyRows,
}
