//! WorkspaceEvent: an entry of the audit log.

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use domain::{event, id::Kind, invitation, membership::Member};
use entity::event::Model;
use uuid::Uuid;

use super::{Invitation, User};
use crate::graphql::{connection::Position, context::RequestContext, error::shown, loader::person};

/// Something that happened in a workspace.
#[derive(Clone, Debug)]
pub(crate) struct WorkspaceEvent {
    pub(crate) row: Model,
    pub(crate) member: Member,
}

#[Object]
impl WorkspaceEvent {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Event.id(Uuid::from_u128(u128::from(self.row.drawn.unsigned_abs()))).into()
    }

    /// Its place in the one order of events.
    async fn cursor(&self) -> String {
        self.row.number.unwrap_or_default().cursor()
    }

    /// What happened, as in `invitation.sent`.
    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        &self.row.kind
    }

    /// Who did it, when a signed-in person did.
    async fn actor(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        person(ctx, self.row.actor_id).await
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.row.occurred_at
    }

    /// The invitation it concerns, as it is now.
    async fn invitation(&self, ctx: &Context<'_>) -> Option<Result<Invitation>> {
        let id = self.row.invitation_id?;
        let found = invitation::load(&ctx.app().db, &[id]).await.map(|mut found| found.remove(&id)).transpose()?;
        let found = found.map_err(|error| shown(domain::Error::from(error)));
        Some(found.map(|invitation| Invitation { invitation, member: Some(self.member.clone()) }))
    }

    /// What happened, in one English sentence.
    async fn summary(&self) -> String {
        event::summary(&self.row)
    }
}
