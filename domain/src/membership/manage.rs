//! What owner and administrators do with members, and what a member does with his or her own membership: leave.
//!
//! Rights are read when a request begins and may be gone when it writes. So the rows of the one who acts and of the one
//! acted on are held first, always in the same order, and what they say then decides.

use std::collections::HashSet;

use entity::{
    invitation::InvitableRole,
    location,
    membership::{Column, Entity, Model, Role},
    membership_location, session,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Member, Membership, find_for, give_locations, locations_of};
use crate::{
    App, Code, Error, Result, db,
    doorbell::Bell,
    event::{self, Event},
    policy::{self, Action},
    session::Viewer,
};

/// What is changed of a member; what is not given stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The new role.
    pub role: Option<InvitableRole>,
    /// The locations a User may see from now on.
    pub location_ids: Option<Vec<Uuid>>,
}

/// The one who acts and the one acted on, as they are while their rows are held.
pub(super) struct Held {
    pub(super) actor: Model,
    pub(super) target: Model,
}

/// Holds both rows until the commit: by their ids, so that two who change each other wait and do not block each other
/// for ever. NotFound when one of them is gone.
pub(super) async fn hold(tx: &DatabaseTransaction, actor: Uuid, target: Uuid) -> Result<Held> {
    let both = Column::Id.is_in([actor, target]);
    // SQLite has one writer, which this transaction is; there the lock is not written.
    let rows = Entity::find().filter(both).order_by_asc(Column::Id).lock_exclusive().all(tx).await?;
    let row = |id| rows.iter().find(|row| row.id == id).cloned().ok_or(Error::NotFound);
    Ok(Held { actor: row(actor)?, target: row(target)? })
}

impl Held {
    /// Forbidden for an actor who does not manage members, ROLE_NOT_ALLOWED when the target stands above.
    fn require_reach(&self) -> Result<()> {
        if !policy::allows(Some(self.actor.role), Action::ManageMembers) {
            return Err(Error::Forbidden);
        }
        if policy::reaches(self.actor.role, self.target.role) {
            return Ok(());
        }
        Err(Error::user(Code::RoleNotAllowed, &["membershipId"], "An administrator cannot change or remove the owner."))
    }

    /// The target's role after a change.
    fn role_after(&self, change: &Change) -> Result<Role> {
        let role = change.role.map_or(self.target.role, policy::granted);
        if self.target.role == Role::Owner && role != Role::Owner {
            return Err(last_owner(&["role"]));
        }
        if policy::reaches(self.actor.role, role) {
            return Ok(role);
        }
        Err(Error::user(Code::RoleNotAllowed, &["role"], "Nobody can give a role above their own."))
    }
}

pub(super) fn last_owner(field: &[&str]) -> Error {
    let message = "A workspace always has an owner. Hand the ownership over to an administrator first.";
    Error::user(Code::LastOwner, field, message)
}

fn unknown_location() -> Error {
    Error::user(Code::LocationNotFound, &["locationIds"], "This workspace has no such location.")
}

async fn managed(app: &App, viewer: &Viewer, id: Uuid) -> Result<(Membership, Member)> {
    let (membership, member) = find_for(app, viewer.user.id, id).await?.ok_or(Error::NotFound)?;
    member.require(Action::ManageMembers)?;
    Ok((membership, member))
}

/// Changes role and locations of a member. ROLE_NOT_ALLOWED for an administrator touching the owner, LAST_OWNER for the
/// owner giving up the role; LOCATIONS_NOT_ALLOWED with a role that has all of them, LOCATION_NOT_FOUND. Whoever becomes
/// administrator loses the list of locations.
pub async fn update(app: &App, viewer: &Viewer, id: Uuid, change: &Change) -> Result<(Membership, Member)> {
    let (mut membership, mut member) = managed(app, viewer, id).await?;
    let tx = db::begin_write(&app.db).await?;
    let held = hold(&tx, member.membership.id, id).await?;
    held.require_reach()?;
    let role = held.role_after(change)?;
    let before = describe(&tx, &held.target).await?;
    if !change_role(&tx, &held.target, role).await? {
        return Err(Error::NotFound);
    }
    membership.row = Model { role, ..held.target };
    change_locations(&tx, &membership.row, change.location_ids.as_deref()).await?;
    let after = describe(&tx, &membership.row).await?;
    if before != after {
        let details = json!({ "name": membership.user.name, "email": membership.user.email });
        let updated = Event::new("member.updated", membership.row.workspace_id, Some(viewer.user.id), details);
        event::record(&tx, app.clock.now(), [updated.changing(before, after)]).await?;
    }
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    member.membership = if held.actor.id == id { membership.row.clone() } else { held.actor };
    Ok((membership, member))
}

/// The arrow from the role that `row` has to another one; false when it had that role no more.
pub(super) async fn change_role(tx: &DatabaseTransaction, row: &Model, to: Role) -> Result<bool> {
    let changed = Entity::update_many()
        .col_expr(Column::Role, Expr::value(to))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Role.eq(row.role))
        .exec(tx)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Gives a member with the role USER these locations, or leaves them; any other role has none of its own.
async fn change_locations(tx: &DatabaseTransaction, row: &Model, wanted: Option<&[Uuid]>) -> Result<()> {
    let wanted = match (row.role, wanted) {
        (Role::User, None) => return Ok(()),
        (Role::User, Some(ids)) => ids.iter().copied().collect::<HashSet<_>>(),
        (_, None | Some([])) => HashSet::new(),
        (_, Some(_)) => {
            let message = "An administrator sees every location; give locations only with the role User.";
            return Err(Error::user(Code::LocationsNotAllowed, &["locationIds"], message));
        }
    };
    // Held before the old ones go: whoever deletes a location holds it and then takes it from its members.
    let named = location::Column::Id.is_in(wanted.iter().copied());
    let of_workspace = Condition::all().add(location::Column::WorkspaceId.eq(row.workspace_id)).add(named);
    if crate::location::hold(tx, of_workspace).await? != wanted {
        return Err(unknown_location());
    }
    let of_member = membership_location::Column::MembershipId.eq(row.id);
    membership_location::Entity::delete_many().filter(of_member).exec(tx).await?;
    give_locations(tx, row.id, wanted).await
}

/// What a member is, for the audit log, as in `USER (Oslo, Riga)`.
pub(crate) async fn describe(tx: &DatabaseTransaction, row: &Model) -> Result<String> {
    let role = row.role.to_value();
    let names: Vec<String> = location::Entity::find()
        .select_only()
        .column(location::Column::Name)
        .filter(location::Column::Id.in_subquery(locations_of(row.id)))
        .order_by_asc(location::Column::Name)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(if names.is_empty() { role } else { format!("{role} ({})", names.join(", ")) })
}

/// Removes a member, whose sessions lose the workspace at once. ROLE_NOT_ALLOWED for an administrator touching the owner,
/// LAST_OWNER for the owner.
pub async fn remove(app: &App, viewer: &Viewer, id: Uuid) -> Result<()> {
    let (membership, member) = managed(app, viewer, id).await?;
    let tx = db::begin_write(&app.db).await?;
    let held = hold(&tx, member.membership.id, id).await?;
    held.require_reach()?;
    let before = describe(&tx, &held.target).await?;
    if !end(&tx, &held.target).await? {
        return Err(last_owner(&["membershipId"]));
    }
    let Membership { row, user, .. } = membership;
    let details = json!({ "name": user.name, "email": user.email });
    let removed = Event::new("member.removed", row.workspace_id, Some(viewer.user.id), details);
    event::record(&tx, app.clock.now(), [removed.changing(before, Value::Null)]).await?;
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    Ok(())
}

/// Leaves a workspace. LAST_OWNER for the owner.
pub async fn leave(app: &App, viewer: &Viewer, workspace_id: Uuid) -> Result<()> {
    let member = Member::load(app, viewer.user.id, workspace_id).await?;
    let tx = db::begin_write(&app.db).await?;
    let own = hold(&tx, member.membership.id, member.membership.id).await?.target;
    let before = describe(&tx, &own).await?;
    if !end(&tx, &own).await? {
        return Err(last_owner(&[]));
    }
    let details = json!({ "name": viewer.user.name, "email": viewer.user.email });
    let left = Event::new("member.left", workspace_id, Some(viewer.user.id), details);
    event::record(&tx, app.clock.now(), [left.changing(before, Value::Null)]).await?;
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    Ok(())
}

/// The arrow out of a workspace, for everybody but its owner; false when it is the owner. Sessions that were switched to
/// it are switched to none.
async fn end(tx: &DatabaseTransaction, row: &Model) -> Result<bool> {
    let ended =
        Entity::delete_many().filter(Column::Id.eq(row.id)).filter(Column::Role.ne(Role::Owner)).exec(tx).await?;
    session::Entity::update_many()
        .col_expr(session::Column::WorkspaceId, Expr::value(None::<Uuid>))
        .filter(session::Column::UserId.eq(row.user_id))
        .filter(session::Column::WorkspaceId.eq(row.workspace_id))
        .exec(tx)
        .await?;
    Ok(ended.rows_affected == 1)
}
