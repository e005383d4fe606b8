//! A place of a workspace; users see only their own.

use sea_orm::entity::prelude::*;

/// A place of a workspace; users see only their own.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "locations")]
pub struct Model {
    /// Identifier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The workspace it belongs to.
    pub workspace_id: Uuid,
    /// Its name, as typed.
    pub name: String,
    /// The name in its comparable form: lists are sorted by it and searched in it.
    pub name_key: String,
    /// Where it is, as typed.
    pub address: Option<String>,
    /// When it was created.
    pub created_at: DateTimeUtc,
}

/// None is used: what belongs together is joined where it is read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
