//! The outbox: a mail is a row written in the transaction of the change that promises it, so neither is without the
//! other. A row is born leased and handed to the queue after the commit; what that misses, the relay finds.

use chrono::{DateTime, Utc};
use entity::{
    invitation,
    outbox::{Column, Entity, Kind, Model, Status},
    password_reset, registration, user, workspace,
};
use metrics::counter;
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait,
    sea_query::{BinOper, Expr, ExprTrait, InsertStatement},
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{App, doorbell::Bell, email_address::EmailAddress, membership::Member};

/// An outbox row and the number it was claimed with: the right to deliver it, as long as the row still has that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// The row.
    pub id: Uuid,
    /// The fence.
    pub claim: i32,
}

/// How many newly promised mails may wait between a commit and the queue.
pub const HAND_OFF_BOUND: usize = 2_048;

/// The way from a commit to the queue; the queue's pusher holds the other end.
#[derive(Clone, Debug)]
pub struct HandOff(mpsc::Sender<Claimed>);

impl HandOff {
    /// Both ends.
    pub fn channel() -> (Self, mpsc::Receiver<Claimed>) {
        let (sender, receiver) = mpsc::channel(HAND_OFF_BOUND);
        (Self(sender), receiver)
    }
}

tokio::task_local! {
    /// The id of the request that is being served, kept in the mails it promises so that their log lines carry it.
    pub static REQUEST_ID: String;
}

/// New mails of one transaction. Made before it, written in it, posted after its commit.
#[derive(Debug)]
pub struct Batch<'a> {
    app: &'a App,
    now: DateTime<Utc>,
    room: Option<mpsc::PermitIterator<'a, Claimed>>,
    rows: Vec<Model>,
}

impl<'a> Batch<'a> {
    /// Room for up to `count` mails. While the queue is at its bound there is no room in the hand-off, and rows are
    /// born due for the relay instead of leased.
    pub fn new(app: &'a App, count: usize) -> Self {
        let room = app.hand_off.0.try_reserve_many(count).ok();
        Self { app, now: app.clock.now(), room, rows: Vec::with_capacity(count) }
    }

    /// The mail that invites, with the link of the invitation's present generation.
    pub fn invite(&mut self, invitation: &invitation::Model) -> Model {
        self.add(Kind::Invitation, &invitation.email, |row| {
            row.workspace_id = Some(invitation.workspace_id);
            row.invitation_id = Some(invitation.id);
            row.generation = invitation.generation;
        })
    }

    /// Tells the inviter that the invitation was accepted.
    pub fn tell_accepted(&mut self, invitation: &invitation::Model, inviter: &user::Model) -> Model {
        self.add(Kind::InvitationAccepted, &inviter.email, |row| {
            row.workspace_id = Some(invitation.workspace_id);
            row.invitation_id = Some(invitation.id);
            row.user_id = Some(inviter.id);
        })
    }

    /// Asks somebody who registers to verify the address.
    pub fn verify_address(&mut self, registration: &registration::Model) -> Model {
        self.add(Kind::VerifyEmail, &registration.email, |row| row.registration_id = Some(registration.id))
    }

    /// Tells the owner of an account that somebody tried to register with its address.
    pub fn address_in_use(&mut self, user: &user::Model) -> Model {
        self.add(Kind::AddressInUse, &user.email, |row| row.user_id = Some(user.id))
    }

    /// Lets somebody with an account set a new password.
    pub fn reset_password(&mut self, user: &user::Model, reset: &password_reset::Model) -> Model {
        self.add(Kind::ResetPassword, &user.email, |row| {
            row.user_id = Some(user.id);
            row.password_reset_id = Some(reset.id);
        })
    }

    /// A row like that of [`Batch::reset_password`] for an address without an account, which costs as much to write and
    /// is never sent: its transaction deletes it.
    pub(crate) fn unsent(&mut self, email: &EmailAddress) -> Model {
        self.add(Kind::ResetPassword, email.as_typed(), |_| {})
    }

    /// Tells somebody that the password of the account was changed.
    pub fn password_changed(&mut self, user: &user::Model) -> Model {
        self.add(Kind::PasswordChanged, &user.email, |row| row.user_id = Some(user.id))
    }

    /// Shows the member that mail gets through.
    pub fn test(&mut self, member: &Member, user: &user::Model) -> Model {
        self.add(Kind::Test, &user.email, |row| {
            row.workspace_id = Some(member.workspace.id);
            row.user_id = Some(user.id);
        })
    }

    /// Tells owner or administrator that the workspace was deleted, with the link that cancels it.
    pub fn workspace_deleted(&mut self, workspace: &workspace::Model, user: &user::Model) -> Model {
        self.add(Kind::WorkspaceDeleted, &user.email, |row| {
            row.workspace_id = Some(workspace.id);
            row.generation = workspace.deletions;
            row.user_id = Some(user.id);
        })
    }

    fn add(&mut self, kind: Kind, recipient: &str, fill: impl FnOnce(&mut Model)) -> Model {
        let handed_off = self.room.is_some();
        let lease = if handed_off { self.app.mail.lease } else { std::time::Duration::ZERO };
        let mut row = Model {
            id: self.app.clock.new_id(),
            kind,
            status: Status::Queued,
            recipient: recipient.to_owned(),
            workspace_id: None,
            invitation_id: None,
            generation: 0,
            registration_id: None,
            password_reset_id: None,
            user_id: None,
            key_id: self.app.keys.newest(),
            request_id: REQUEST_ID.try_with(Clone::clone).ok(),
            claim: i32::from(handed_off),
            attempts: 0,
            interruptions: 0,
            available_at: self.now + lease,
            retry_at: None,
            last_error: None,
            failures: None,
            created_at: self.now,
            finished_at: None,
        };
        fill(&mut row);
        self.rows.push(row.clone());
        row
    }

    /// Forgets the mails that `keep` does not want: their rows were not written after all.
    pub fn retain(&mut self, keep: impl FnMut(&Model) -> bool) {
        self.rows.retain(keep);
    }

    /// The statement that writes the rows, where they are few.
    pub fn insert(&self) -> InsertStatement {
        Entity::insert_many(self.rows.iter().cloned().map(IntoActiveModel::into_active_model)).into_query()
    }

    /// Writes the rows in the transaction that promises them.
    pub async fn write(&self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        for chunk in self.rows.chunks(500) {
            let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
            Entity::insert_many(rows).exec_without_returning(tx).await?;
        }
        Ok(())
    }

    /// After the commit: hands the mails to the queue, or rings for the relay.
    pub fn post(self) {
        for row in &self.rows {
            counter!("usher_mails_promised_total", "kind" => row.kind.to_value()).increment(1);
        }
        match self.room {
            Some(room) => {
                for (permit, row) in room.zip(&self.rows) {
                    permit.send(Claimed { id: row.id, claim: row.claim });
                }
            }
            None => self.app.doorbell.ring(Bell::Outbox),
        }
        self.app.doorbell.ring(Bell::Unnumbered);
    }
}

/// The Message-ID of a mail: the same on every attempt. `domain` is the host of the public URL.
pub fn message_id(id: Uuid, domain: &str) -> String {
    format!("<{id}@{domain}>")
}

/// Whether a mail of this kind invites. The value stands in the statement itself: as a parameter it would keep PostgreSQL
/// from trusting the index of these mails in a plan that it keeps, and each page of invitations would be planned anew.
pub(crate) fn invites(kind: Expr) -> Expr {
    kind.eq(Expr::Constant(Kind::Invitation.into()))
}

/// Whether a mail has one of these statuses, in a statement that knows by itself which mails it is about. PostgreSQL would
/// look for the status among all mails that wait: it believes that they are few, and one mail would cost as much as they are.
pub fn has_status<const N: usize>(statuses: [Status; N]) -> Expr {
    Column::Status.into_expr().binary(BinOper::Custom("||"), "").is_in(statuses)
}

/// Cancels what still waits of an invitation's mails: it was answered, taken back or is sent anew. A mail in its SMTP
/// dialogue is past that and stays.
pub async fn cancel_waiting(tx: &impl ConnectionTrait, invitation_id: Uuid, now: DateTime<Utc>) -> Result<(), DbErr> {
    cancel(tx, Column::InvitationId.eq(invitation_id).and(invites(Column::Kind.into_expr())), now).await
}

/// Cancels what still waits of a workspace's mails: it was deleted, or is there again. A mail in its SMTP dialogue is
/// past that and stays.
pub(crate) async fn cancel_of_workspace(
    tx: &impl ConnectionTrait,
    workspace_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    cancel(tx, Column::WorkspaceId.eq(workspace_id), now).await
}

async fn cancel(tx: &impl ConnectionTrait, which: Expr, now: DateTime<Utc>) -> Result<(), DbErr> {
    let cancelled = Entity::update_many()
        .col_expr(Column::Status, Expr::value(Status::Cancelled))
        .col_expr(Column::RetryAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(Column::FinishedAt, Expr::value(now))
        .filter(which)
        .filter(has_status([Status::Queued, Status::Retrying]))
        .exec_with_returning(tx)
        .await?;
    cancelled.iter().for_each(|mail| count_finished(mail.kind, mail.status));
    Ok(())
}

/// Counts a mail that was sent, failed for good or was cancelled.
pub fn count_finished(kind: Kind, status: Status) {
    counter!("usher_mails_finished_total", "kind" => kind.to_value(), "outcome" => status.to_value()).increment(1);
}

/// Deletes a row that was written in the same transaction.
pub(crate) async fn forget(tx: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(tx).await.map(drop)
}

/// How much waits in the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Mails that are neither sent, failed nor cancelled.
    pub waiting: u64,
    /// When the oldest of them was promised.
    pub oldest: Option<DateTime<Utc>>,
    /// Since when the one most behind its time is: one never taken up since it was promised, any other since it is due.
    pub behind: Option<DateTime<Utc>>,
}

/// What waits in the outbox now.
pub async fn backlog(db: &impl ConnectionTrait) -> Result<Backlog, DbErr> {
    use sea_orm::QuerySelect;
    type When = Option<DateTime<Utc>>;
    let due: Expr = Expr::case(Column::Status.eq(Status::Queued), Column::CreatedAt.into_expr())
        .case(Column::RetryAt.is_not_null(), Column::RetryAt.into_expr())
        .finally(Column::AvailableAt.into_expr())
        .into();
    let row: Option<(i64, When, When)> = Entity::find()
        .select_only()
        .column_as(Column::Id.count(), "waiting")
        .column_as(Column::CreatedAt.min(), "oldest")
        .column_as(due.min(), "behind")
        .filter(Column::Status.is_in([Status::Queued, Status::Retrying, Status::Sending]))
        .into_tuple()
        .one(db)
        .await?;
    let (waiting, oldest, behind) = row.unwrap_or_default();
    Ok(Backlog { waiting: u64::try_from(waiting).unwrap_or_default(), oldest, behind })
}
