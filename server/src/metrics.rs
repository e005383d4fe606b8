//! GET /metrics: what this process has counted, and how things stand now, as Prometheus text.

use std::{sync::LazyLock, time::Duration};

use axum::{Router, extract::State, http::header::CONTENT_TYPE, response::IntoResponse, routing};
use chrono::{DateTime, Utc};
use domain::{App, db};
use metrics::{gauge, with_local_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tokio_util::sync::CancellationToken;

use crate::{Site, health::Standing};

/// How often what has been recorded is put into its buckets when nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);
/// Upper bounds of what takes a moment: requests, operations, statements.
const MOMENTS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Upper bounds of the time to a mail's acceptance: from milliseconds to the last attempt of a day.
const DELIVERIES: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 60.0, 300.0, 900.0, 3_600.0, 21_600.0, 86_400.0];

/// Collects what this process counts from the first use on; one for all of the process, as the facade has it.
static COLLECTED: LazyLock<PrometheusHandle> = LazyLock::new(|| {
    let recorder = recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("somebody else collects metrics; ours stay empty");
    }
    handle
});

fn recorder() -> PrometheusRecorder {
    let deliveries = Matcher::Full("usher_mail_delivery_duration_seconds".to_owned());
    let moments = Matcher::Suffix("_duration_seconds".to_owned());
    PrometheusBuilder::new()
        .set_buckets_for_metric(deliveries, DELIVERIES)
        .and_then(|builder| builder.set_buckets_for_metric(moments, MOMENTS))
        .unwrap_or_else(|error| unreachable!("there are buckets: {error}"))
        .build_recorder()
}

/// Begins to collect. Before, and in a process that is never asked, counting costs nothing.
pub(crate) fn collect() {
    LazyLock::force(&COLLECTED);
}

/// Keeps what is collected small until `shutdown`.
pub(crate) async fn keep_up(shutdown: CancellationToken) {
    while shutdown.run_until_cancelled(tokio::time::sleep(UPKEEP)).await.is_some() {
        COLLECTED.run_upkeep();
    }
}

/// GET /metrics.
pub(crate) fn routes() -> Router<Site> {
    Router::new().route("/metrics", routing::get(metrics))
}

async fn metrics(State(site): State<Site>) -> impl IntoResponse {
    let standing = Standing::look(&site).await;
    // How things stand is asked for anew each time, so nothing of it outlives the answer.
    let now = recorder();
    with_local_recorder(&now, || stand(&site.app, &standing));
    let text = COLLECTED.render() + &now.handle().render();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// What could not be asked for is left out.
fn stand(app: &App, standing: &Standing) {
    let count = |rows: u64| f64::from(u32::try_from(rows).unwrap_or(u32::MAX));
    gauge!("usher_database_up").set(if standing.database.is_some() { 1.0 } else { 0.0 });
    if let Some((backlog, heartbeats)) = &standing.database {
        gauge!("usher_mails_waiting").set(count(backlog.waiting));
        let since = |then: Option<DateTime<Utc>>| {
            let age = then.map_or(0, |then| (app.clock.now() - then).num_milliseconds().max(0));
            count(age.unsigned_abs()) / 1_000.0
        };
        gauge!("usher_mails_oldest_waiting_seconds").set(since(backlog.oldest));
        gauge!("usher_mails_behind_seconds").set(since(backlog.behind));
        if let Some(heartbeat) = heartbeats.last {
            gauge!("usher_worker_last_heartbeat_timestamp_seconds").set(heartbeat.timestamp() as f64);
        }
    }
    if let Some(jobs) = standing.jobs {
        gauge!("usher_queue_jobs").set(count(jobs as u64));
    }
    let pool = db::pool(&app.db);
    gauge!("usher_database_connections", "state" => "idle").set(f64::from(pool.idle));
    gauge!("usher_database_connections", "state" => "in_use").set(f64::from(pool.in_use));
    gauge!("usher_database_connections_max").set(f64::from(pool.max));
}
