//! The heartbeat: tells that this worker is alive. On a task of its own, so that no work of any length silences it.

use std::time::Duration;

use domain::{App, Result};
use entity::worker::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::in_time;

/// How often a worker tells that it is alive.
const INTERVAL: Duration = Duration::from_secs(5);

/// Beats until `shutdown`, and then tells that this worker has stopped. Its last heartbeat is kept.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    let id = app.clock.new_id();
    loop {
        if let Err(error) = in_time(&app, beat(&app, id)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the worker could not tell that it is alive");
        }
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    if let Err(error) = in_time(&app, stop(&app, id)).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the worker could not sign off");
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
        let row = Model { id, started_at: now, seen_at: now, stopped_at: None };
        Entity::insert(row.into_active_model()).exec_without_returning(&app.db).await?;
    }
    Ok(())
}

async fn stop(app: &App, id: Uuid) -> Result<()> {
    let stopped = Expr::value(Some(app.clock.now()));
    Entity::update_many().col_expr(Column::StoppedAt, stopped).filter(Column::Id.eq(id)).exec(&app.db).await?;
    Ok(())
}
