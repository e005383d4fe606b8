//! How far events have been numbered: one row, which the sequencer holds while it numbers.

use sea_orm::entity::prelude::*;

/// How far events have been numbered: one row, which the sequencer holds while it numbers.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "numbering")]
pub struct Model {
    /// The greatest number that was ever given to an event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reached: i64,
}

/// None is used: what belongs together is joined where it is read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
