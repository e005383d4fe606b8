//! Events: an entry of the audit log, and a change of an invitation as subscriptions tell it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use domain::{Error, event, id::Kind, membership::Member};
use entity::event::Model;
use uuid::Uuid;

use super::{DeliveryStatus, Invitation, InvitationStatus, User};
use crate::graphql::{
    connection::Position,
    error::shown,
    live::Change,
    loader::{invitation, person},
};

/// Something that happened in a workspace.
#[derive(Clone, Debug)]
pub(crate) struct WorkspaceEvent {
    pub(crate) row: Model,
    pub(crate) member: Member,
}

/// Something that happened in a workspace.
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
        let found = invitation(ctx, self.row.invitation_id?).await?;
        Some(found.map(|invitation| Invitation { invitation, member: Some(self.member.clone()) }))
    }

    /// What it was before, in words: a name, a role with its locations, a status; null when it was not there, or the event
    /// changes nothing of the workspace.
    async fn before(&self) -> Option<String> {
        event::state(&self.row, "before")
    }

    /// What it is after; null when it is no more, or the event changes nothing of the workspace.
    async fn after(&self) -> Option<String> {
        event::state(&self.row, "after")
    }

    /// What happened, in one English sentence.
    async fn summary(&self) -> String {
        event::summary(&self.row)
    }
}

/// A change of an invitation: what it was at the event, and what it is now.
#[derive(Clone, Debug)]
pub(crate) struct InvitationEvent {
    pub(crate) change: Arc<Change>,
    /// The one who looks, when it is told to a workspace's member; else it is the one invited.
    pub(crate) member: Option<Arc<Member>>,
}

/// A change of an invitation: what it was at the event, and what it is now.
#[Object]
impl InvitationEvent {
    /// Its place in the one order of events: subscribe after it to go on from here.
    async fn cursor(&self) -> String {
        self.change.number().cursor()
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.change.event.occurred_at
    }

    /// The invitation's status at the event.
    async fn status(&self) -> Result<InvitationStatus> {
        let status = self.change.event.status;
        Ok(status.ok_or_else(|| shown(Error::internal("an invitation's event has no status")))?.into())
    }

    /// The status of its delivery at the event.
    async fn delivery_status(&self) -> Result<DeliveryStatus> {
        let status = self.change.event.delivery_status;
        Ok(status.ok_or_else(|| shown(Error::internal("an invitation's event has no delivery")))?.into())
    }

    /// The invitation as it is now.
    async fn invitation(&self) -> Invitation {
        Invitation { invitation: self.change.invitation.clone(), member: self.member.as_deref().cloned() }
    }
}
