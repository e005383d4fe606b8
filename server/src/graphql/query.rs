//! The root of queries.
//!
//! A field that can be null is `Option<Result<_>>`: its error leaves null in its own place. `Result<Option<_>>` would
//! take the whole parent away.

use async_graphql::{Context, ID, Object, Result};
use domain::{
    Error, event,
    id::{self, Kind},
    invitation, location,
    membership::{self, Member},
    session, test_mail, user,
};
use uuid::Uuid;

use super::{
    context::RequestContext,
    error::{shown, shown_at},
    loader::reads,
    object::{
        Invitation, InvitationPreview, Location, Membership, Node, Session, TestMail, User, Viewer, Workspace,
        WorkspaceEvent,
    },
};

/// What can be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query;

/// What can be read.
#[Object]
impl Query {
    /// Anything by its global id; null when it does not exist for the viewer.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "The global id.")] id: ID) -> Option<Result<Node>> {
        reads(ctx, node(ctx, &id)).await.transpose()
    }

    /// Things by their global ids, in the same order; null where one does not exist for the viewer.
    #[graphql(complexity = "1 + ids.len() * child_complexity")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global ids; at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Result<Node>>>> {
        if ids.len() > 100 {
            return Err(shown(Error::BadInput("Ask for at most 100 nodes at once.".to_owned())));
        }
        let mut nodes = Vec::with_capacity(ids.len());
        for id in &ids {
            nodes.push(reads(ctx, node(ctx, id)).await.transpose());
        }
        Ok(nodes)
    }

    /// The one who is signed in; null when nobody is.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        ctx.viewer().cloned().map(Viewer)
    }

    /// A workspace; null unless the viewer is a member.
    async fn workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workspace's id.")] id: ID,
    ) -> Option<Result<Workspace>> {
        match Kind::Workspace.parse(&id) {
            Ok(id) => reads(ctx, member(ctx, id)).await.transpose().map(|found| found.map(Workspace::from)),
            Err(Error::NotFound) => None,
            Err(error) => Some(Err(shown_at(&["id"], error))),
        }
    }

    /// What the holder of a link may see before signing in; null for a link that never was. Never changes anything.
    async fn invitation_by_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The last part of the link in the mail.")] token: String,
    ) -> Option<Result<InvitationPreview>> {
        let preview = reads(ctx, invitation::preview(ctx.app(), &token)).await.transpose();
        preview.map(|found| found.map(InvitationPreview::from).map_err(shown))
    }
}

async fn member(ctx: &Context<'_>, workspace_id: Uuid) -> Result<Option<Member>> {
    let Some(viewer) = ctx.viewer() else { return Ok(None) };
    match Member::load(ctx.app(), viewer.user.id, workspace_id).await {
        Ok(member) => Ok(Some(member)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(shown(error)),
    }
}

async fn node(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let (kind, row) = id::parse(id).map_err(shown)?;
    let Some(viewer) = ctx.viewer() else { return Ok(None) };
    let app = ctx.app();
    Ok(match kind {
        Kind::User => user::find_for(app, viewer.user.id, row).await.map_err(shown)?.map(|row| Node::User(User(row))),
        Kind::Session => {
            let sessions = session::list(app, viewer).await.map_err(shown)?;
            let found = sessions.into_iter().find(|session| session.id == row);
            found.map(|row| Node::Session(Session { current: row.id == viewer.session.id, row }))
        }
        Kind::Workspace => member(ctx, row).await?.map(|member| Node::Workspace(Box::new(member.into()))),
        Kind::Location => {
            let found = location::find_for(app, viewer.user.id, row).await.map_err(shown)?;
            found.map(|row| Node::Location(Location(row)))
        }
        Kind::Membership => {
            let found = membership::find_for(app, viewer.user.id, row).await.map_err(shown)?;
            found.map(|(membership, viewer)| Node::Membership(Box::new(Membership { membership, viewer })))
        }
        Kind::Invitation => match invitation::find_for(app, viewer, row).await.map_err(shown)? {
            Some(invitation) => {
                let member = member(ctx, invitation.row.workspace_id).await?;
                Some(Node::Invitation(Box::new(Invitation { invitation, member })))
            }
            None => None,
        },
        Kind::Event => event_node(ctx, row).await?,
        Kind::TestMail => {
            let found = test_mail::find_for(app, viewer, row).await.map_err(shown)?;
            found.map(|mail| Node::TestMail(Box::new(TestMail(mail))))
        }
    })
}

async fn event_node(ctx: &Context<'_>, id: Uuid) -> Result<Option<Node>> {
    let Ok(drawn) = i64::try_from(id.as_u128()) else { return Ok(None) };
    let Some(row) = event::find(ctx.app(), drawn).await.map_err(shown)? else { return Ok(None) };
    let member = member(ctx, row.workspace_id).await?.filter(|member| member.may(domain::policy::Action::ReadEvents));
    Ok(member.map(|member| Node::WorkspaceEvent(Box::new(WorkspaceEvent { row, member }))))
}
