//! The relay: claims the outbox rows that are due and puts them into the queue. It finds every retry, and whatever the
//! push after the commit missed: Redis was away, a process was killed, a lease ended.

use std::time::Instant;

use domain::{App, Result, db, doorbell::Bell, outbox::Claimed};
use entity::outbox::{Column, Entity, Status};
use metrics::{counter, histogram};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use tokio_util::sync::CancellationToken;

use crate::{
    in_time,
    outcome::{self, Outcome},
    pusher::{self, JOB_SIZE},
    queue::Queue,
};

/// How many rows one transaction claims.
const CLAIMED_AT_ONCE: usize = 512;

/// Moves due rows into the queue.
#[derive(Clone)]
pub struct Relay {
    app: App,
    queue: Queue,
}

impl Relay {
    /// From the outbox of `app` into `queue`.
    pub fn new(app: App, queue: Queue) -> Self {
        Self { app, queue }
    }

    /// Claims what is due, as far as the queue has room, and pushes it. Answers how many mails were claimed. When the
    /// queue is away nothing is claimed.
    pub async fn tick(&self) -> Result<usize> {
        let recovered = in_time(&self.app, self.recover()).await;
        // Whatever keeps interrupted mails from being written down stops no other.
        let relayed = self.relay().await;
        recovered.and(relayed)
    }

    async fn relay(&self) -> Result<usize> {
        let room = pusher::room(self.queue.depth().await.map_err(domain::Error::internal)?) * JOB_SIZE;
        if room == 0 {
            return Ok(0);
        }
        let claimed = in_time(&self.app, self.claim(room.min(CLAIMED_AT_ONCE))).await?;
        pusher::push(&self.queue, &claimed).await.map_err(domain::Error::internal)?;
        counter!("usher_relay_mails_total").increment(claimed.len() as u64);
        Ok(claimed.len())
    }

    /// Rows whose delivery never came to an end are SENDING until their lease ends, and due again from then.
    async fn recover(&self) -> Result<()> {
        let interrupted = Entity::find()
            .filter(Column::Status.eq(Status::Sending))
            .filter(Column::AvailableAt.lte(self.app.clock.now()))
            .limit(CLAIMED_AT_ONCE as u64)
            .all(&self.app.db)
            .await?;
        if interrupted.is_empty() {
            return Ok(());
        }
        let interrupted: Vec<_> = interrupted.into_iter().map(|row| (row, Outcome::Interrupted)).collect();
        // Those whose invitation is held are written the next time.
        outcome::record(&self.app, &interrupted).await.map(drop)
    }

    /// Takes due rows: each gets the next number of its fence and a new lease.
    async fn claim(&self, limit: usize) -> Result<Vec<Claimed>> {
        let now = self.app.clock.now();
        let due = Column::Status.is_in([Status::Queued, Status::Retrying]).and(Column::AvailableAt.lte(now));
        let first = Entity::find().filter(due.clone()).order_by_asc(Column::AvailableAt).limit(limit as u64);
        let rows = Entity::update_many()
            .col_expr(Column::Claim, Expr::col(Column::Claim).add(1))
            .col_expr(Column::AvailableAt, Expr::value(now + self.app.mail.lease))
            .filter(db::among(&self.app.db, first))
            // Again, because on PostgreSQL another process may have claimed a row between the two readings.
            .filter(due)
            .exec_with_returning(&self.app.db)
            .await?;
        Ok(rows.into_iter().map(|row| Claimed { id: row.id, claim: row.claim }).collect())
    }
}

/// Relays until `shutdown`, woken by the doorbell and each second.
pub(crate) async fn run(relay: Relay, shutdown: CancellationToken) {
    let mut bell = relay.app.doorbell.listen(Bell::Outbox);
    while crate::rung(&mut bell, &shutdown).await {
        loop {
            let begun = Instant::now();
            let relayed = relay.tick().await;
            histogram!("usher_relay_duration_seconds").record(begun.elapsed());
            match relayed {
                Ok(claimed) if claimed < CLAIMED_AT_ONCE || shutdown.is_cancelled() => break,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the outbox could not be relayed");
                    break;
                }
            }
        }
    }
}
