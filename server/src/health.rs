//! Whether this process lives, and whether it and what it depends on are fit for work.

use std::time::Duration;

use axum::{Json, Router, extract::State, http::StatusCode, routing};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::outbox::{self, Backlog};
use entity::worker;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QuerySelect,
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
    /// What waits in the outbox, and what workers told.
    pub(crate) database: Option<(Backlog, Heartbeats)>,
}

/// When workers told last that they are alive.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heartbeats {
    /// Any of them, also those that have stopped since.
    pub(crate) last: Option<DateTime<Utc>>,
    /// Those that have not stopped.
    working: Option<DateTime<Utc>>,
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
        Some((backlog, heartbeats)) => {
            let since = |then: Option<DateTime<Utc>>| then.map_or(chrono::TimeDelta::zero(), |then| now - then);
            let alive = heartbeats.working.is_some_and(|heartbeat| now - heartbeat < SILENT);
            let fit = redis && alive && since(backlog.behind) < STUCK;
            let body = json!({
                "status": if fit { "ok" } else { "degraded" },
                "database": "ok",
                "redis": if !site.queue.is_shared() { "embedded" } else if redis { "ok" } else { "away" },
                "worker": { "alive": alive, "lastHeartbeatAt": heartbeats.last.map(rfc3339) },
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

async fn database(site: &Site) -> Result<(Backlog, Heartbeats), DbErr> {
    type When = Option<DateTime<Utc>>;
    let backlog = outbox::backlog(&site.app.db).await?;
    let seen = || worker::Column::SeenAt.into_expr();
    let working: Expr = Expr::case(worker::Column::StoppedAt.is_null(), seen()).into();
    let row: Option<(When, When)> = worker::Entity::find()
        .select_only()
        .column_as(seen().max(), "last")
        .column_as(working.max(), "working")
        .into_tuple()
        .one(&site.app.db)
        .await?;
    let (last, working) = row.unwrap_or_default();
    Ok((backlog, Heartbeats { last, working }))
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
