//! Members: who belongs to a workspace, and the right to act in it, which can only be got by loading a membership.

mod list;
mod manage;
mod ownership;
mod sight;

use chrono::{DateTime, Utc};
use entity::{
    invitation::{self, InvitableRole},
    invitation_location,
    membership::{Column, Entity, Model, Role},
    membership_location, user, workspace,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QuerySelect,
    QueryTrait, Select, SelectTwo,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

pub use list::{MemberFilter, NamePosition, count, count_of_user, list, of_user};
pub(crate) use list::{by_name, contains};
pub(crate) use manage::describe;
pub use manage::{Change, leave, remove, update};
pub use ownership::hand_over;
pub use sight::{Sight, locations};

use crate::{
    App, Error, Result,
    invitation::opted_out,
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
        Self::find(db, user_id, workspace_id).await?.ok_or(Error::NotFound)
    }

    /// Like [`Member::load`], for whom it is no error that there is none.
    pub(crate) async fn find(db: &impl ConnectionTrait, user_id: Uuid, workspace_id: Uuid) -> Result<Option<Self>> {
        let found = membership(user_id, workspace_id).one(db).await?;
        Ok(found.and_then(|(membership, workspace)| Some(Self { workspace: workspace?, membership })))
    }

    /// Like [`Member::load`], and what there is already of somebody with the address `email_key`: all in one statement,
    /// because it is what every invitation asks first.
    pub(crate) async fn load_and_look_for(
        db: &impl ConnectionTrait,
        user_id: Uuid,
        workspace_id: Uuid,
        email_key: &str,
    ) -> Result<(Self, Recipient)> {
        let mut select = membership(user_id, workspace_id);
        let other = with_address(workspace_id, email_key).select_only().expr(Expr::val(1)).into_query();
        QueryTrait::query(&mut select)
            .expr_as(Expr::exists(other), "is_member")
            .expr_as(Expr::exists(opted_out(workspace_id, [email_key])), "opted_out");
        let row = db.query_one(QueryTrait::as_query(&select)).await?.ok_or(Error::NotFound)?;
        let member = Self {
            membership: Model::from_query_result(&row, "A_")?,
            workspace: workspace::Model::from_query_result(&row, "B_")?,
        };
        let recipient =
            Recipient { is_member: row.try_get("", "is_member")?, opted_out: row.try_get("", "opted_out")? };
        Ok((member, recipient))
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

/// What there is already of somebody who is to be invited.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipient {
    /// A member.
    pub(crate) is_member: bool,
    /// Asked this workspace not to write any more.
    pub(crate) opted_out: bool,
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

fn membership(user_id: Uuid, workspace_id: Uuid) -> SelectTwo<Entity, workspace::Entity> {
    Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::WorkspaceId.eq(workspace_id))
        .find_also_related(workspace::Entity)
        .filter(workspace::Column::DeletesAt.is_null())
}

/// Whether somebody with this address, in its comparable form, is a member.
pub(crate) async fn is_member(db: &impl ConnectionTrait, workspace_id: Uuid, email_key: &str) -> Result<bool, DbErr> {
    Ok(with_address(workspace_id, email_key).one(db).await?.is_some())
}

fn with_address(workspace_id: Uuid, email_key: &str) -> Select<Entity> {
    Entity::find()
        .inner_join(user::Entity)
        .filter(Column::WorkspaceId.eq(workspace_id))
        .filter(user::Column::EmailKey.eq(email_key))
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

/// The ids of a membership's locations, as a subquery.
pub(crate) fn locations_of(membership_id: Uuid) -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column(membership_location::Column::LocationId)
        .from(membership_location::Entity)
        .and_where(membership_location::Column::MembershipId.eq(membership_id))
        .take()
}

/// Whether `user_id` still has a role in the workspace that may invite as `role`, and an account that is not disabled.
pub(crate) fn may_invite(user_id: Expr, workspace_id: Expr, role: InvitableRole) -> Expr {
    let enabled = Query::select()
        .expr(Expr::val(1))
        .from(user::Entity)
        .and_where(Expr::col((user::Entity, user::Column::Id)).eq(user_id.clone()))
        .and_where(user::Column::DisabledAt.is_null())
        .take();
    has_role(user_id, workspace_id, policy::inviters(role)).and(Expr::exists(enabled))
}

/// Whether `user_id` is a member of the workspace with one of `roles`.
pub(crate) fn has_role(user_id: Expr, workspace_id: Expr, roles: impl Iterator<Item = Role>) -> Expr {
    Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(Entity)
            .and_where(Expr::col((Entity, Column::UserId)).eq(user_id))
            .and_where(Expr::col((Entity, Column::WorkspaceId)).eq(workspace_id))
            .and_where(Column::Role.is_in(roles))
            .take(),
    )
}
