//! User: a person with an account.

use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};
use domain::id::Kind;
use entity::user::Model;

/// A person with an account.
#[derive(Clone, Debug)]
pub(crate) struct User(pub(crate) Model);

/// A person with an account.
#[Object]
impl User {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::User.id(self.0.id).into()
    }

    /// The address, as typed.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When the account was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
