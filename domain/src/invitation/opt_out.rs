//! Opt-outs: whoever declines may also ask the workspace not to write any more. Sending honours it; whoever holds a link
//! and asks for a fresh one takes it back.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{
    invitation,
    opt_out::{Column, Entity, Model},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{OnConflict, SelectStatement},
};
use uuid::Uuid;

use crate::Result;

/// The opt-outs of these addresses, in their comparable form, as a subquery.
fn opted_out<'a>(workspace_id: Uuid, email_keys: impl IntoIterator<Item = &'a str>) -> SelectStatement {
    Entity::find()
        .select_only()
        .column(Column::EmailKey)
        .filter(Column::WorkspaceId.eq(workspace_id))
        .filter(Column::EmailKey.is_in(email_keys))
        .into_query()
}

/// Those of the addresses, in their comparable form, that the workspace may not write to.
pub(super) async fn among(
    db: &impl ConnectionTrait,
    workspace_id: Uuid,
    email_keys: &[&str],
) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    for chunk in email_keys.chunks(500) {
        for row in db.query_all(&opted_out(workspace_id, chunk.iter().copied())).await? {
            found.insert(row.try_get_by_index(0)?);
        }
    }
    Ok(found)
}

/// Writes down that the workspace of an invitation may not write to its address any more.
pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    invitation: &invitation::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = Model { workspace_id: invitation.workspace_id, email_key: invitation.email_key.clone(), created_at: now };
    let once = OnConflict::columns([Column::WorkspaceId, Column::EmailKey]).do_nothing().to_owned();
    Entity::insert(row.into_active_model()).on_conflict(once).exec_without_returning(tx).await?;
    Ok(())
}

/// Takes an opt-out back.
pub(super) async fn delete(tx: &impl ConnectionTrait, invitation: &invitation::Model) -> Result<()> {
    Entity::delete_by_id((invitation.workspace_id, invitation.email_key.clone())).exec(tx).await?;
    Ok(())
}
