//! A mail that was promised. It holds what is needed to render it again, and no secret.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Which mail it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// To the invited person: accept the invitation.
    #[sea_orm(string_value = "INVITATION")]
    Invitation,
    /// To the inviter: the invitation was accepted.
    #[sea_orm(string_value = "INVITATION_ACCEPTED")]
    InvitationAccepted,
    /// To somebody who registers: verify the address.
    #[sea_orm(string_value = "VERIFY_EMAIL")]
    VerifyEmail,
    /// To an account: somebody tried to register with its address.
    #[sea_orm(string_value = "ADDRESS_IN_USE")]
    AddressInUse,
    /// To an account: set a new password.
    #[sea_orm(string_value = "RESET_PASSWORD")]
    ResetPassword,
    /// To an account: the password was changed.
    #[sea_orm(string_value = "PASSWORD_CHANGED")]
    PasswordChanged,
    /// To whoever asks for it: mail gets through.
    #[sea_orm(string_value = "TEST")]
    Test,
    /// To owner and administrators: the workspace was deleted, and can be taken back.
    #[sea_orm(string_value = "WORKSPACE_DELETED")]
    WorkspaceDeleted,
}

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Recorded, not yet handed to the mail server.
    #[sea_orm(string_value = "QUEUED")]
    Queued,
    /// In a dialogue with the mail server.
    #[sea_orm(string_value = "SENDING")]
    Sending,
    /// The mail server took it.
    #[sea_orm(string_value = "SENT")]
    Sent,
    /// A passing failure; it is tried again at `retry_at`.
    #[sea_orm(string_value = "RETRYING")]
    Retrying,
    /// A permanent failure, or one passing failure too many.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// No longer wanted.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
}

/// One failure on the way of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// When it happened.
    pub at: DateTimeUtc,
    /// How many SMTP dialogues had been begun.
    pub attempts: i32,
    /// What went wrong, in the words of the mail server.
    pub error: String,
}

/// A mail that was promised. It holds what is needed to render it again, and no secret.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Identifier, and the left side of the Message-ID on every attempt.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which mail it is.
    pub kind: Kind,
    /// Where it stands.
    pub status: Status,
    /// The address as typed.
    pub recipient: String,
    /// The workspace it speaks of.
    pub workspace_id: Option<Uuid>,
    /// The invitation it speaks of.
    pub invitation_id: Option<Uuid>,
    /// The generation of that invitation, or which deletion of the workspace it is; 0 for other kinds.
    pub generation: i32,
    /// The registration it verifies.
    pub registration_id: Option<Uuid>,
    /// The password reset its link is for.
    pub password_reset_id: Option<Uuid>,
    /// The account it is written to, where there is one.
    pub user_id: Option<Uuid>,
    /// The key its link is made with, so that every attempt sends the same mail.
    pub key_id: i64,
    /// The request that asked for it, for the log.
    pub request_id: Option<String>,
    /// The fence: whoever holds this number may deliver it.
    pub claim: i32,
    /// How many SMTP dialogues were begun.
    pub attempts: i32,
    /// How many of them were interrupted: the worker died, or the database was away.
    pub interruptions: i32,
    /// Delay, retry and lease in one: nobody else takes it before.
    pub available_at: DateTimeUtc,
    /// When the next attempt is due, while it is RETRYING and only then; whoever has claimed it since.
    pub retry_at: Option<DateTimeUtc>,
    /// The last failure, in the words of the mail server.
    pub last_error: Option<String>,
    /// All failures so far, oldest first, as a list of [`Failure`]; none while there was none.
    pub failures: Option<Json>,
    /// When it was promised.
    pub created_at: DateTimeUtc,
    /// When it was sent, failed for good or was cancelled.
    pub finished_at: Option<DateTimeUtc>,
}

/// None is used: what belongs together is joined where it is read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
