//! The answer to a bulk send, kept so that a repeat of it gets the same and mails nobody.

use sea_orm::entity::prelude::*;

/// The answer to a bulk send, kept so that a repeat of it gets the same and mails nobody.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_sends")]
pub struct Model {
    /// The workspace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: Uuid,
    /// Who sent it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sender_id: Uuid,
    /// The idempotency key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of the rows, 32 bytes: the same key with other rows is refused.
    pub rows_hash: Vec<u8>,
    /// One result a row, in input order.
    pub results: Json,
    /// When it was sent.
    pub created_at: DateTimeUtc,
}

/// None is used: what belongs together is joined where it is read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
