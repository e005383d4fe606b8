//! Expiry, written down: for an address that is invited anew, and by the sweep for everybody.

use chrono::{DateTime, Utc};
use entity::invitation::{Column, Entity, Model, Status};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, sea_query::Expr,
};
use uuid::Uuid;

use super::{OPEN, delivery_status, name};
use crate::{
    App, Result, db,
    doorbell::Bell,
    event::{self, Event},
    outbox,
};

/// How many invitations one transaction of the sweep closes.
const SWEPT_AT_ONCE: u64 = 100;

fn has_expired(now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::Status.is_in(OPEN)).add(Column::ExpiresAt.lte(now))
}

/// Closes what has expired for one address. Answers whether there was anything.
pub(super) async fn close_address(app: &App, workspace_id: Uuid, email_key: &str) -> Result<bool> {
    let tx = db::begin_write(&app.db).await?;
    let closed = close_addresses(app, &tx, workspace_id, &[email_key]).await?;
    tx.commit().await?;
    Ok(closed > 0)
}

/// Closes what has expired for these addresses, within a transaction. Answers how many it closed.
pub(super) async fn close_addresses(
    app: &App,
    tx: &DatabaseTransaction,
    workspace_id: Uuid,
    email_keys: &[&str],
) -> Result<usize> {
    let now = app.clock.now();
    let mut closed = 0;
    for chunk in email_keys.chunks(500) {
        let expired = Entity::find()
            .filter(Column::WorkspaceId.eq(workspace_id))
            .filter(Column::EmailKey.is_in(chunk.iter().copied()))
            .filter(has_expired(now))
            .order_by_asc(Column::Id)
            .all(tx)
            .await?;
        closed += close(tx, expired, now).await?;
    }
    Ok(closed)
}

/// Closes what has expired in one workspace, within a transaction.
pub(crate) async fn close_workspace(app: &App, tx: &DatabaseTransaction, workspace_id: Uuid) -> Result<()> {
    let now = app.clock.now();
    let of_workspace = Entity::find().filter(Column::WorkspaceId.eq(workspace_id));
    let expired = of_workspace.filter(has_expired(now)).order_by_asc(Column::Id).all(tx).await?;
    close(tx, expired, now).await?;
    Ok(())
}

/// Closes everything whose term has ended, a batch a transaction; safe from many workers at once. What is of a deleted
/// workspace waits until that is there again: nobody could be told. Answers how many.
pub async fn sweep(app: &App) -> Result<usize> {
    let mut swept = 0;
    loop {
        let now = app.clock.now();
        let tx = db::begin_write(&app.db).await?;
        let there = Column::WorkspaceId.not_in_subquery(crate::workspace::deleted());
        let expired = Entity::find().filter(has_expired(now)).filter(there);
        let mut expired = expired.order_by_asc(Column::ExpiresAt).limit(SWEPT_AT_ONCE);
        db::skip_locked(&tx, QueryTrait::query(&mut expired));
        let found = expired.all(&tx).await?;
        let more = found.len() as u64 == SWEPT_AT_ONCE;
        let closed = close(&tx, found, now).await?;
        tx.commit().await?;
        if closed > 0 {
            app.doorbell.ring(Bell::Unnumbered);
        }
        swept += closed;
        if !more {
            return Ok(swept);
        }
    }
}

async fn close(tx: &impl ConnectionTrait, rows: Vec<Model>, now: DateTime<Utc>) -> Result<usize> {
    let mut closed = 0;
    for mut row in rows {
        let changed = Entity::update_many()
            .col_expr(Column::Status, Expr::value(Status::Expired))
            .filter(Column::Id.eq(row.id))
            .filter(has_expired(now))
            .exec(tx)
            .await?;
        if changed.rows_affected == 0 {
            continue;
        }
        outbox::cancel_waiting(tx, row.id, now).await?;
        let before = std::mem::replace(&mut row.status, Status::Expired);
        let delivery = delivery_status(tx, &row).await?;
        let expired = Event::of_invitation("invitation.expired", &row, None, delivery);
        event::record(tx, now, [expired.changing(name(before), name(row.status))]).await?;
        closed += 1;
    }
    Ok(closed)
}
