//! The root of queries.
//!
//! A field that can be null is `Option<Result<_>>`: its error leaves null in its own place. `Result<Option<_>>` would
//! take the whole parent away.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object, Result};
use domain::{
    App, Error, event,
    id::{self, Kind},
    invitation, location,
    membership::{self, Member},
    policy::Action,
    session::{self, Viewer as SignedIn},
    test_mail, user,
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
        found(ctx, &[id]).await.pop().flatten()
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
        Ok(found(ctx, &ids).await)
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

/// What each of the ids points to, all of one kind read at once.
async fn found(ctx: &Context<'_>, ids: &[ID]) -> Vec<Option<Result<Node>>> {
    let parsed: Vec<_> = ids.iter().map(|id| id::parse(id).map_err(shown)).collect();
    let Some(viewer) = ctx.viewer() else {
        return parsed.into_iter().map(|id| id.err().map(Err)).collect();
    };
    let mut wanted: HashMap<Kind, Vec<Uuid>> = HashMap::new();
    for (kind, row) in parsed.iter().flatten() {
        wanted.entry(*kind).or_default().push(*row);
    }
    let mut read = HashMap::new();
    for (kind, rows) in wanted {
        let nodes = reads(ctx, nodes_of(ctx.app(), viewer, kind, &rows)).await.map_err(shown);
        read.insert(kind, nodes.map(|nodes| nodes.into_iter().collect::<HashMap<Uuid, Node>>()));
    }
    let node = |id: Result<(Kind, Uuid)>| {
        let (kind, row) = match id {
            Ok(id) => id,
            Err(error) => return Some(Err(error)),
        };
        match &read[&kind] {
            Ok(nodes) => nodes.get(&row).cloned().map(Ok),
            Err(error) => Some(Err(error.clone())),
        }
    };
    parsed.into_iter().map(node).collect()
}

/// Those of one kind that exist for the viewer, by their ids.
async fn nodes_of(app: &App, viewer: &SignedIn, kind: Kind, ids: &[Uuid]) -> domain::Result<Vec<(Uuid, Node)>> {
    let person = viewer.user.id;
    Ok(match kind {
        Kind::User => {
            let found = user::find_all_for(app, person, ids).await?;
            found.into_iter().map(|row| (row.id, Node::User(User(row)))).collect()
        }
        Kind::Session => {
            let session = |row: entity::session::Model| {
                (row.id, Node::Session(Session { current: row.id == viewer.session.id, row }))
            };
            session::list(app, viewer).await?.into_iter().map(session).collect()
        }
        Kind::Workspace => {
            let found = Member::load_all(app, person, ids.iter().copied()).await?;
            found.into_iter().map(|(id, member)| (id, Node::Workspace(Box::new(member.into())))).collect()
        }
        Kind::Location => {
            let found = location::find_all_for(app, person, ids).await?;
            found.into_iter().map(|row| (row.id, Node::Location(Location(row)))).collect()
        }
        Kind::Membership => {
            let found = membership::find_all_for(app, person, ids).await?.into_iter();
            let node = |(membership, viewer): (membership::Membership, Member)| {
                (membership.row.id, Node::Membership(Box::new(Membership { membership, viewer })))
            };
            found.map(node).collect()
        }
        Kind::Invitation => {
            let found = invitation::find_all_for(app, viewer, ids).await?.into_iter();
            let node = |(invitation, member): (invitation::Invitation, Option<Member>)| {
                (invitation.row.id, Node::Invitation(Box::new(Invitation { invitation, member })))
            };
            found.map(node).collect()
        }
        Kind::Event => event_nodes(app, person, ids).await?,
        Kind::TestMail => {
            let found = test_mail::find_all_for(app, viewer, ids).await?;
            found.into_iter().map(|mail| (mail.id, Node::TestMail(Box::new(TestMail(mail))))).collect()
        }
    })
}

async fn event_nodes(app: &App, person: Uuid, ids: &[Uuid]) -> domain::Result<Vec<(Uuid, Node)>> {
    let drawn: Vec<i64> = ids.iter().filter_map(|id| i64::try_from(id.as_u128()).ok()).collect();
    let rows = event::find_all(app, &drawn).await?;
    let members = Member::load_all(app, person, rows.iter().map(|row| row.workspace_id)).await?;
    let node = |row: entity::event::Model| {
        let member = members.get(&row.workspace_id).filter(|member| member.may(Action::ReadEvents))?.clone();
        let id = Uuid::from_u128(u128::from(row.drawn.unsigned_abs()));
        Some((id, Node::WorkspaceEvent(Box::new(WorkspaceEvent { row, member }))))
    };
    Ok(rows.into_iter().filter_map(node).collect())
}
