//! The root of subscriptions.

use std::sync::Arc;

use async_graphql::{Context, ID, Result, Subscription as GraphqlSubscription};
use domain::{
    App, Error,
    audience::{self, Listener},
    event,
    id::Kind,
    session::Viewer,
};
use futures::{Stream, StreamExt};
use tokio::{sync::watch, time::timeout};
use uuid::Uuid;

use super::{
    connection::Position,
    context::RequestContext,
    error::{given_up, read_id, shown},
    live::{Shape, Told, Topic},
    object::InvitationEvent,
};

/// Where somebody stands in the order of events, where the way in can carry it: the next connection goes on after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// What the last connection was told last, if anything.
    resumed: Option<String>,
    reached: Arc<watch::Sender<Option<String>>>,
}

impl Place {
    /// That of somebody who was told of this cursor last.
    pub(crate) fn after(cursor: Option<String>) -> Self {
        Self { resumed: cursor, reached: Arc::default() }
    }

    /// The cursor of what was told last, or where it began; none before it has begun.
    pub(crate) fn cursor(&self) -> Option<String> {
        self.reached.borrow().clone()
    }

    /// Waits until it has begun.
    pub(crate) async fn begun(&self) {
        // The sender is here, so there is no error.
        let _ = self.reached.subscribe().wait_for(Option::is_some).await;
    }

    fn is(&self, cursor: i64) {
        self.reached.send_replace(Some(cursor.cursor()));
    }
}

/// What can be followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subscription;

/// What can be followed.
#[GraphqlSubscription]
impl Subscription {
    /// Every change of status or delivery of the workspace's invitations; SENDING is not one. With `after`, first
    /// everything since that cursor, then what happens next: one order for all, none missing, none twice; BAD_USER_INPUT
    /// for a cursor that no event has reached. Over server-sent events `Last-Event-ID` comes before `after`. For owner and
    /// administrators; it ends with an error when the session or
    /// the right does.
    async fn invitation_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "A cursor of an event, or Workspace.eventCursor.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<Told>> + use<>> {
        let viewer = ctx.signed_in()?;
        let workspace_id = read_id(Kind::Workspace, "workspaceId", &workspace_id)?;
        follow(ctx, viewer, Some(workspace_id), after).await
    }

    /// Every change of status or delivery of the invitations addressed to the viewer, in all workspaces; SENDING is not
    /// one. With `after`, first everything since that cursor, then what happens next: in the same one order, none
    /// missing, none twice; BAD_USER_INPUT for a cursor that no event has reached. Over server-sent events
    /// `Last-Event-ID` comes before `after`. It ends with an error when the session does.
    async fn viewer_invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A cursor of an event, or Viewer.eventCursor.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<Told>> + use<>> {
        follow(ctx, ctx.signed_in()?, None, after).await
    }
}

/// Follows the invitations of a workspace, else those addressed to the viewer.
async fn follow(
    ctx: &Context<'_>,
    viewer: &Viewer,
    workspace_id: Option<Uuid>,
    after: Option<String>,
) -> Result<impl Stream<Item = Result<Told>> + use<>> {
    let app = ctx.app();
    let place = ctx.data_opt::<Place>().cloned();
    let after = place.as_ref().and_then(|place| place.resumed.clone()).or(after);
    let listener = Listener { session_id: viewer.session.id, user_id: viewer.user.id, workspace_id };
    let begun = async {
        let right = audience::right_of(app, listener).await.map_err(shown)?;
        if let Err(ended) = right {
            return Err(shown(Error::from(ended)));
        }
        Ok((right, begin(app, after).await?))
    };
    let limit = ctx.site().request_timeout;
    let (right, cursor) = timeout(limit, begun).await.map_err(|_| given_up(limit))??;
    if let Some(place) = &place {
        place.is(cursor);
    }
    let topic = workspace_id.map_or_else(|| Topic::Person(viewer.user.email_key.as_str().into()), Topic::Workspace);
    // Whoever follows as the one invited is alone with what is told.
    let shape = workspace_id.and_then(|_| Shape::of(&ctx.field()));
    let changes = ctx.site().feed.follow(app.clone(), topic, listener, right, cursor);
    Ok(changes.map(move |change| {
        let (change, member) = change?;
        if let Some(place) = &place {
            place.is(change.number());
        }
        Ok(Told { event: InvitationEvent { change, member }, shape: shape.clone() })
    }))
}

/// A cursor that no event has reached is of another database, or of this one before it was put back to an earlier state:
/// whoever waited after it would be told nothing.
async fn begin(app: &App, after: Option<String>) -> Result<i64> {
    let after = after.as_deref().map(i64::read).transpose()?;
    let reached = event::cursor(app).await.map_err(shown)?;
    if after.is_some_and(|after| after > reached) {
        return Err(shown(Error::BadInput(
            "No event has reached this cursor; begin at an eventCursor again.".to_owned(),
        )));
    }
    Ok(after.unwrap_or(reached))
}
