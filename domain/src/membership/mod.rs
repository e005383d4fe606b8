//! Members: who belongs to a workspace, and the right to act in it, which can only be got by loading a membership.

mod list;
mod manage;
mod ownership;
mod sight;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    invitation::{self, InvitableRole},
    invitation_location,
    membership::{Column, Entity, Model, Role},
    membership_location, opt_out, user, workspace,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QuerySelect, QueryTrait, SelectTwo,
    sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement, UnionType},
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
    gather::Key,
    location,
    policy::{self, Action},
    user::is_enabled,
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
    pub async fn load(app: &App, user_id: Uuid, workspace_id: Uuid) -> Result<Self> {
        Self::find(app, user_id, workspace_id).await?.ok_or(Error::NotFound)
    }

    /// Like [`Member::load`], for whom it is no error that there is none.
    pub(crate) async fn find(app: &App, user_id: Uuid, workspace_id: Uuid) -> Result<Option<Self>> {
        app.gathered.members.find(MemberOf { user_id, workspace_id }).await
    }

    /// The memberships of `user_id` in these workspaces, by their ids; where there is none, nothing is found.
    pub async fn load_all(
        app: &App,
        user_id: Uuid,
        workspace_ids: impl IntoIterator<Item = Uuid>,
    ) -> Result<HashMap<Uuid, Self>> {
        let wanted = workspace_ids.into_iter().map(|workspace_id| MemberOf { user_id, workspace_id });
        let wanted: HashSet<MemberOf> = wanted.collect();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let found = MemberOf::read(&app.db, wanted.into_iter().collect()).await?;
        Ok(found.into_iter().map(|(key, member)| (key.workspace_id, member)).collect())
    }

    /// Like [`Member::load`], inside a transaction.
    pub(crate) async fn load_within(tx: &impl ConnectionTrait, user_id: Uuid, workspace_id: Uuid) -> Result<Self> {
        let found = memberships(&[MemberOf { user_id, workspace_id }]).one(tx).await?;
        found.and_then(Self::both).ok_or(Error::NotFound)
    }

    /// Holds the membership until the commit and reads it again: whoever lost the right since the request began writes
    /// nothing. NotFound when it has ended, Forbidden when its role does not allow `action` any more.
    pub(crate) async fn hold(&self, tx: &DatabaseTransaction, action: Action) -> Result<()> {
        // SQLite has one writer, which this transaction is; there the lock is not written.
        let held = Entity::find_by_id(self.membership.id).lock_shared().one(tx).await?.ok_or(Error::NotFound)?;
        if policy::allows(Some(held.role), action) { Ok(()) } else { Err(Error::Forbidden) }
    }

    fn both((membership, workspace): (Model, Option<workspace::Model>)) -> Option<Self> {
        Some(Self { workspace: workspace?, membership })
    }

    /// Whether the policy lets this member do `action`.
    pub fn may(&self, action: Action) -> bool {
        policy::allows(Some(self.membership.role), action)
    }

    /// Forbidden unless the policy lets this member do `action`.
    pub fn require(&self, action: Action) -> Result<()> {
        if self.may(action) { Ok(()) } else { Err(Error::Forbidden) }
    }
}

/// Whose membership, of which workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MemberOf {
    user_id: Uuid,
    workspace_id: Uuid,
}

impl Key for MemberOf {
    type Found = Member;

    async fn read(db: &DatabaseConnection, keys: Vec<Self>) -> Result<HashMap<Self, Member>, DbErr> {
        let found = memberships(&keys).all(db).await?.into_iter().filter_map(Member::both);
        let key =
            |member: &Member| Self { user_id: member.membership.user_id, workspace_id: member.membership.workspace_id };
        Ok(found.map(|member| (key(&member), member)).collect())
    }
}

/// A workspace, and an address in its comparable form that it may have something of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RecipientOf {
    pub(crate) workspace_id: Uuid,
    pub(crate) email_key: String,
}

/// What there is already of somebody who is to be invited.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Recipient {
    /// A member.
    pub(crate) is_member: bool,
    /// Asked this workspace not to write any more.
    pub(crate) opted_out: bool,
}

impl Key for RecipientOf {
    type Found = Recipient;

    async fn read(db: &DatabaseConnection, keys: Vec<Self>) -> Result<HashMap<Self, Recipient>, DbErr> {
        let workspaces: HashSet<Uuid> = keys.iter().map(|key| key.workspace_id).collect();
        let (workspaces, addresses) = (&workspaces, keys.iter().map(|key| key.email_key.as_str()));
        let members = Entity::find()
            .inner_join(user::Entity)
            .select_only()
            .column(Column::WorkspaceId)
            .column(user::Column::EmailKey)
            .expr(Expr::val(true))
            .filter(Column::WorkspaceId.is_in(workspaces.iter().copied()))
            .filter(user::Column::EmailKey.is_in(addresses.clone()));
        let opt_outs = opt_out::Entity::find()
            .select_only()
            .column(opt_out::Column::WorkspaceId)
            .column(opt_out::Column::EmailKey)
            .expr(Expr::val(false))
            .filter(opt_out::Column::WorkspaceId.is_in(workspaces.iter().copied()))
            .filter(opt_out::Column::EmailKey.is_in(addresses));
        let both = members.into_query().union(UnionType::All, opt_outs.into_query()).take();
        let mut found: HashMap<Self, Recipient> = HashMap::new();
        for row in db.query_all(&both).await? {
            let key = Self { workspace_id: row.try_get_by_index(0)?, email_key: row.try_get_by_index(1)? };
            let recipient = found.entry(key).or_default();
            let is_member: bool = row.try_get_by_index(2)?;
            recipient.is_member |= is_member;
            recipient.opted_out |= !is_member;
        }
        Ok(found)
    }
}

/// Makes `user_id` a member with what the invitation grants. A member already stays as he or she is: an invitation
/// never takes a role away. Answers the membership and whether it is new.
pub(crate) async fn grant(
    app: &App,
    tx: &DatabaseTransaction,
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
        let member = Member::load_within(tx, user_id, invitation.workspace_id).await?;
        return Ok((member.membership, false));
    }
    let named = Query::select()
        .column(invitation_location::Column::LocationId)
        .from(invitation_location::Entity)
        .and_where(invitation_location::Column::InvitationId.eq(invitation.id))
        .take();
    let named = location::hold(tx, entity::location::Column::Id.in_subquery(named)).await?;
    give_locations(tx, row.id, named).await?;
    Ok((row, true))
}

/// Lets a membership see these locations, which are held.
async fn give_locations(tx: &DatabaseTransaction, membership_id: Uuid, ids: HashSet<Uuid>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let rows = ids.into_iter().map(|location_id| membership_location::ActiveModel {
        membership_id: Set(membership_id),
        location_id: Set(location_id),
    });
    membership_location::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// The membership of a person in a workspace, if there is one.
pub async fn find(db: &impl ConnectionTrait, user_id: Uuid, workspace_id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::WorkspaceId.eq(workspace_id)).one(db).await
}

fn memberships(wanted: &[MemberOf]) -> SelectTwo<Entity, workspace::Entity> {
    let mut any = Condition::any();
    for MemberOf { user_id, workspace_id } in wanted {
        any = any.add(Column::UserId.eq(*user_id).and(Column::WorkspaceId.eq(*workspace_id)));
    }
    Entity::find().filter(any).find_also_related(workspace::Entity).filter(workspace::Column::DeletesAt.is_null())
}

/// Whether somebody with this address, in its comparable form, is a member.
pub async fn is_member(db: &impl ConnectionTrait, workspace_id: Uuid, email_key: &str) -> Result<bool, DbErr> {
    let member = Entity::find()
        .inner_join(user::Entity)
        .filter(Column::WorkspaceId.eq(workspace_id))
        .filter(user::Column::EmailKey.eq(email_key))
        .one(db)
        .await?;
    Ok(member.is_some())
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
    Ok(find_all_for(app, viewer, &[id]).await?.pop())
}

/// Like [`find_for`], of many at once.
pub async fn find_all_for(app: &App, viewer: Uuid, ids: &[Uuid]) -> Result<Vec<(Membership, Member)>> {
    let wanted = Entity::find().filter(Column::Id.is_in(ids.iter().copied()));
    let rows = wanted.find_also_related(user::Entity).all(&app.db).await?;
    let members = Member::load_all(app, viewer, rows.iter().map(|(row, _)| row.workspace_id)).await?;
    let found = rows.into_iter().filter_map(|(row, user)| {
        let member = members.get(&row.workspace_id)?.clone();
        Some((Membership { row, user: user?, workspace: member.workspace.clone() }, member))
    });
    Ok(found.collect())
}

/// The ids of a membership's locations, as a subquery.
pub(crate) fn locations_of(membership_id: Uuid) -> SelectStatement {
    Query::select()
        .column(membership_location::Column::LocationId)
        .from(membership_location::Entity)
        .and_where(membership_location::Column::MembershipId.eq(membership_id))
        .take()
}

/// Whether `user_id` still has a role in the workspace that may invite as `role`, and an account that is not disabled.
pub(crate) fn may_invite(user_id: Expr, workspace_id: Expr, role: InvitableRole) -> Expr {
    has_role(user_id.clone(), workspace_id, policy::inviters(role)).and(is_enabled(user_id))
}

/// Whether `user_id` is a member of the workspace with one of `roles`.
fn has_role(user_id: Expr, workspace_id: Expr, roles: impl Iterator<Item = Role>) -> Expr {
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
