//! A registration without an invitation, waiting for its address to be verified. Several may wait for one address.

use sea_orm::entity::prelude::*;

use super::language::Language;

/// A registration without an invitation, waiting for its address to be verified. Several may wait for one address.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "registrations")]
pub struct Model {
    /// Identifier; the link in the mail carries it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The address as typed.
    pub email: String,
    /// The address in its comparable form; not unique here.
    pub email_key: String,
    /// The name the account will have.
    pub name: String,
    /// argon2id, as a PHC string; verifying asks for this password again.
    pub password_hash: String,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
    /// When its link ends.
    pub expires_at: DateTimeUtc,
    /// The language it was asked for in, which the account will have.
    pub language: Option<Language>,
}

/// None is used: what belongs together is joined where it is read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
