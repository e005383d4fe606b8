//! An invitation of one address into one workspace.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::language::Language;

/// A role that an invitation can grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InvitableRole {
    /// Invites and manages members, roles and locations.
    #[sea_orm(string_value = "ADMINISTRATOR")]
    Administrator,
    /// Sees the workspace and its own locations.
    #[sea_orm(string_value = "USER")]
    User,
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Waiting for the recipient.
    #[sea_orm(string_value = "PENDING")]
    Pending,
    /// The recipient pressed JOIN and has still to register.
    #[sea_orm(string_value = "CONFIRMED")]
    Confirmed,
    /// The recipient is a member.
    #[sea_orm(string_value = "ACCEPTED")]
    Accepted,
    /// The recipient said no.
    #[sea_orm(string_value = "DECLINED")]
    Declined,
    /// An administrator took it back.
    #[sea_orm(string_value = "REVOKED")]
    Revoked,
    /// Its term ended first.
    #[sea_orm(string_value = "EXPIRED")]
    Expired,
}

/// An invitation of one address into one workspace.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    /// Identifier; the link carries it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The workspace.
    pub workspace_id: Uuid,
    /// The address as typed; mail goes here.
    pub email: String,
    /// The address in its comparable form.
    pub email_key: String,
    /// The role it grants.
    pub role: InvitableRole,
    /// A word from the inviter, as typed.
    pub message: Option<String>,
    /// Where it stands; an open one whose `expires_at` has passed counts as EXPIRED.
    pub status: Status,
    /// How often it was sent, from 1. A link carries its generation and every generation so far works.
    pub generation: i32,
    /// Who sent it or adopted it by sending it again.
    pub invited_by: Option<Uuid>,
    /// When it was first sent.
    pub created_at: DateTimeUtc,
    /// When it ends.
    pub expires_at: DateTimeUtc,
    /// When it was accepted, declined or revoked.
    pub responded_at: Option<DateTimeUtc>,
    /// The language of its mail and its pages, for somebody whose account has none.
    pub language: Option<Language>,
}

/// How this table hangs on others.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The workspace.
    #[sea_orm(
        belongs_to = "super::workspace::Entity",
        from = "Column::WorkspaceId",
        to = "super::workspace::Column::Id"
    )]
    Workspace,
}

impl Related<super::workspace::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Workspace.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
