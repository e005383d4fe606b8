//! Whether this process lives, and whether it and what it depends on are fit for work.

use std::time::Duration;

use axum::{Json, Router, extract::State, http::StatusCode, routing};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::outbox::{self, Backlog};
use entity::worker;
use sea_orm::{
    DbErr, EntityTrait, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde_json::{Value, json};

use crate::Site;

/// A worker that has not been heard of for this long is taken for dead.
const SILENT: chrono::TimeDelta = chrono::TimeDelta::seconds(30);
/// Mail that is so much behind its time says that something is wrong.
const STUCK: chrono::TimeDelta = chrono::TimeDelta::minutes(5);
/// How long the database and Redis have to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// GET /healthz and /readyz.
pub(crate) fn routes() -> Router<Site> {
    Router::new().route("/healthz", routing::get(alive)).route("/readyz", routing::get(ready))
}

async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// How queue and database stand now; none of what does not answer in time.
pub(crate) struct Standing {
    /// Jobs that wait or are in hand.
    pub(crate) jobs: Option<usize>,
    /// What waits in the outbox, and the last heartbeat of any worker.
    pub(crate) database: Option<(Backlog, Option<DateTime<Utc>>)>,
}

impl Standing {
    /// Asks both at once.
    pub(crate) async fn look(site: &Site) -> Self {
        let queue = tokio::time::timeout(PATIENCE, site.queue.depth());
        let database = tokio::time::timeout(PATIENCE, database(site));
        let (queue, database) = tokio::join!(queue, database);
        let database = match database {
            Ok(Ok(found)) => Some(found),
            Ok(Err(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the database cannot be reached");
                None
            }
            Err(_) => {
                tracing::error!(patience = ?PATIENCE, "the database does not answer");
                None
            }
        };
        Self { jobs: queue.ok().and_then(Result::ok), database }
    }
}

/// 503 only when the database cannot be reached.
async fn ready(State(site): State<Site>) -> (StatusCode, Json<Value>) {
    let standing = Standing::look(&site).await;
    let redis = standing.jobs.is_some();
    let now = site.app.clock.now();
    match standing.database {
        Some((backlog, heartbeat)) => {
            let since = |then: Option<DateTime<Utc>>| then.map_or(chrono::TimeDelta::zero(), |then| now - then);
            let alive = heartbeat.is_some_and(|heartbeat| now - heartbeat < SILENT);
            let fit = redis && alive && since(backlog.behind) < STUCK;
            let body = json!({
                "status": if fit { "ok" } else { "degraded" },
                "database": "ok",
                "redis": if !site.queue.is_shared() { "embedded" } else if redis { "ok" } else { "away" },
                "worker": { "alive": alive, "lastHeartbeatAt": heartbeat.map(rfc3339) },
                "mails": { "waiting": backlog.waiting, "oldestAgeSeconds": since(backlog.oldest).num_seconds() },
            });
            (StatusCode::OK, Json(body))
        }
        None => unavailable(),
    }
}

fn unavailable() -> (StatusCode, Json<Value>) {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unavailable", "database": "away" })))
}

async fn database(site: &Site) -> Result<(Backlog, Option<DateTime<Utc>>), DbErr> {
    let backlog = outbox::backlog(&site.app.db).await?;
    let newest: Option<Option<DateTime<Utc>>> = worker::Entity::find()
        .select_only()
        .expr(Expr::col(worker::Column::SeenAt).max())
        .into_tuple()
        .one(&site.app.db)
        .await?;
    Ok((backlog, newest.flatten()))
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
