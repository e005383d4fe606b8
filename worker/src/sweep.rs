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

/// How often the tables are swept.
const INTERVAL: Duration = Duration::from_secs(60);
/// How many rows one statement deletes.
const DELETED_AT_ONCE: u64 = 500;
/// After this time without a heartbeat a worker is forgotten.
const FORGOTTEN: chrono::TimeDelta = chrono::TimeDelta::hours(1);
/// How long the answers of bulk sends are kept.
const BULK_KEPT: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// Closes expired invitations; deletes workspaces whose grace has ended, finished mail after its time, and ended sessions, registrations, password resets,
/// answers of bulk sends and dead workers.
pub async fn sweep(app: &App) -> Result<()> {
    let now = app.clock.now();
    swept("invitations", invitation::sweep(app).await? as u64);
    swept("workspaces", workspace::sweep(app).await? as u64);
    swept("mails", forget_mail(app).await?);
    let ended = session::Column::ExpiresAt.lte(now);
    swept("sessions", delete::<session::Entity>(app, ended).await?);
    let ended = registration::Column::ExpiresAt.lte(now);
    swept("registrations", delete::<registration::Entity>(app, ended).await?);
    let ended = password_reset::Column::ExpiresAt.lte(now);
    swept("password_resets", delete::<password_reset::Entity>(app, ended).await?);
    let ended = bulk_send::Column::CreatedAt.lte(now - BULK_KEPT);
    swept("bulk_sends", delete::<bulk_send::Entity>(app, ended).await?);
    let dead = worker::Column::SeenAt.lte(now - FORGOTTEN);
    swept("workers", delete::<worker::Entity>(app, dead).await?);
    Ok(())
}

fn swept(what: &'static str, rows: u64) {
    counter!("usher_swept_rows_total", "what" => what).increment(rows);
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
