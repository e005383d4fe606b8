//! A workspace: what people are invited into.

use sea_orm::entity::prelude::*;

use super::language::Language;

/// A workspace: what people are invited into.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workspaces")]
pub struct Model {
    /// Identifier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its name, as typed.
    pub name: String,
    /// The name in its comparable form: lists are sorted by it and searched in it.
    pub name_key: String,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When it is deleted for good: until then it can be taken back, and is there for nobody.
    pub deletes_at: Option<DateTimeUtc>,
    /// How often it was deleted; the links that take it back carry it.
    pub deletions: i32,
    /// The language of its invitations, unless their sender chooses another.
    pub language: Option<Language>,
    /// How many members and open invitations there may be together; none: any number.
    pub seats: Option<i32>,
}

/// None is used: what belongs together is joined where it is read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
