//! Members: who belongs to a workspace, and the right to act in it, which can only be got by loading a membership.

use chrono::{DateTime, Utc};
use entity::{
    invitation::{self, InvitableRole},
    invitation_location, location,
    membership::{Column, Entity, Model, Role},
    membership_location, user, workspace,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Func, OnConflict, Query},
};
use uuid::Uuid;

use crate::{
    App, Error, Result,
    page::{Page, Window},
    policy::{self, Action},
};

/// Somebody acting in a workspace he or she belongs to. Whoever holds one has been found to be a member.
#[derive(Clone, Debug)]
pub struct Member {
    /// The workspace.
    pub workspace: workspace::Model,
    /// The membership.
    pub membership: Model,
}

impl Member {
    /// The membership of `user_id` in `workspace_id`; NotFound when there is none, as if there were no workspace.
    pub async fn load(db: &impl ConnectionTrait, user_id: Uuid, workspace_id: Uuid) -> Result<Self> {
        let found = Entity::find()
            .filter(Column::UserId.eq(user_id))
            .filter(Column::WorkspaceId.eq(workspace_id))
            .find_also_related(workspace::Entity)
            .one(db)
            .await?;
        match found {
            Some((membership, Some(workspace))) => Ok(Self { workspace, membership }),
            _ => Err(Error::NotFound),
        }
    }

    /// Whether the policy lets this member do `action`.
    pub fn may(&self, action: Action) -> bool {
        policy::allows(self.membership.role, action)
    }

    /// Forbidden unless the policy lets this member do `action`.
    pub fn require(&self, action: Action) -> Result<()> {
        if self.may(action) { Ok(()) } else { Err(Error::Forbidden) }
    }
}

/// Makes `user_id` a member with what the invitation grants. A member already stays as he or she is: an invitation
/// never takes a role away. Answers the membership and whether it is new.
pub(crate) async fn grant(
    app: &App,
    tx: &impl ConnectionTrait,
    invitation: &invitation::Model,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(Model, bool)> {
    let row = Model {
        id: app.clock.new_id(),
        workspace_id: invitation.workspace_id,
        user_id,
        role: policy::granted(invitation.role),
        joined_at: now,
        invited_by: invitation.invited_by,
    };
    let once = OnConflict::columns([Column::UserId, Column::WorkspaceId]).do_nothing().to_owned();
    let new = Entity::insert(row.clone().into_active_model()).on_conflict(once).exec_without_returning(tx).await? == 1;
    if !new {
        let member = Member::load(tx, user_id, invitation.workspace_id).await?;
        return Ok((member.membership, false));
    }
    let granted = Query::select()
        .expr(Expr::value(row.id))
        .column(invitation_location::Column::LocationId)
        .from(invitation_location::Entity)
        .and_where(invitation_location::Column::InvitationId.eq(invitation.id))
        .take();
    let mut copy = Query::insert();
    copy.into_table(membership_location::Entity)
        .columns([membership_location::Column::MembershipId, membership_location::Column::LocationId])
        .select_from(granted)
        .map_err(Error::internal)?;
    tx.execute(&copy).await?;
    Ok((row, true))
}

/// The membership of a person in a workspace, if there is one.
pub async fn find(db: &impl ConnectionTrait, user_id: Uuid, workspace_id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::WorkspaceId.eq(workspace_id)).one(db).await
}

/// Whether somebody with this address, in its comparable form, is a member.
pub(crate) async fn is_member(db: &impl ConnectionTrait, workspace_id: Uuid, email_key: &str) -> Result<bool, DbErr> {
    let found = Entity::find()
        .inner_join(user::Entity)
        .filter(Column::WorkspaceId.eq(workspace_id))
        .filter(user::Column::EmailKey.eq(email_key))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// A membership with the person and the workspace it joins.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The membership.
    pub row: Model,
    /// The person.
    pub user: user::Model,
    /// The workspace.
    pub workspace: workspace::Model,
}

impl Membership {
    /// The person as somebody acting in the workspace.
    pub fn member(&self) -> Member {
        Member { workspace: self.workspace.clone(), membership: self.row.clone() }
    }
}

/// Where a membership stands in a list that is sorted by a name.
#[derive(Clone, Debug)]
pub struct NamePosition {
    /// The name, in lower case.
    pub name: String,
    /// The row, which tells apart those of the same name.
    pub id: Uuid,
}

/// Which members of a workspace are wanted.
#[derive(Clone, Debug, Default)]
pub struct MemberFilter {
    /// Part of a name or an address.
    pub search: Option<String>,
    /// Only those with this role.
    pub role: Option<Role>,
}

/// A page of the workspace's members, by name.
pub async fn list(
    app: &App,
    member: &Member,
    filter: &MemberFilter,
    window: &Window<NamePosition>,
) -> Result<Page<Membership>> {
    let name = Expr::expr(Func::lower(Expr::col((user::Entity, user::Column::Name))));
    let query = by_name(members(member, filter), &name, (Entity, Column::Id), window);
    let rows = query.select_also(user::Entity).all(&app.db).await?;
    let page = Page::cut(rows, window);
    Ok(Page {
        has_next: page.has_next,
        has_previous: page.has_previous,
        rows: page
            .rows
            .into_iter()
            .filter_map(|(row, user)| Some(Membership { row, user: user?, workspace: member.workspace.clone() }))
            .collect(),
    })
}

/// How many members of the workspace the filter lets through.
pub async fn count(app: &App, member: &Member, filter: &MemberFilter) -> Result<u64> {
    use sea_orm::PaginatorTrait;
    Ok(members(member, filter).count(&app.db).await?)
}

fn members(member: &Member, filter: &MemberFilter) -> sea_orm::Select<Entity> {
    let mut query = Entity::find().inner_join(user::Entity).filter(Column::WorkspaceId.eq(member.workspace.id));
    if let Some(role) = filter.role {
        query = query.filter(Column::Role.eq(role));
    }
    if let Some(search) = &filter.search {
        query = query.filter(contains(user::Column::Name, search).or(contains(user::Column::Email, search)));
    }
    query
}

/// Whether a column contains a text, whatever the case of both; `%` and `_` are only characters.
pub(crate) fn contains(column: impl ColumnTrait, text: &str) -> Expr {
    let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let pattern = sea_orm::sea_query::LikeExpr::new(format!("%{escaped}%")).escape('\\');
    Expr::expr(Func::lower(column.into_expr())).like(pattern)
}

/// Cuts a window out of a list that is sorted by `name` and then by `id`.
pub(crate) fn by_name<E: EntityTrait>(
    mut query: sea_orm::Select<E>,
    name: &Expr,
    id: (E, E::Column),
    window: &Window<NamePosition>,
) -> sea_orm::Select<E>
where
    (E, E::Column): sea_orm::sea_query::IntoColumnRef,
{
    let id = Expr::col(id);
    let beyond = |position: &NamePosition, after: bool| {
        let (name, id) = (name.clone(), id.clone());
        let same = name.clone().eq(position.name.clone());
        if after {
            name.gt(position.name.clone()).or(same.and(id.gt(position.id)))
        } else {
            name.lt(position.name.clone()).or(same.and(id.lt(position.id)))
        }
    };
    if let Some(position) = &window.after {
        query = query.filter(beyond(position, true));
    }
    if let Some(position) = &window.before {
        query = query.filter(beyond(position, false));
    }
    let order = if window.from_end { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
    query.order_by(name.clone(), order.clone()).order_by(id, order).limit(window.limit + 1)
}

/// The memberships of a person, by the workspace's name.
pub async fn of_user(app: &App, user: &user::Model, window: &Window<NamePosition>) -> Result<Page<Membership>> {
    let name = Expr::expr(Func::lower(Expr::col((workspace::Entity, workspace::Column::Name))));
    let query = Entity::find().inner_join(workspace::Entity).filter(Column::UserId.eq(user.id));
    let rows = by_name(query, &name, (Entity, Column::Id), window).select_also(workspace::Entity).all(&app.db).await?;
    let page = Page::cut(rows, window);
    Ok(Page {
        has_next: page.has_next,
        has_previous: page.has_previous,
        rows: page
            .rows
            .into_iter()
            .filter_map(|(row, workspace)| Some(Membership { row, user: user.clone(), workspace: workspace? }))
            .collect(),
    })
}

/// How many workspaces a person belongs to.
pub async fn count_of_user(app: &App, user_id: Uuid) -> Result<u64> {
    use sea_orm::PaginatorTrait;
    Ok(Entity::find().filter(Column::UserId.eq(user_id)).count(&app.db).await?)
}

/// A membership by its id and the viewer as a member of the same workspace; none when he or she is not.
pub async fn find_for(app: &App, viewer: Uuid, id: Uuid) -> Result<Option<(Membership, Member)>> {
    let Some((row, Some(user))) = Entity::find_by_id(id).find_also_related(user::Entity).one(&app.db).await? else {
        return Ok(None);
    };
    match Member::load(&app.db, viewer, row.workspace_id).await {
        Ok(member) => Ok(Some((Membership { row, user, workspace: member.workspace.clone() }, member))),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The locations of a member with the role USER, by name, cut to those `viewer` may see; owner and administrators have
/// all, so for them it is empty.
pub async fn locations(db: &impl ConnectionTrait, row: &Model, viewer: &Member) -> Result<Vec<location::Model>> {
    if row.role != Role::User {
        return Ok(Vec::new());
    }
    let mut query = location::Entity::find()
        .filter(location::Column::WorkspaceId.eq(viewer.workspace.id))
        .filter(location::Column::Id.in_subquery(locations_of(row.id)));
    if !viewer.may(Action::ManageLocations) {
        query = query.filter(location::Column::Id.in_subquery(locations_of(viewer.membership.id)));
    }
    Ok(query.order_by_asc(location::Column::Name).all(db).await?)
}

/// The ids of a membership's locations, as a subquery.
pub(crate) fn locations_of(membership_id: Uuid) -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column(membership_location::Column::LocationId)
        .from(membership_location::Entity)
        .and_where(membership_location::Column::MembershipId.eq(membership_id))
        .take()
}

/// Whether `user_id` still has a role in the workspace that may invite as `role`.
pub(crate) fn may_invite(user_id: Expr, workspace_id: Expr, role: InvitableRole) -> Expr {
    Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(Entity)
            .and_where(Expr::col((Entity, Column::UserId)).eq(user_id))
            .and_where(Expr::col((Entity, Column::WorkspaceId)).eq(workspace_id))
            .and_where(Column::Role.is_in(policy::inviters(role)))
            .take(),
    )
}
