//! That a person belongs to a workspace, and as what.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What a member may do. There is exactly one owner a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Everything, and the only one who can hand it over.
    #[sea_orm(string_value = "OWNER")]
    Owner,
    /// Invites and manages members, roles and locations.
    #[sea_orm(string_value = "ADMINISTRATOR")]
    Administrator,
    /// Sees the workspace and its own locations.
    #[sea_orm(string_value = "USER")]
    User,
}

/// That a person belongs to a workspace, and as what.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "memberships")]
pub struct Model {
    /// Identifier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The workspace.
    pub workspace_id: Uuid,
    /// The person.
    pub user_id: Uuid,
    /// What the person may do there.
    pub role: Role,
    /// When the person joined.
    pub joined_at: DateTimeUtc,
    /// Who invited the person, when somebody did.
    pub invited_by: Option<Uuid>,
}

/// How this table hangs on others.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The person.
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
    /// The workspace.
    #[sea_orm(
        belongs_to = "super::workspace::Entity",
        from = "Column::WorkspaceId",
        to = "super::workspace::Column::Id"
    )]
    Workspace,
}

impl Related<super::user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl Related<super::workspace::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Workspace.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
