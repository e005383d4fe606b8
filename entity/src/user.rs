//! A person with an account. An account exists only once its address is verified.

use sea_orm::entity::prelude::*;

use super::language::Language;

/// A person with an account. An account exists only once its address is verified.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Identifier, sorted by time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The address as typed; mail goes here.
    pub email: String,
    /// The address in its comparable form; unique.
    pub email_key: String,
    /// The name others see.
    pub name: String,
    /// The name in its comparable form: lists are sorted by it and searched in it.
    pub name_key: String,
    /// argon2id, as a PHC string.
    pub password_hash: String,
    /// When the account was made.
    pub created_at: DateTimeUtc,
    /// When this person last logged in.
    pub last_login_at: Option<DateTimeUtc>,
    /// The workspace a session was last switched to.
    pub last_workspace_id: Option<Uuid>,
    /// The language this person chose or registered in.
    pub language: Option<Language>,
    /// Since when the operator keeps this person out.
    pub disabled_at: Option<DateTimeUtc>,
}

/// None is used: what belongs together is joined where it is read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
