//! Which locations of members somebody sees.

use std::collections::{HashMap, HashSet};

use entity::{
    location,
    membership::{Model, Role},
    membership_location::{Column, Entity},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::Member;
use crate::policy::Action;

/// Somebody's sight of the locations of a member with the role USER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sight {
    membership_id: Uuid,
    /// The membership whose locations the sight is cut to; none for somebody who sees all.
    cut_to: Option<Uuid>,
}

impl Sight {
    /// What `viewer` sees of `row`; none when there is nothing to see: owner and administrators have all locations.
    pub fn of(row: &Model, viewer: &Member) -> Option<Self> {
        let cut_to = (!viewer.may(Action::ManageLocations)).then_some(viewer.membership.id);
        (row.role == Role::User).then_some(Self { membership_id: row.id, cut_to })
    }
}

/// The locations of each sight, by name, all in one statement.
pub async fn locations(
    db: &impl ConnectionTrait,
    sights: &[Sight],
) -> Result<HashMap<Sight, Vec<location::Model>>, DbErr> {
    let ids: HashSet<Uuid> =
        sights.iter().flat_map(|sight| [Some(sight.membership_id), sight.cut_to]).flatten().collect();
    let rows = Entity::find()
        .filter(Column::MembershipId.is_in(ids))
        .find_also_related(location::Entity)
        .order_by_asc(location::Column::NameKey)
        .order_by_asc(location::Column::Id)
        .all(db)
        .await?;
    let mut all: HashMap<Uuid, Vec<location::Model>> = HashMap::new();
    for (link, location) in rows {
        all.entry(link.membership_id).or_default().extend(location);
    }
    let of = |id: &Uuid| all.get(id).map_or(&[][..], Vec::as_slice);
    let seen = |sight: &Sight| {
        let mut rows = of(&sight.membership_id).to_vec();
        if let Some(own) = &sight.cut_to {
            let own: HashSet<Uuid> = of(own).iter().map(|row| row.id).collect();
            rows.retain(|row| own.contains(&row.id));
        }
        rows
    };
    Ok(sights.iter().map(|sight| (*sight, seen(sight))).collect())
}
