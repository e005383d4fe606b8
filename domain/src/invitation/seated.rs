//! Who of a bulk send gets the seats that are left, where a workspace has a limit.

use std::collections::HashSet;

use entity::invitation::{Column, Entity};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};

use super::{OPEN, send::Draft};
use crate::{Result, membership::Member};

/// Takes out of `wanted` those for whom none of the seats `left` remains, in the order of the input; who has an open
/// invitation already needs none. Without a limit everybody stays. Answers their addresses.
pub(super) async fn without(
    tx: &DatabaseTransaction,
    member: &Member,
    left: Option<u64>,
    wanted: &mut Vec<&&Draft>,
) -> Result<HashSet<String>> {
    let mut seatless = HashSet::new();
    let Some(mut left) = left else { return Ok(seatless) };
    let open: Vec<String> = Entity::find()
        .select_only()
        .column(Column::EmailKey)
        .filter(Column::WorkspaceId.eq(member.workspace.id))
        .filter(Column::Status.is_in(OPEN))
        .into_tuple()
        .all(tx)
        .await?;
    let mut seated: HashSet<String> = open.into_iter().collect();
    for draft in wanted.iter() {
        let key = &draft.row.email_key;
        if seated.contains(key) {
            continue;
        }
        if left > 0 {
            left -= 1;
            seated.insert(key.clone());
        } else {
            seatless.insert(key.clone());
        }
    }
    wanted.retain(|draft| !seatless.contains(&draft.row.email_key));
    Ok(seatless)
}
