//! The root of subscriptions.

use async_graphql::{Context, ID, Result, Subscription as GraphqlSubscription};
use domain::{event, id::Kind};
use futures::{Stream, StreamExt};

use super::{
    connection::Position, context::RequestContext, error::shown, feed::still_allowed, object::InvitationEvent,
};

/// What can be followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subscription;

#[GraphqlSubscription]
impl Subscription {
    /// Every change of status or delivery of the workspace's invitations; SENDING is not one. With `after`, first
    /// everything since that cursor, then what happens next: one order for all, none missing, none twice. For owner and
    /// administrators.
    async fn invitation_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "A cursor of an event, or Workspace.eventCursor.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<InvitationEvent>> + use<>> {
        let viewer = ctx.signed_in()?.clone();
        let workspace_id = Kind::Workspace.parse(&workspace_id).map_err(shown)?;
        let app = ctx.app().clone();
        still_allowed(&app, &viewer, workspace_id).await.map_err(shown)?;
        let cursor = match after {
            Some(after) => i64::read(&after)?,
            None => event::cursor(&app).await.map_err(shown)?,
        };
        let events = ctx.site().feed.follow(app, viewer, workspace_id, cursor);
        Ok(events.map(|event| event.map(|(row, member)| InvitationEvent { row, member })))
    }
}
