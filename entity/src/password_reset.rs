//! A password reset that was asked for. Its link ends with it; several may wait for one account.

use sea_orm::entity::prelude::*;

/// A password reset that was asked for. Its link ends with it; several may wait for one account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "password_resets")]
pub struct Model {
    /// Identifier; the link in the mail carries it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose password it is.
    pub user_id: Uuid,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
    /// When its link ends.
    pub expires_at: DateTimeUtc,
}

/// How this table hangs on others.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Whose password it is.
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
}

impl Related<super::user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
