//! Viewer: the one who is signed in.

use async_graphql::{Context, Object, Result};
use domain::{event, invitation, membership, session, workspace};

use super::{Invitation, Language, Membership, Session, User, Workspace, WorkspaceDeletion};
use crate::graphql::{
    connection::{List, Position, Total, by_name, cost, list, unpaged, window},
    context::RequestContext,
    error::shown,
    loader::reads,
};

/// The one who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Viewer(pub(crate) session::Viewer);

/// The one who is signed in.
#[Object]
impl Viewer {
    /// The person.
    async fn user(&self) -> User {
        User(self.0.user.clone())
    }

    /// The language of mails and pages; what the browser asks for when null.
    async fn language(&self) -> Option<Language> {
        self.0.user.language.map(Into::into)
    }

    /// The workspace this session is switched to.
    async fn active_workspace(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
        let member = reads(ctx, session::active_workspace(ctx.app(), &self.0)).await.transpose();
        member.map(|found| found.map(Workspace::from).map_err(shown))
    }

    /// The workspaces the viewer belongs to, by name.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn workspaces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning; at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<List<Membership>> {
        let window = window(first, after.as_deref(), last, before.as_deref())?;
        let page = reads(ctx, membership::of_user(ctx.app(), &self.0.user, &window)).await.map_err(shown)?;
        let position = |row: &membership::Membership| by_name(&row.workspace.name_key, row.row.id);
        Ok(list(page, Total::Workspaces(self.0.user.id), position, |membership| {
            let viewer = membership.member();
            Membership { membership, viewer }
        }))
    }

    /// The open invitations addressed to the viewer, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning; at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<List<Invitation>> {
        let window = window(first, after.as_deref(), last, before.as_deref())?;
        let page = reads(ctx, invitation::list_addressed_to(ctx.app(), &self.0.user, &window)).await.map_err(shown)?;
        let total = Total::InvitationsOf(Box::new(self.0.clone()));
        Ok(list(page, total, |row| row.row.id, |invitation| Invitation { invitation, member: None }))
    }

    /// The deleted workspaces that the viewer can keep, as owner or administrator; the one that ends first comes first.
    #[graphql(complexity = "unpaged(child_complexity)")]
    async fn workspace_deletions(&self, ctx: &Context<'_>) -> Result<Vec<WorkspaceDeletion>> {
        let rows = reads(ctx, workspace::deletions_of(ctx.app(), &self.0)).await.map_err(shown)?;
        Ok(rows.into_iter().map(WorkspaceDeletion).collect())
    }

    /// Where events stand now: read it together with the invitations, then subscribe to viewerInvitations after it.
    async fn event_cursor(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(reads(ctx, event::cursor(ctx.app())).await.map_err(shown)?.cursor())
    }

    /// The viewer's sessions that have not ended, last used first.
    #[graphql(complexity = "unpaged(child_complexity)")]
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        let rows = reads(ctx, session::list(ctx.app(), &self.0)).await.map_err(shown)?;
        Ok(rows.into_iter().map(|row| Session { current: row.id == self.0.session.id, row }).collect())
    }
}
