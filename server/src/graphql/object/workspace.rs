//! Workspace: what people are invited into.

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use domain::{
    Error, event,
    id::Kind,
    invitation::{self, Filter},
    location,
    membership::{self, Member, MemberFilter, NamePosition},
    page::Window,
    policy::Action,
    text, workspace,
};
use entity::workspace::Model;
use uuid::Uuid;

use super::{Invitation, InvitationStatus, Language, LinkRequest, Location, Membership, Role, WorkspaceEvent};
use crate::graphql::{
    connection::{List, Position, Total, by_name, cost, list, window},
    context::RequestContext,
    error::shown,
    loader::reads,
};

/// A workspace. Somebody invited and not yet a member reads id and name; the rest is null.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub(crate) row: Model,
    /// The one who looks, if a member.
    pub(crate) member: Option<Member>,
}

impl From<Member> for Workspace {
    fn from(member: Member) -> Self {
        Self { row: member.workspace.clone(), member: Some(member) }
    }
}

impl Workspace {
    /// FORBIDDEN for somebody who is only invited.
    fn member(&self) -> Result<&Member> {
        self.member.as_ref().ok_or_else(|| shown(Error::Forbidden))
    }

    fn inviter(&self) -> Option<&Member> {
        self.member.as_ref().filter(|member| member.may(Action::ManageInvitations))
    }

    async fn member_list(
        &self,
        ctx: &Context<'_>,
        filter: MemberFilter,
        window: Result<Window<NamePosition>>,
    ) -> Result<List<Membership>> {
        let (member, window) = (self.member()?, window?);
        let page = reads(ctx, membership::list(ctx.app(), member, &filter, &window)).await.map_err(shown)?;
        let position = |row: &membership::Membership| by_name(&row.user.name_key, row.row.id);
        let total = Total::Members(Box::new(member.clone()), filter);
        Ok(list(page, total, position, |membership| Membership { membership, viewer: member.clone() }))
    }

    async fn invitation_list(
        &self,
        ctx: &Context<'_>,
        filter: Filter,
        window: Result<Window<Uuid>>,
    ) -> Result<List<Invitation>> {
        let (member, window) = (self.member()?, window?);
        let page = reads(ctx, invitation::list(ctx.app(), member, &filter, &window)).await.map_err(shown)?;
        let total = Total::Invitations(Box::new(member.clone()), filter);
        Ok(list(page, total, |row| row.row.id, |invitation| Invitation { invitation, member: Some(member.clone()) }))
    }

    async fn location_list(&self, ctx: &Context<'_>, window: Result<Window<NamePosition>>) -> Result<List<Location>> {
        let (member, window) = (self.member()?, window?);
        let page = reads(ctx, location::list(ctx.app(), member, &window)).await.map_err(shown)?;
        Ok(list(page, Total::Locations(Box::new(member.clone())), |row| by_name(&row.name_key, row.id), Location))
    }

    async fn event_list(&self, ctx: &Context<'_>, window: Result<Window<i64>>) -> Result<List<WorkspaceEvent>> {
        let (member, window) = (self.member()?, window?);
        let page = reads(ctx, event::list(ctx.app(), member, &window)).await.map_err(shown)?;
        let position = |row: &entity::event::Model| row.number.unwrap_or_default();
        let total = Total::Events(Box::new(member.clone()));
        Ok(list(page, total, position, |row| WorkspaceEvent { row, member: member.clone() }))
    }
}

/// What somebody searches for; nothing when the text is empty.
fn read_search(search: Option<String>) -> Result<Option<String>> {
    let search = search.map(|text| text::search(&text)).transpose().map_err(shown)?;
    Ok(search.filter(|text| !text.is_empty()))
}

/// A workspace. Somebody invited and not yet a member reads id and name; the rest is null.
#[Object]
impl Workspace {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Workspace.id(self.row.id).into()
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// When it was created.
    async fn created_at(&self) -> Option<DateTime<Utc>> {
        self.member.as_ref().map(|_| self.row.created_at)
    }

    /// The language of its invitations, unless their sender chooses another; null when none is chosen.
    async fn language(&self) -> Option<Language> {
        self.member.as_ref()?.workspace.language.map(Into::into)
    }

    /// How many members and open invitations there may be together; null for any number, and for those who may not
    /// invite.
    async fn seats(&self) -> Option<i32> {
        self.inviter()?.workspace.seats
    }

    /// How many seats are taken, by members and open invitations; null for those who may not invite.
    async fn seats_used(&self, ctx: &Context<'_>) -> Option<Result<i32>> {
        let used = reads(ctx, workspace::seats_used(ctx.app(), &ctx.app().db, self.inviter()?.workspace.id)).await;
        Some(used.map(|used| i32::try_from(used).unwrap_or(i32::MAX)).map_err(shown))
    }

    /// What the viewer may do here.
    async fn viewer_role(&self) -> Option<Role> {
        self.member.as_ref().map(|member| member.membership.role.into())
    }

    /// The members, by name.
    #[expect(clippy::too_many_arguments, reason = "Relay's four and two filters")]
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning; at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Part of a name or an address.")] search: Option<String>,
        #[graphql(desc = "Only those with this role.")] role: Option<Role>,
    ) -> Option<Result<List<Membership>>> {
        let search = match read_search(search) {
            Ok(search) => search,
            Err(error) => return Some(Err(error)),
        };
        let filter = MemberFilter { search, role: role.map(Into::into) };
        let window = window(first, after.as_deref(), last, before.as_deref());
        Some(self.member_list(ctx, filter, window).await)
    }

    /// The invitations, newest first; for owner and administrators.
    #[expect(clippy::too_many_arguments, reason = "Relay's four and two filters")]
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning; at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those in one of these states.")] status: Option<Vec<InvitationStatus>>,
        #[graphql(desc = "Part of an address.")] search: Option<String>,
    ) -> Option<Result<List<Invitation>>> {
        let search = match read_search(search) {
            Ok(search) => search,
            Err(error) => return Some(Err(error)),
        };
        let status = status.map(|states| states.into_iter().map(Into::into).collect());
        let window = window(first, after.as_deref(), last, before.as_deref());
        Some(self.invitation_list(ctx, Filter { status, search }, window).await)
    }

    /// The locations, by name; a USER sees only its own.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn locations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning; at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<List<Location>>> {
        Some(self.location_list(ctx, window(first, after.as_deref(), last, before.as_deref())).await)
    }

    /// The audit log, oldest first; for owner and administrators.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning; at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<List<WorkspaceEvent>>> {
        Some(self.event_list(ctx, window(first, after.as_deref(), last, before.as_deref())).await)
    }

    /// People whose link cannot be used any more and who asked for a fresh one, newest first, at most 100; for owner and
    /// administrators. A request goes away when its person is invited again or it is dismissed.
    #[graphql(complexity = "cost(Some(100), None, child_complexity)")]
    async fn link_requests(&self, ctx: &Context<'_>) -> Option<Result<Vec<LinkRequest>>> {
        let member = self.member.as_ref()?;
        let requests = reads(ctx, invitation::link_requests(ctx.app(), member)).await.map_err(shown);
        Some(requests.map(|found| found.into_iter().map(|request| LinkRequest::new(request, member)).collect()))
    }

    /// Where events stand now: read it together with a list, then subscribe after it.
    async fn event_cursor(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.member.as_ref()?;
        Some(reads(ctx, event::cursor(ctx.app())).await.map(|number| number.cursor()).map_err(shown))
    }
}
