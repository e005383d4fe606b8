//! Lists of members and of memberships, sorted by a name and cut into pages.

use entity::{
    membership::{Column, Entity, Role},
    user, workspace,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, LikeExpr},
};
use uuid::Uuid;

use super::{Member, Membership};
use crate::{
    App, Result,
    page::{Page, Window},
};

/// Where a membership stands in a list that is sorted by a name.
#[derive(Clone, Debug)]
pub struct NamePosition {
    /// The name in its comparable form.
    pub name: String,
    /// The row, which tells apart those of the same name.
    pub id: Uuid,
}

/// Which members of a workspace are wanted.
#[derive(Clone, Debug, Default)]
pub struct MemberFilter {
    /// Part of a name or an address, in its comparable form ([`crate::text::search`]).
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
    let name = Expr::col((user::Entity, user::Column::NameKey));
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
        query = query.filter(contains(user::Column::NameKey, search).or(contains(user::Column::EmailKey, search)));
    }
    query
}

/// Whether a column of comparable forms contains a text in its comparable form; `%` and `_` are only characters.
pub(crate) fn contains(column: impl ColumnTrait, key: &str) -> Expr {
    let escaped = key.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    column.into_expr().like(LikeExpr::new(format!("%{escaped}%")).escape('\\'))
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
    let name = Expr::col((workspace::Entity, workspace::Column::NameKey));
    let query = of(user.id).inner_join(workspace::Entity);
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
    Ok(of(user_id).count(&app.db).await?)
}

fn of(user_id: Uuid) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::WorkspaceId.not_in_subquery(crate::workspace::deleted()))
}
