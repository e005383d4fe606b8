//! Something that happened in a workspace: the audit log and the feed of subscriptions.

use sea_orm::entity::prelude::*;

/// Something that happened in a workspace: the audit log and the feed of subscriptions.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// Drawn when the row is written; not an order to read by.
    #[sea_orm(primary_key)]
    pub drawn: i64,
    /// Given after the commit; the one order for everybody, and the cursor.
    pub number: Option<i64>,
    /// The workspace.
    pub workspace_id: Uuid,
    /// What happened, as in `invitation.sent`.
    pub kind: String,
    /// Who did it, when a signed-in person did.
    pub actor_id: Option<Uuid>,
    /// The invitation it concerns.
    pub invitation_id: Option<Uuid>,
    /// Its status at that moment.
    pub status: Option<super::invitation::Status>,
    /// The status of its delivery at that moment.
    pub delivery_status: Option<super::outbox::Status>,
    /// Subject, and what was before and after, by name.
    pub details: Json,
    /// When it happened.
    pub occurred_at: DateTimeUtc,
}

/// None is used: what belongs together is joined where it is read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
