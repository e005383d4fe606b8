//! One job: take its rows, drop those no longer wanted, render, send, record. The fence decides who may: a row that is
//! not taken is not sent, and a result whose fence has passed to somebody else is not recorded.

use chrono::{DateTime, Utc};
use domain::{App, Result, outbox::Claimed};
use entity::outbox::{Column, Entity, Model, Status};
use futures::future::join_all;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use tracing::Instrument;

use crate::{
    mailer::Mailer,
    message::{self, MailSettings},
    outcome::{self, Outcome},
    subjects::Subjects,
};

/// Delivers the mails of jobs.
pub struct Delivery {
    app: App,
    mailer: Mailer,
    settings: MailSettings,
}

impl Delivery {
    /// Renders with `settings` and sends with `mailer`.
    pub fn new(app: App, mailer: Mailer, settings: MailSettings) -> Self {
        Self { app, mailer, settings }
    }

    /// Delivers those of `claimed` that are still this job's. An error means that the database is away; the mails come
    /// back when their lease ends.
    pub async fn deliver(&self, claimed: &[Claimed]) -> Result<()> {
        let rows = take(&self.app, claimed).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let subjects = Subjects::load(&self.app.db, &rows).await?;
        let outcomes = join_all(rows.iter().map(|row| {
            let span = tracing::info_span!("mail", id = %row.id, kind = ?row.kind, request = row.request_id);
            self.attempt(row, &subjects).instrument(span)
        }))
        .await;
        outcome::record(&self.app, rows.into_iter().zip(outcomes).collect()).await
    }

    async fn attempt(&self, row: &Model, subjects: &Subjects) -> Outcome {
        if !subjects.wants(row, self.app.clock.now()) {
            return Outcome::Cancelled;
        }
        let mail = match message::compose(&self.app, &self.settings, row, subjects) {
            Ok(mail) => mail,
            // A template or a key can be put right; until then the mail waits like one the server refused.
            Err(error) => return Outcome::Passing(error.to_string()),
        };
        let outcome = self.mailer.send(&mail).await;
        match &outcome {
            Outcome::Sent => tracing::info!(attempt = row.attempts, "mail sent"),
            Outcome::Passing(error) => tracing::warn!(attempt = row.attempts, error, "mail could not be sent yet"),
            Outcome::Permanent(error) => tracing::error!(attempt = row.attempts, error, "mail was refused"),
            Outcome::Cancelled => {}
        }
        outcome
    }
}

/// Takes the rows whose fence is still the job's and which still wait: SENDING, with a fresh lease and one more attempt.
async fn take(app: &App, claimed: &[Claimed]) -> Result<Vec<Model>> {
    let now: DateTime<Utc> = app.clock.now();
    let ours = claimed
        .iter()
        .fold(Condition::any(), |any, mail| any.add(Column::Id.eq(mail.id).and(Column::Claim.eq(mail.claim))));
    Ok(Entity::update_many()
        .col_expr(Column::Status, Expr::value(Status::Sending))
        .col_expr(Column::AvailableAt, Expr::value(now + app.mail.lease))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(ours)
        .filter(Column::Status.is_in([Status::Queued, Status::Retrying]))
        .exec_with_returning(&app.db)
        .await?)
}
