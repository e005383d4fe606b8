//! TestMail: what became of a test mail.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use domain::id::Kind;
use entity::outbox::Model;

use super::Delivery;

/// A mail somebody sent to himself or herself, to see whether mail gets through.
#[derive(Clone, Debug)]
pub(crate) struct TestMail(pub(crate) Model);

/// A mail somebody sent to himself or herself, to see whether mail gets through.
#[Object]
impl TestMail {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::TestMail.id(self.0.id).into()
    }

    /// The address it goes to: that of whoever asked for it.
    async fn email(&self) -> &str {
        &self.0.recipient
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// What became of it; ask for the node again to follow it.
    async fn delivery(&self, ctx: &Context<'_>) -> Delivery {
        Delivery::of(ctx, &self.0.clone().into())
    }
}
