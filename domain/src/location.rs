//! Locations: create, change, delete, list. A member with the role USER sees only its own.

use std::collections::HashSet;

use entity::{
    invitation::{self, Status},
    invitation_location,
    location::{Column, Entity, Model},
    membership_location,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{Expr, IntoCondition, LockType},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    App, Error, Result, db,
    doorbell::Bell,
    event::{self, Event},
    membership::{self, Member, NamePosition},
    page::{Page, Window},
    policy::Action,
    session::Viewer,
    text,
};

/// Creates a location. INVALID_NAME at `name`, INVALID_INPUT at `address`.
pub async fn create(
    app: &App,
    viewer: &Viewer,
    workspace_id: Uuid,
    name: &str,
    address: Option<&str>,
) -> Result<Model> {
    let member = Member::load(app, viewer.user.id, workspace_id).await?;
    member.require(Action::ManageLocations)?;
    let now = app.clock.now();
    let name = text::name(name, &["name"])?;
    let row = Model {
        id: app.clock.new_id(),
        workspace_id,
        name_key: text::key(&name),
        name,
        address: text::address(address, &["address"])?,
        created_at: now,
    };
    let created = Event::new("location.created", workspace_id, Some(viewer.user.id), json!({ "name": row.name }));
    let created = created.changing(Value::Null, describe(&row));
    let tx = db::begin_write(&app.db).await?;
    member.hold(&tx, Action::ManageLocations).await?;
    Entity::insert(row.clone().into_active_model()).exec_without_returning(&tx).await?;
    event::record(&tx, now, [created]).await?;
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    Ok(row)
}

/// Changes what is given: a name, an address (an empty one removes it). INVALID_NAME at `name`, INVALID_INPUT at
/// `address`.
pub async fn update(
    app: &App,
    viewer: &Viewer,
    id: Uuid,
    name: Option<&str>,
    address: Option<Option<&str>>,
) -> Result<Model> {
    let (found, member) = managed(app, viewer, id).await?;
    let mut change = Entity::update_many().filter(Column::Id.eq(id));
    if let Some(name) = name {
        let name = text::name(name, &["name"])?;
        change =
            change.col_expr(Column::NameKey, Expr::value(text::key(&name))).col_expr(Column::Name, Expr::value(name));
    }
    if let Some(address) = address {
        change = change.col_expr(Column::Address, Expr::value(text::address(address, &["address"])?));
    }
    if name.is_none() && address.is_none() {
        return Ok(found);
    }
    let tx = db::begin_write(&app.db).await?;
    member.hold(&tx, Action::ManageLocations).await?;
    let before = db::hold(&tx, Entity::find_by_id(id)).await?.ok_or(Error::NotFound)?;
    change.exec(&tx).await?;
    // Read back: somebody else may have changed the other part since it was found.
    let row = Entity::find_by_id(id).one(&tx).await?.ok_or(Error::NotFound)?;
    if row != before {
        let details = json!({ "name": row.name });
        let updated = Event::new("location.updated", row.workspace_id, Some(viewer.user.id), details);
        event::record(&tx, app.clock.now(), [updated.changing(describe(&before), describe(&row))]).await?;
    }
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    Ok(row)
}

/// Deletes a location; members and invitations that name it lose it.
pub async fn delete(app: &App, viewer: &Viewer, id: Uuid) -> Result<()> {
    let (_, member) = managed(app, viewer, id).await?;
    let tx = db::begin_write(&app.db).await?;
    member.hold(&tx, Action::ManageLocations).await?;
    // Held first: an invitation that is being sent either waits, and finds the location gone, or is among those below.
    let row = Entity::find_by_id(id).lock_exclusive().one(&tx).await?.ok_or(Error::NotFound)?;
    let invitations = naming(&tx, id).await?;
    Entity::delete_by_id(id).exec(&tx).await?;
    let deleted = Event::new("location.deleted", row.workspace_id, Some(viewer.user.id), json!({ "name": row.name }));
    let deleted = deleted.changing(describe(&row), Value::Null);
    let dropped = invitations.iter().map(|invitation| {
        let details = json!({ "email": invitation.email, "role": invitation.role, "location": row.name });
        let dropped = Event::new(event::LOCATION_DROPPED, row.workspace_id, Some(viewer.user.id), details);
        Event { invitation_id: Some(invitation.id), ..dropped.changing(row.name.as_str(), Value::Null) }
    });
    event::record(&tx, app.clock.now(), [deleted].into_iter().chain(dropped)).await?;
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    Ok(())
}

/// What a location is, for the audit log, as in `Riga, Elizabetes iela 2`.
fn describe(row: &Model) -> String {
    row.address.as_ref().map_or_else(|| row.name.clone(), |address| format!("{}, {address}", row.name))
}

/// The invitations that name a location and can be used: those that are open, and those that expired and can be sent again.
async fn naming(tx: &impl ConnectionTrait, id: Uuid) -> Result<Vec<invitation::Model>> {
    let named = invitation_location::Entity::find()
        .select_only()
        .column(invitation_location::Column::InvitationId)
        .filter(invitation_location::Column::LocationId.eq(id))
        .into_query();
    Ok(invitation::Entity::find()
        .filter(invitation::Column::Id.in_subquery(named))
        .filter(invitation::Column::Status.is_in(crate::invitation::OPEN.into_iter().chain([Status::Expired])))
        .all(tx)
        .await?)
}

/// A page of the locations the member may see, by name.
pub async fn list(app: &App, member: &Member, window: &Window<NamePosition>) -> Result<Page<Model>> {
    let name = Expr::col((Entity, Column::NameKey));
    let rows = membership::by_name(visible(member), &name, (Entity, Column::Id), window).all(&app.db).await?;
    Ok(Page::cut(rows, window))
}

/// How many locations the member may see.
pub async fn count(app: &App, member: &Member) -> Result<u64> {
    use sea_orm::PaginatorTrait;
    Ok(visible(member).count(&app.db).await?)
}

/// A location by its id, if the viewer may see it.
pub async fn find_for(app: &App, viewer: Uuid, id: Uuid) -> Result<Option<Model>> {
    Ok(find_all_for(app, viewer, &[id]).await?.pop())
}

/// Like [`find_for`], of many at once.
pub async fn find_all_for(app: &App, viewer: Uuid, ids: &[Uuid]) -> Result<Vec<Model>> {
    let rows = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(&app.db).await?;
    let members = Member::load_all(app, viewer, rows.iter().map(|row| row.workspace_id)).await?;
    let limited = members.values().filter(|member| !member.may(Action::ManageLocations));
    let limited: Vec<Uuid> = limited.map(|member| member.membership.id).collect();
    let mut own = HashSet::new();
    if !limited.is_empty() {
        let links =
            membership_location::Entity::find().filter(membership_location::Column::MembershipId.is_in(limited));
        own.extend(links.all(&app.db).await?.into_iter().map(|link| link.location_id));
    }
    let sees = |member: &Member, row: &Model| member.may(Action::ManageLocations) || own.contains(&row.id);
    let is_seen = |row: &Model| members.get(&row.workspace_id).is_some_and(|member| sees(member, row));
    Ok(rows.into_iter().filter(is_seen).collect())
}

fn visible(member: &Member) -> sea_orm::Select<Entity> {
    let all = Entity::find().filter(Column::WorkspaceId.eq(member.workspace.id));
    if member.may(Action::ManageLocations) {
        return all;
    }
    all.filter(Column::Id.in_subquery(membership::locations_of(member.membership.id)))
}

/// Those of `ids` that are locations of the workspace.
pub(crate) async fn known(db: &impl ConnectionTrait, workspace_id: Uuid, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
    let wanted: HashSet<Uuid> = ids.iter().copied().collect();
    let wanted: Vec<Uuid> = wanted.into_iter().collect();
    let mut known = HashSet::new();
    for chunk in wanted.chunks(500) {
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::WorkspaceId.eq(workspace_id))
            .filter(Column::Id.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        known.extend(found);
    }
    Ok(known)
}

/// Holds those locations that `which` describes, so that nobody deletes them before the commit. Answers their ids.
pub(crate) async fn hold(tx: &DatabaseTransaction, which: impl IntoCondition) -> Result<HashSet<Uuid>> {
    let held: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(which)
        // In one order for everybody, so that two who want the same ones never wait for each other for ever.
        .order_by_asc(Column::Id)
        // SQLite has one writer, which this transaction is; there the lock is not written.
        .lock(LockType::KeyShare)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(held.into_iter().collect())
}

async fn managed(app: &App, viewer: &Viewer, id: Uuid) -> Result<(Model, Member)> {
    let row = Entity::find_by_id(id).one(&app.db).await?.ok_or(Error::NotFound)?;
    let member = Member::load(app, viewer.user.id, row.workspace_id).await?;
    member.require(Action::ManageLocations)?;
    Ok((row, member))
}
