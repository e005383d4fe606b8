//! Seats: where a workspace has a limit, members and open invitations together do not grow beyond it. Whoever takes one
//! holds the workspace's row until the commit, so that they take them one after another; a workspace without a limit is
//! never held.

use entity::{
    invitation, membership,
    workspace::{Column, Entity, Model},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect, sea_query::LockType,
};
use uuid::Uuid;

use crate::{App, Code, Result, UserError, invitation as invitations};

/// No seat is left, for the row of the input that `at` names.
pub(crate) fn limit_reached(at: &[&str]) -> UserError {
    let message = "No seat is left in this workspace. Remove a member, or take an open invitation back.";
    UserError::new(Code::SeatLimitReached, at, message)
}

/// The limit, whose row is held from now on; none, and nothing held, where there is none.
async fn hold(tx: &DatabaseTransaction, workspace_id: Uuid) -> Result<Option<u64>> {
    let mut limited =
        Entity::find_by_id(workspace_id).select_only().column(Column::Seats).filter(Column::Seats.is_not_null());
    if tx.get_database_backend() == DbBackend::Postgres {
        limited = limited.lock(LockType::NoKeyUpdate);
    }
    let seats: Option<Option<i32>> = limited.into_tuple().one(tx).await?;
    Ok(seats.flatten().map(|seats| u64::try_from(seats).unwrap_or_default()))
}

/// How many seats are left until the commit; none where there is no limit. Invitations whose term has ended give theirs
/// back here, for good: they are written down as expired.
pub(crate) async fn left(app: &App, tx: &DatabaseTransaction, workspace_id: Uuid) -> Result<Option<u64>> {
    let Some(seats) = hold(tx, workspace_id).await? else { return Ok(None) };
    invitations::close_workspace(app, tx, workspace_id).await?;
    Ok(Some(seats.saturating_sub(used(app, tx, workspace_id).await?)))
}

/// Takes a seat for a new invitation. SEAT_LIMIT_REACHED when none is left.
pub(crate) async fn take(app: &App, tx: &DatabaseTransaction, workspace_id: Uuid) -> Result<()> {
    match left(app, tx, workspace_id).await? {
        Some(0) => Err(limit_reached(&[]).into()),
        _ => Ok(()),
    }
}

/// Lets somebody join on the seat of an invitation. SEAT_LIMIT_REACHED when members alone have all of them, as after
/// the limit was lowered; a member already needs none.
pub(crate) async fn join(tx: &DatabaseTransaction, workspace_id: Uuid, user_id: Uuid) -> Result<()> {
    let Some(seats) = hold(tx, workspace_id).await? else { return Ok(()) };
    if members(tx, workspace_id).await? < seats || crate::membership::find(tx, user_id, workspace_id).await?.is_some() {
        return Ok(());
    }
    Err(limit_reached(&[]).into())
}

/// How many seats are left now, where nothing is held; none where there is no limit.
pub(crate) async fn left_now(app: &App, workspace: &Model) -> Result<Option<u64>> {
    let Some(seats) = workspace.seats else { return Ok(None) };
    let seats = u64::try_from(seats).unwrap_or_default();
    Ok(Some(seats.saturating_sub(used(app, &app.db, workspace.id).await?)))
}

/// How many seats are taken: by members and by open invitations.
pub async fn used(app: &App, db: &impl ConnectionTrait, workspace_id: Uuid) -> Result<u64> {
    let open = invitation::Entity::find()
        .filter(invitation::Column::WorkspaceId.eq(workspace_id))
        .filter(invitations::is_open(app.clock.now()))
        .count(db)
        .await?;
    Ok(members(db, workspace_id).await? + open)
}

async fn members(db: &impl ConnectionTrait, workspace_id: Uuid) -> Result<u64> {
    Ok(membership::Entity::find().filter(membership::Column::WorkspaceId.eq(workspace_id)).count(db).await?)
}
