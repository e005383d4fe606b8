//! What a workspace is at a moment, and what may become of it: the rules, told once more and without the program's own.

use std::collections::{BTreeMap, BTreeSet};

use domain::invitation::{OPEN, status_at};
use entity::invitation::{self, InvitableRole};
use entity::membership::{self, Role};
use entity::{invitation_location, location, membership_location, user, workspace};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tests::Usher;
use uuid::Uuid;

use super::deed::{Deed, Scene};

/// A workspace at a moment.
pub(super) struct State {
    seats: Option<usize>,
    deleted: bool,
    /// Whose accounts are disabled.
    disabled: BTreeSet<Uuid>,
    /// By the person.
    members: BTreeMap<Uuid, Place>,
    /// Those that are open, by the person they are for.
    open: BTreeMap<Uuid, Offer>,
    locations: BTreeSet<Uuid>,
}

#[derive(PartialEq, Eq)]
struct Place {
    role: Role,
    locations: BTreeSet<Uuid>,
}

struct Offer {
    role: Role,
    locations: BTreeSet<Uuid>,
    inviter: Option<Uuid>,
}

impl State {
    /// As the database has it.
    pub(super) async fn of(app: &Usher, scene: &Scene<'_>) -> Self {
        let id = scene.workspace_id();
        let workspace = workspace::Entity::find_by_id(id).one(app.db()).await.expect("workspaces can be read");
        let workspace = workspace.expect("the workspace");
        let disabled = user::Entity::find().filter(user::Column::DisabledAt.is_not_null()).all(app.db()).await;
        let own = location::Entity::find().filter(location::Column::WorkspaceId.eq(id)).all(app.db()).await;
        Self {
            seats: workspace.seats.map(|seats| usize::try_from(seats).expect("a limit")),
            deleted: workspace.deletes_at.is_some(),
            disabled: disabled.expect("accounts can be read").into_iter().map(|row| row.id).collect(),
            members: members(app, id).await,
            open: open(app, id).await,
            locations: own.expect("locations can be read").into_iter().map(|row| row.id).collect(),
        }
    }

    pub(super) fn has_member(&self, person: Uuid) -> bool {
        self.members.contains_key(&person)
    }

    pub(super) fn has_open(&self, person: Uuid) -> bool {
        self.open.contains_key(&person)
    }

    /// What holds at every moment.
    pub(super) fn holds(&self) -> Result<(), String> {
        let owners = self.members.values().filter(|place| place.role == Role::Owner).count();
        demand(owners == 1, format!("there are {owners} owners"))?;
        for place in self.members.values() {
            let here = place.locations.is_subset(&self.locations);
            demand(here, "a member has a location of another workspace")?;
            let needed = place.role == Role::User || place.locations.is_empty();
            demand(needed, "somebody who has all locations has some of them besides")?;
        }
        Ok(())
    }

    /// What may become of this when `who` does a deed.
    pub(super) fn may_become(&self, after: &Self, deed: Deed, who: Uuid) -> Result<(), String> {
        let taken = after.taken();
        let room = after.seats.is_none_or(|seats| taken <= seats.max(self.taken()));
        demand(room, format!("{taken} seats are taken of {:?}", after.seats))?;
        for (person, place) in &after.members {
            match self.members.get(person) {
                None => self.may_come(*person, place, deed, who)?,
                Some(before) => self.may_change(before, place, deed, who)?,
            }
        }
        for (person, place) in self.members.iter().filter(|(person, _)| !after.members.contains_key(person)) {
            let left = matches!(deed, Deed::Leaves) && *person == who;
            let removed = matches!(deed, Deed::Removes { .. }) && self.reaches(who, place.role);
            demand(place.role != Role::Owner && (left || removed), "somebody is out who should not be")?;
        }
        let invited = after.open.keys().any(|person| !self.open.contains_key(person));
        demand(!invited || self.manages(who), "somebody was invited by one who may not invite")?;
        let still = after.members == self.members && !invited;
        demand(!self.deleted || still, "something became of a deleted workspace")?;
        let may = match deed {
            Deed::DeletesWorkspace => self.reaches(who, Role::Owner),
            Deed::KeepsWorkspace => self.manages(who),
            _ => false,
        };
        demand(self.deleted == after.deleted || may, "somebody deleted or kept it who may not")
    }

    /// Through an open invitation to that very person, whose inviter could give what it gives.
    fn may_come(&self, person: Uuid, place: &Place, deed: Deed, who: Uuid) -> Result<(), String> {
        let joins = matches!(deed, Deed::Joins { .. } | Deed::JoinsByLink { .. }) && person == who;
        demand(joins, "somebody is in who did not join")?;
        let offer = self.open.get(&person).ok_or("somebody is in without an open invitation")?;
        let gives = place.role == offer.role && place.locations == offer.locations;
        demand(gives, "somebody got another role or other locations than the invitation gives")?;
        let could = offer.inviter.is_some_and(|inviter| self.reaches(inviter, offer.role));
        demand(could, "an invitation gave what its inviter could not give")?;
        demand(!self.disabled.contains(&person), "somebody is in whose account is disabled")
    }

    fn may_change(&self, before: &Place, now: &Place, deed: Deed, who: Uuid) -> Result<(), String> {
        let given = match deed {
            Deed::Changes { .. } | Deed::ChangesLocations { .. } => self.reaches(who, before.role),
            Deed::DeletesRiga => self.manages(who),
            _ => false,
        };
        demand(before.locations == now.locations || given, format!("{who} changed the locations of a member"))?;
        let (before, now) = (before.role, now.role);
        let may = match deed {
            Deed::Changes { .. } => before != Role::Owner && self.reaches(who, before) && self.reaches(who, now),
            Deed::HandsOver { .. } => {
                self.role_of(who) == Some(Role::Owner) && before != Role::User && now != Role::User
            }
            _ => false,
        };
        demand(before == now || may, format!("{who} made a member {now:?} who was {before:?}"))
    }

    fn taken(&self) -> usize {
        self.members.len() + self.open.len()
    }

    fn role_of(&self, who: Uuid) -> Option<Role> {
        self.members.get(&who).map(|place| place.role)
    }

    fn manages(&self, who: Uuid) -> bool {
        let enabled = !self.disabled.contains(&who);
        enabled && matches!(self.role_of(who), Some(Role::Owner | Role::Administrator))
    }

    /// Whether somebody manages members and stands at least as high as this role.
    fn reaches(&self, who: Uuid, role: Role) -> bool {
        self.manages(who) && (role != Role::Owner || self.role_of(who) == Some(Role::Owner))
    }
}

fn demand(holds: bool, otherwise: impl Into<String>) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

async fn members(app: &Usher, id: Uuid) -> BTreeMap<Uuid, Place> {
    let of_workspace = membership::Entity::find().filter(membership::Column::WorkspaceId.eq(id)).all(app.db()).await;
    let mut members = BTreeMap::new();
    for row in of_workspace.expect("memberships can be read") {
        let given = membership_location::Column::MembershipId.eq(row.id);
        let given = membership_location::Entity::find().filter(given).all(app.db()).await;
        let locations = given.expect("locations can be read").into_iter().map(|link| link.location_id).collect();
        members.insert(row.user_id, Place { role: row.role, locations });
    }
    members
}

async fn open(app: &Usher, id: Uuid) -> BTreeMap<Uuid, Offer> {
    let of_workspace = invitation::Entity::find().filter(invitation::Column::WorkspaceId.eq(id)).all(app.db()).await;
    let mut open = BTreeMap::new();
    for row in of_workspace.expect("invitations can be read") {
        if !OPEN.contains(&status_at(&row, app.now())) {
            continue;
        }
        let person = user::Entity::find().filter(user::Column::EmailKey.eq(&row.email_key)).one(app.db()).await;
        let named = invitation_location::Column::InvitationId.eq(row.id);
        let named = invitation_location::Entity::find().filter(named).all(app.db()).await;
        let offer = Offer {
            role: match row.role {
                InvitableRole::Administrator => Role::Administrator,
                InvitableRole::User => Role::User,
            },
            locations: named.expect("locations can be read").into_iter().map(|link| link.location_id).collect(),
            inviter: row.invited_by,
        };
        open.insert(person.expect("accounts can be read").expect("an account").id, offer);
    }
    open
}
