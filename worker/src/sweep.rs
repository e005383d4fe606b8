//! The sweep: writes down what time has ended, and tells that this worker is alive.

use std::time::Duration;

use domain::{App, Result, invitation};
use entity::{bulk_send, password_reset, registration, session, worker};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often the tables are swept.
const INTERVAL: Duration = Duration::from_secs(60);
/// How often a worker tells that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// After this time without a heartbeat a worker is forgotten.
const FORGOTTEN: chrono::TimeDelta = chrono::TimeDelta::hours(1);
/// How long the answers of bulk sends are kept.
const BULK_KEPT: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// Closes expired invitations and deletes ended sessions, registrations, password resets, answers of bulk sends and dead
/// workers. Safe from many workers at once.
pub async fn sweep(app: &App) -> Result<()> {
    let now = app.clock.now();
    invitation::sweep(app).await?;
    session::Entity::delete_many().filter(session::Column::ExpiresAt.lte(now)).exec(&app.db).await?;
    registration::Entity::delete_many().filter(registration::Column::ExpiresAt.lte(now)).exec(&app.db).await?;
    password_reset::Entity::delete_many().filter(password_reset::Column::ExpiresAt.lte(now)).exec(&app.db).await?;
    bulk_send::Entity::delete_many().filter(bulk_send::Column::CreatedAt.lte(now - BULK_KEPT)).exec(&app.db).await?;
    worker::Entity::delete_many().filter(worker::Column::SeenAt.lte(now - FORGOTTEN)).exec(&app.db).await?;
    Ok(())
}

/// Sweeps and beats until `shutdown`, and then takes this worker off the list.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    let id = app.clock.new_id();
    let mut beats = 0_u64;
    loop {
        if let Err(error) = beat(&app, id, beats).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the database could not be swept");
        }
        beats += 1;
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(HEARTBEAT) => {}
        }
    }
    if let Err(error) = worker::Entity::delete_by_id(id).exec(&app.db).await {
        tracing::warn!(%error, "the worker could not sign off");
    }
}

async fn beat(app: &App, id: Uuid, beats: u64) -> Result<()> {
    let now = app.clock.now();
    let alive = worker::Entity::update_many()
        .col_expr(worker::Column::SeenAt, Expr::value(now))
        .filter(worker::Column::Id.eq(id))
        .exec(&app.db)
        .await?;
    if alive.rows_affected == 0 {
        let row = worker::Model { id, started_at: now, seen_at: now };
        worker::Entity::insert(row.into_active_model()).exec_without_returning(&app.db).await?;
    }
    if beats.is_multiple_of(INTERVAL.as_secs() / HEARTBEAT.as_secs()) {
        sweep(app).await?;
    }
    Ok(())
}
