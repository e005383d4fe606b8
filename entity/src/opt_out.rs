//! An address that a workspace may not write to any more: its person said so.

use sea_orm::entity::prelude::*;

/// An address that a workspace may not write to any more: its person said so.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "opt_outs")]
pub struct Model {
    /// The workspace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: Uuid,
    /// The address in its comparable form.
    #[sea_orm(primary_key, auto_increment = false)]
    pub email_key: String,
    /// When its person said so.
    pub created_at: DateTimeUtc,
}

/// None is used: what belongs together is joined where it is read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
