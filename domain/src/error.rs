//! The one error type: what people did wrong, what they may not do, and what failed inside.

use std::time::Duration;

use sea_orm::DbErr;

/// What every function of this crate answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Expected outcomes, for the person to read: at least one.
    #[error("{}", .0.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join(" "))]
    User(Vec<UserError>),
    /// It does not exist, or not for the one who asks.
    #[error("not found")]
    NotFound,
    /// A member without the right.
    #[error("you are not allowed to do this")]
    Forbidden,
    /// Nobody is signed in, where somebody must be.
    #[error("sign in first")]
    Unauthenticated,
    /// Input that cannot be read at all, such as a mangled id.
    #[error("{0}")]
    BadInput(String),
    /// A limit was reached; it frees after this time.
    #[error("too many requests")]
    RateLimited {
        /// When to try again.
        retry_after: Duration,
    },
    /// The program, the database or the machine failed. The cause is for the log alone.
    #[error("something went wrong on our side")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// One expected outcome. `field` is the path inside the input, empty when it concerns no single field.
    pub fn user(code: Code, field: &[&str], message: impl Into<String>) -> Self {
        Self::User(vec![UserError::new(code, field, message)])
    }

    /// A failure of our own, with its cause for the log.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::internal(error)
    }
}

impl From<UserError> for Error {
    fn from(error: UserError) -> Self {
        Self::User(vec![error])
    }
}

/// One expected outcome, as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UserError {
    /// Which outcome it is, for programs.
    pub code: Code,
    /// What happened and what to do, for people.
    pub message: String,
    /// The path inside the input it concerns, or empty.
    pub field: Vec<String>,
}

impl UserError {
    /// `field` is the path inside the input, empty when it concerns no single field.
    pub fn new(code: Code, field: &[&str], message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: field.iter().map(|part| (*part).to_owned()).collect() }
    }
}

/// The expected outcomes, by the names of the public contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
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
