//! The heartbeat: tells that this worker is alive. On a task of its own, so that no work of any length silences it.

use std::time::Duration;

use domain::{App, Result};
use entity::worker::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often a worker tells that it is alive.
const INTERVAL: Duration = Duration::from_secs(5);

/// Beats until `shutdown`, and then takes this worker off the list.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    let id = app.clock.new_id();
    loop {
        if let Err(error) = beat(&app, id).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the worker could not tell that it is alive");
        }
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    if let Err(error) = Entity::delete_by_id(id).exec(&app.db).await {
        tracing::warn!(%error, "the worker could not sign off");
    }
}

async fn beat(app: &App, id: Uuid) -> Result<()> {
    let now = app.clock.now();
    let alive = Entity::update_many()
        .col_expr(Column::SeenAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(&app.db)
        .await?;
    if alive.rows_affected == 0 {
        let row = Model { id, started_at: now, seen_at: now };
        Entity::insert(row.into_active_model()).exec_without_returning(&app.db).await?;
    }
    Ok(())
}
