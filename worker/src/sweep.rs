//! The sweep: writes down what time has ended and forgets what nobody needs any more, a bounded batch at a time. Safe
//! from many workers at once: each takes what no other has in hand.

use std::time::{Duration, Instant};

use domain::{App, Result, db, invitation, workspace};
use entity::{
    bulk_send, invitation as invitations,
    outbox::{self, Kind},
    password_reset, registration, session, worker,
};
use metrics::{counter, histogram};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use tokio_util::sync::CancellationToken;

use crate::in_time;

/// How often the tables are swept.
const INTERVAL: Duration = Duration::from_secs(60);
/// How many rows one statement deletes.
const DELETED_AT_ONCE: u64 = 500;
/// After this time without a heartbeat a worker is forgotten.
const FORGOTTEN: chrono::TimeDelta = chrono::TimeDelta::hours(1);
/// How long the answers of bulk sends are kept.
const BULK_KEPT: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// Closes expired invitations; deletes workspaces whose grace has ended, finished mail after its time, and ended sessions,
/// registrations, password resets, answers of bulk sends and dead workers. What fails, or takes its time, keeps nothing else
/// from being swept; the first error is answered.
pub async fn sweep(app: &App) -> Result<()> {
    let now = app.clock.now();
    let swept = [
        swept(app, "invitations", async { Ok(invitation::sweep(app).await? as u64) }).await,
        swept(app, "workspaces", async { Ok(workspace::sweep(app).await? as u64) }).await,
        swept(app, "mails", forget_mail(app)).await,
        swept(app, "sessions", delete::<session::Entity>(app, session::Column::ExpiresAt.lte(now))).await,
        swept(app, "registrations", delete::<registration::Entity>(app, registration::Column::ExpiresAt.lte(now)))
            .await,
        swept(
            app,
            "password_resets",
            delete::<password_reset::Entity>(app, password_reset::Column::ExpiresAt.lte(now)),
        )
        .await,
        swept(app, "bulk_sends", delete::<bulk_send::Entity>(app, bulk_send::Column::CreatedAt.lte(now - BULK_KEPT)))
            .await,
        swept(app, "workers", delete::<worker::Entity>(app, worker::Column::SeenAt.lte(now - FORGOTTEN))).await,
    ];
    swept.into_iter().collect()
}

/// Counts the rows that `rows` sweeps.
async fn swept(app: &App, what: &'static str, rows: impl Future<Output = Result<u64>>) -> Result<()> {
    counter!("usher_swept_rows_total", "what" => what).increment(in_time(app, rows).await?);
    Ok(())
}

/// Deletes mail that was finished long ago. The mail of an invitation's present generation stays as long as the
/// invitation: it is what the delivery is told from.
async fn forget_mail(app: &App) -> Result<u64> {
    use outbox::Column;
    let finished = Column::FinishedAt.lte(app.clock.now() - app.mail.kept);
    let of_others = delete::<outbox::Entity>(app, finished.clone().and(Column::Kind.ne(Kind::Invitation))).await?;
    let resent = Query::select()
        .column(invitations::Column::Id)
        .from(invitations::Entity)
        .and_where(invitations::Column::Generation.gt(1))
        .take();
    let present = Query::select()
        .column(invitations::Column::Generation)
        .from(invitations::Entity)
        .and_where(
            Expr::col((invitations::Entity, invitations::Column::Id)).equals((outbox::Entity, Column::InvitationId)),
        )
        .take();
    let earlier = finished
        .and(Column::Kind.eq(Kind::Invitation))
        .and(Column::InvitationId.in_subquery(resent))
        .and(Expr::col((outbox::Entity, Column::Generation)).lt(present));
    Ok(of_others + delete::<outbox::Entity>(app, earlier).await?)
}

/// Deletes the rows for which `ended` holds, a batch a statement. Answers how many.
async fn delete<E: EntityTrait>(app: &App, ended: Expr) -> Result<u64> {
    let mut deleted = 0;
    loop {
        let batch = E::find().filter(ended.clone()).limit(DELETED_AT_ONCE);
        let gone = E::delete_many().filter(db::among(&app.db, batch)).exec(&app.db).await?.rows_affected;
        deleted += gone;
        if gone < DELETED_AT_ONCE {
            return Ok(deleted);
        }
    }
}

/// Sweeps until `shutdown`.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    loop {
        let begun = Instant::now();
        // What a stop interrupts is rolled back, and swept after the next start.
        match shutdown.run_until_cancelled(sweep(&app)).await {
            Some(Ok(())) => histogram!("usher_sweep_duration_seconds").record(begun.elapsed()),
            Some(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the database could not be swept");
            }
            None => return,
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}
