//! Mail as an operator sees it: that of all workspaces, with what became of it, and what can be done by hand.

use chrono::{DateTime, Utc};
use entity::{
    invitation,
    outbox::{Column, Entity, Failure, Kind, Model, Status},
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    App, Error, Result, db,
    doorbell::Bell,
    event::{self, Event},
    outbox,
};

/// Which mail is wanted; an empty list means any.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In one of these states.
    pub status: Vec<Status>,
    /// Of one of these kinds.
    pub kind: Vec<Kind>,
    /// That speaks of this workspace.
    pub workspace_id: Option<Uuid>,
}

/// The newest mails that the filter lets through, newest first.
pub async fn list(app: &App, filter: &Filter, limit: u64) -> Result<Vec<Model>> {
    let mut query = Entity::find().order_by_desc(Column::Id).limit(limit);
    if !filter.status.is_empty() {
        query = query.filter(Column::Status.is_in(filter.status.iter().copied()));
    }
    if !filter.kind.is_empty() {
        query = query.filter(Column::Kind.is_in(filter.kind.iter().copied()));
    }
    if let Some(workspace_id) = filter.workspace_id {
        query = query.filter(Column::WorkspaceId.eq(workspace_id));
    }
    Ok(query.all(&app.db).await?)
}

/// One mail; NotFound when there is none, or none any more.
pub async fn find(app: &App, id: Uuid) -> Result<Model> {
    Entity::find_by_id(id).one(&app.db).await?.ok_or(Error::NotFound)
}

/// The failures on the way of a mail, oldest first.
pub fn failures(mail: &Model) -> Vec<Failure> {
    mail.failures.clone().and_then(|failures| serde_json::from_value(failures).ok()).unwrap_or_default()
}

/// Makes a mail that failed, or waits to be tried again, due now. One that has used its attempts up gets one more.
pub async fn retry(app: &App, id: Uuid) -> Result<Model> {
    let change = Change { from: &[Status::Failed, Status::Retrying], to: Status::Retrying, told: "delivery.retried" };
    let mail = change.make(app, id, None).await?;
    app.doorbell.ring(Bell::Outbox);
    Ok(mail)
}

/// Cancels a mail that waits: it is not sent.
pub async fn cancel(app: &App, id: Uuid) -> Result<Model> {
    let change =
        Change { from: &[Status::Queued, Status::Retrying], to: Status::Cancelled, told: "delivery.cancelled" };
    let mail = change.make(app, id, Some(app.clock.now())).await?;
    outbox::count_finished(mail.kind, mail.status);
    Ok(mail)
}

/// An arrow between the states of a mail.
struct Change {
    from: &'static [Status],
    to: Status,
    told: &'static str,
}

impl Change {
    /// One conditional UPDATE, with its event. The fence is raised, so that a job which has the mail already sends nothing.
    async fn make(&self, app: &App, id: Uuid, finished_at: Option<DateTime<Utc>>) -> Result<Model> {
        let (mail, now) = (find(app, id).await?, app.clock.now());
        let tx = db::begin_write(&app.db).await?;
        let invitation = hold_invitation(&tx, &mail).await?;
        let changed = Entity::update_many()
            .col_expr(Column::Claim, Expr::col(Column::Claim).add(1))
            .col_expr(Column::Status, Expr::value(self.to))
            .col_expr(Column::AvailableAt, Expr::value(now))
            .col_expr(Column::RetryAt, Expr::value((self.to == Status::Retrying).then_some(now)))
            .col_expr(Column::FinishedAt, Expr::value(finished_at))
            .filter(Column::Id.eq(id))
            .filter(Column::Status.is_in(self.from.iter().copied()))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            tx.rollback().await?;
            return Err(self.refused(find(app, id).await?.status));
        }
        if let Some(invitation) = invitation.filter(|invitation| invitation.generation == mail.generation) {
            let mut told = Event::of_invitation(self.told, &invitation, None, self.to);
            told.details["by"] = json!("operator");
            event::record(&tx, now, [told]).await?;
        }
        tx.commit().await?;
        app.doorbell.ring(Bell::Unnumbered);
        find(app, id).await
    }

    fn refused(&self, status: Status) -> Error {
        let [first, second] = [0, 1].map(|position| name(self.from[position]));
        Error::BadInput(format!("the mail is {}; only one that is {first} or {second} can be changed so", name(status)))
    }
}

/// The name of a status, as the API has it.
fn name(status: Status) -> String {
    sea_orm::ActiveEnum::to_value(&status)
}

/// The invitation that a mail carries. Its row is held until the commit, so that its events keep their order.
async fn hold_invitation(tx: &DatabaseTransaction, mail: &Model) -> Result<Option<invitation::Model>> {
    let Some(id) = mail.invitation_id.filter(|_| mail.kind == Kind::Invitation) else { return Ok(None) };
    Ok(db::hold(tx, invitation::Entity::find_by_id(id)).await?)
}
