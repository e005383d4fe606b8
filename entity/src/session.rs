//! A signed-in client. Only the hash of its token is kept.

use sea_orm::entity::prelude::*;

/// A signed-in client. Only the hash of its token is kept.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// Identifier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose session it is.
    pub user_id: Uuid,
    /// SHA-256 of the token, 32 bytes; unique.
    pub token_hash: Vec<u8>,
    /// The workspace this session is switched to.
    pub workspace_id: Option<Uuid>,
    /// What the client called itself at login.
    pub user_agent: Option<String>,
    /// When the login happened.
    pub created_at: DateTimeUtc,
    /// When it was last used, to about a minute.
    pub last_seen_at: DateTimeUtc,
    /// When it ends.
    pub expires_at: DateTimeUtc,
}

/// How this table hangs on others.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The person signed in.
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
}

impl Related<super::user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
