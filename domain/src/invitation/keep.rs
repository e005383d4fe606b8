//! What a workspace that is there again tells of its open invitations.

use chrono::{DateTime, Utc};
use entity::invitation::{Column, Entity};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::LockType,
};
use uuid::Uuid;

use super::{OPEN, load};
use crate::{
    Result,
    event::{self, Event},
    outbox,
};

/// Cancels what still waits of the workspace's mails, and tells of each open invitation how it stands. While the workspace
/// was deleted nobody was told what became of it, and the cursors of those who follow have gone on.
pub(crate) async fn keep(
    tx: &DatabaseTransaction,
    workspace_id: Uuid,
    actor: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut open = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::WorkspaceId.eq(workspace_id))
        .filter(Column::Status.is_in(OPEN))
        .order_by_asc(Column::Id);
    if tx.get_database_backend() == DbBackend::Postgres {
        open = open.lock(LockType::NoKeyUpdate);
    }
    let open: Vec<Uuid> = open.into_tuple().all(tx).await?;
    outbox::cancel_of_workspace(tx, workspace_id, now).await?;
    for chunk in open.chunks(500) {
        let mut invitations = load(tx, chunk).await?;
        let found = chunk.iter().filter_map(|id| invitations.remove(id));
        let told = found.map(|found| Event::of_invitation("invitation.kept", &found.row, actor, found.delivery.status));
        event::record(tx, now, told.collect::<Vec<_>>()).await?;
    }
    Ok(())
}
