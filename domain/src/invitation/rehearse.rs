//! What a bulk send would do with each of its rows, said before anything is sent.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::invitation::{Column, Entity};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{
    MAX_ROWS,
    bulk::{members_among, roles, too_many_rows},
    is_open, opt_out,
    send::{self, Row},
};
use crate::{App, Result, UserError, location, membership::Member, policy::Action, workspace::seats};

/// Why each row would be refused, were it sent now; nothing of a row that would be sent. TOO_MANY_ROWS, and Forbidden for
/// a member without the right.
pub async fn rehearse(app: &App, member: &Member, rows: &[Row]) -> Result<Vec<Vec<UserError>>> {
    member.require(Action::ManageInvitations)?;
    for role in roles(rows) {
        member.require(Action::Invite(role))?;
    }
    if rows.len() > MAX_ROWS {
        return Err(too_many_rows(rows.len()));
    }
    let workspace_id = member.workspace.id;
    let location_ids: Vec<Uuid> = rows.iter().flat_map(|row| row.location_ids.iter().copied()).collect();
    let known = location::known(&app.db, workspace_id, &location_ids).await?;
    let now = app.clock.now();
    let drafts: Vec<_> = rows.iter().map(|row| send::draft(app, member, row, &known, &[], now)).collect();
    let keys: Vec<&str> = drafts.iter().flatten().map(|draft| draft.row.email_key.as_str()).collect();
    let members = members_among(&app.db, workspace_id, &keys).await?;
    let opted_out = opt_out::among(&app.db, workspace_id, &keys).await?;
    let mut invited = invited_among(&app.db, workspace_id, &keys, now).await?;
    let mut left = seats::left_now(app, &member.workspace).await?;
    let verdict = |draft: Result<send::Draft, Vec<UserError>>| match draft {
        Err(errors) => errors,
        Ok(draft) if members.contains(&draft.row.email_key) => vec![send::already_member(&[])],
        Ok(draft) if opted_out.contains(&draft.row.email_key) => vec![send::recipient_opted_out(&[])],
        // The second of two equal addresses meets the invitation of the first.
        Ok(draft) if invited.contains(&draft.row.email_key) => vec![send::already_invited(&[])],
        Ok(_) if left == Some(0) => vec![seats::limit_reached(&[])],
        Ok(draft) => {
            invited.insert(draft.row.email_key);
            left = left.map(|left| left - 1);
            Vec::new()
        }
    };
    Ok(drafts.into_iter().map(verdict).collect())
}

/// Those of the addresses, in their comparable form, that have an open invitation.
async fn invited_among(
    db: &impl ConnectionTrait,
    workspace_id: Uuid,
    keys: &[&str],
    now: DateTime<Utc>,
) -> Result<HashSet<String>> {
    let mut invited = HashSet::new();
    for chunk in keys.chunks(500) {
        let found: Vec<String> = Entity::find()
            .select_only()
            .column(Column::EmailKey)
            .filter(Column::WorkspaceId.eq(workspace_id))
            .filter(Column::EmailKey.is_in(chunk.iter().copied()))
            .filter(is_open(now))
            .into_tuple()
            .all(db)
            .await?;
        invited.extend(found);
    }
    Ok(invited)
}
