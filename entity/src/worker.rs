//! A worker that delivers mail, and when it was last alive.

use sea_orm::entity::prelude::*;

/// A worker that delivers mail, and when it was last alive.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workers")]
pub struct Model {
    /// Identifier, new at each start.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When it started.
    pub started_at: DateTimeUtc,
    /// Its last heartbeat.
    pub seen_at: DateTimeUtc,
    /// When it stopped, if it did so in order.
    pub stopped_at: Option<DateTimeUtc>,
}

/// None is used: what belongs together is joined where it is read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
