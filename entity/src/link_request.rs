//! Somebody's wish for a fresh link, in place of an invitation that cannot be used any more.

use sea_orm::entity::prelude::*;

/// Somebody's wish for a fresh link, in place of an invitation that cannot be used any more.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "link_requests")]
pub struct Model {
    /// The invitation whose link its holder has.
    #[sea_orm(primary_key, auto_increment = false)]
    pub invitation_id: Uuid,
    /// Its workspace.
    pub workspace_id: Uuid,
    /// When its holder asked last.
    pub requested_at: DateTimeUtc,
    /// When an administrator took it out of the list.
    pub dismissed_at: Option<DateTimeUtc>,
}

/// None is used: what belongs together is joined where it is read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
