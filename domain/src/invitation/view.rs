//! Invitations as they are read: each with the mail of its present generation. Pages of them are what people ask for
//! most, so only what is shown is read, and columns are decoded by position, which is several times cheaper than by name.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    invitation::{Column, Entity, Model, Status},
    outbox::{self, Column as Mail},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryResult,
    QuerySelect, RelationDef, Select,
    sea_query::{ConditionType, Expr, ExprTrait, IntoCondition},
};
use uuid::Uuid;

use super::status_at;
use crate::outbox::invites;

/// An invitation and the mail of its present generation.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The invitation.
    pub row: Model,
    /// Its delivery.
    pub delivery: Delivery,
}

impl Invitation {
    /// Its status at `now`.
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        status_at(&self.row, now)
    }
}

/// Where the mail of an invitation stands.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The outbox row.
    pub id: Uuid,
    /// Where it stands.
    pub status: outbox::Status,
    /// How many SMTP dialogues were begun.
    pub attempts: i32,
    /// The last failure, in the words of the mail server.
    pub last_error: Option<String>,
    /// When its next attempt is due, while it is RETRYING.
    pub retry_at: Option<DateTime<Utc>>,
    /// When it was sent, failed for good or was cancelled.
    pub finished_at: Option<DateTime<Utc>>,
}

impl From<outbox::Model> for Delivery {
    fn from(mail: outbox::Model) -> Self {
        Self {
            id: mail.id,
            status: mail.status,
            attempts: mail.attempts,
            last_error: mail.last_error,
            retry_at: mail.retry_at,
            finished_at: mail.finished_at,
        }
    }
}

/// What is read of an invitation, in the order in which it is decoded.
const INVITATION: [Column; 13] = [
    Column::Id,
    Column::WorkspaceId,
    Column::Email,
    Column::EmailKey,
    Column::Role,
    Column::Message,
    Column::Status,
    Column::Generation,
    Column::InvitedBy,
    Column::CreatedAt,
    Column::ExpiresAt,
    Column::RespondedAt,
    Column::Language,
];

/// What is read of its mail, after that.
const DELIVERY: [Mail; 6] = [Mail::Id, Mail::Status, Mail::Attempts, Mail::LastError, Mail::RetryAt, Mail::FinishedAt];

impl FromQueryResult for Invitation {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: Model {
                id: row.try_get_by_index(0)?,
                workspace_id: row.try_get_by_index(1)?,
                email: row.try_get_by_index(2)?,
                email_key: row.try_get_by_index(3)?,
                role: row.try_get_by_index(4)?,
                message: row.try_get_by_index(5)?,
                status: row.try_get_by_index(6)?,
                generation: row.try_get_by_index(7)?,
                invited_by: row.try_get_by_index(8)?,
                created_at: row.try_get_by_index(9)?,
                expires_at: row.try_get_by_index(10)?,
                responded_at: row.try_get_by_index(11)?,
                language: row.try_get_by_index(12)?,
            },
            delivery: Delivery {
                id: row.try_get_by_index(13)?,
                status: row.try_get_by_index(14)?,
                attempts: row.try_get_by_index(15)?,
                last_error: row.try_get_by_index(16)?,
                retry_at: row.try_get_by_index(17)?,
                finished_at: row.try_get_by_index(18)?,
            },
        })
    }
}

/// From an invitation to the mail of its present generation.
fn present_mail() -> RelationDef {
    let mut relation: RelationDef =
        Entity::belongs_to(outbox::Entity).from(Column::Id).to(outbox::Column::InvitationId).into();
    relation.condition_type = ConditionType::All;
    relation.on_condition(|invitation, mail| {
        Condition::all()
            .add(Expr::col((mail.clone(), outbox::Column::Generation)).equals((invitation, Column::Generation)))
            .add(invites(Expr::col((mail, outbox::Column::Kind))))
            .into_condition()
    })
}

/// Invitations with their deliveries; to be read as [`Invitation`].
pub(super) fn select() -> Select<Entity> {
    let joined = QuerySelect::join(Entity::find(), JoinType::InnerJoin, present_mail());
    // The names would meet: both tables have an id and a status.
    DELIVERY.into_iter().fold(joined.select_only().columns(INVITATION), |select, column| {
        select.column_as(column, format!("mail_{}", sea_orm::IdenStatic::as_str(&column)))
    })
}

/// Invitations by their ids, with their deliveries.
pub async fn load(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Invitation>, DbErr> {
    let rows = select().filter(Column::Id.is_in(ids.iter().copied())).into_model::<Invitation>().all(db).await?;
    Ok(rows.into_iter().map(|invitation| (invitation.row.id, invitation)).collect())
}
