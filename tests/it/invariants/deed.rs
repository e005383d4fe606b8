//! What people do, and doing it.

use std::time::Duration;

use domain::id::Kind;
use domain::operator;
use entity::membership::{Column, Entity as Memberships, Role};
use proptest::collection::vec;
use proptest::prelude::*;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tests::{Object, Usher};
use uuid::Uuid;

use super::People;
use super::state::State;
use crate::deletion::{deletes, keeps};
use crate::members::{hands_over, leaves, removes, updates};

/// Somebody does something. People are numbers, and so is a choice among those with whom it can succeed.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) who: usize,
    pub(super) deed: Deed,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    /// One of those who are not in.
    Invites {
        choice: usize,
        as_administrator: bool,
        to_riga: bool,
    },
    Resends {
        whose: usize,
    },
    Revokes {
        whose: usize,
    },
    /// All who are not in, with one call.
    InvitesMany {
        as_administrator: bool,
    },
    /// Not `who`, but one of those who have an open invitation.
    Joins {
        choice: usize,
    },
    JoinsByLink {
        whose: usize,
    },
    Declines,
    Changes {
        whom: usize,
        to_administrator: bool,
    },
    ChangesLocations {
        whom: usize,
        to_riga: bool,
    },
    Removes {
        whom: usize,
    },
    Leaves,
    HandsOver {
        whom: usize,
    },
    DeletesRiga,
    DeletesWorkspace,
    KeepsWorkspace,
    /// Nobody does this: time passes.
    Waits {
        days: u64,
    },
    /// The operator does this.
    LimitsSeats {
        to: Option<u32>,
    },
    /// So is this the operator's.
    Disables {
        whom: usize,
    },
    Enables {
        whom: usize,
    },
}

/// Sequences of steps, in which what matters is not too rare.
pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let somebody = || 0..5_usize;
    let deed = prop_oneof![
        6 => (somebody(), any::<bool>(), any::<bool>())
            .prop_map(|(choice, as_administrator, to_riga)| Deed::Invites { choice, as_administrator, to_riga }),
        1 => any::<bool>().prop_map(|as_administrator| Deed::InvitesMany { as_administrator }),
        3 => somebody().prop_map(|whose| Deed::Resends { whose }),
        1 => somebody().prop_map(|whose| Deed::Revokes { whose }),
        4 => somebody().prop_map(|choice| Deed::Joins { choice }),
        1 => somebody().prop_map(|whose| Deed::JoinsByLink { whose }),
        1 => Just(Deed::Declines),
        6 => (somebody(), any::<bool>()).prop_map(|(whom, to_administrator)| Deed::Changes { whom, to_administrator }),
        2 => (somebody(), any::<bool>()).prop_map(|(whom, to_riga)| Deed::ChangesLocations { whom, to_riga }),
        3 => somebody().prop_map(|whom| Deed::Removes { whom }),
        2 => Just(Deed::Leaves),
        2 => somebody().prop_map(|whom| Deed::HandsOver { whom }),
        1 => Just(Deed::DeletesRiga),
        1 => Just(Deed::DeletesWorkspace),
        2 => Just(Deed::KeepsWorkspace),
        1 => (1..8_u64).prop_map(|days| Deed::Waits { days }),
        2 => proptest::option::of(1..6_u32).prop_map(|to| Deed::LimitsSeats { to }),
        1 => somebody().prop_map(|whom| Deed::Disables { whom }),
        2 => somebody().prop_map(|whom| Deed::Enables { whom }),
    ];
    // Those who may do most in the beginning do most.
    let who = prop_oneof![3 => Just(0_usize), 3 => Just(1), 1 => Just(2), 1 => Just(3), 1 => Just(4)];
    vec((who, deed).prop_map(|(who, deed)| Step { who, deed }), 1..30)
}

/// A workspace in which a sequence is played.
pub(super) struct Scene<'a> {
    app: &'a Usher,
    people: &'a People,
    workspace: Object,
    riga: Object,
    /// The newest invitation of each person.
    invitations: [Option<Object>; 5],
}

impl<'a> Scene<'a> {
    /// The first person's workspace, with Riga, and with the next ones in these roles.
    pub(super) async fn set(app: &'a Usher, people: &'a People, roles: [Role; 2]) -> Self {
        let workspace = people.actors[0].creates_workspace("Acme").await;
        let riga = people.actors[0].creates_location(&workspace, "Riga").await;
        for (id, role) in people.ids[1..].iter().zip(roles) {
            app.admits(*id, &workspace, role, None).await;
        }
        Self { app, people, workspace, riga, invitations: [const { None }; 5] }
    }

    pub(super) fn workspace_id(&self) -> Uuid {
        Kind::Workspace.parse(self.workspace.id()).expect("the id of a workspace")
    }

    /// Plays a step, which may be refused. Answers who did it.
    pub(super) async fn play(&mut self, step: &Step, before: &State) -> Uuid {
        let actor = &self.people.actors[step.who];
        match step.deed {
            Deed::Invites { choice, as_administrator, to_riga } => {
                let whom = self.choose(choice, |person| !before.has_member(person));
                let places = if to_riga { vec![self.riga.id()] } else { Vec::new() };
                let email = self.people.actors[whom].email.as_str();
                let input = json!({ "email": email, "role": role(as_administrator), "locationIds": places });
                let answer = actor.invites_with(&self.workspace, input).await;
                if answer.is_done() {
                    self.invitations[whom] = Some(answer.object("/invitation"));
                }
            }
            Deed::InvitesMany { as_administrator } => {
                let outside: Vec<usize> =
                    (0..5).filter(|person| !before.has_member(self.people.ids[*person])).collect();
                self.invite_many(step.who, &outside, as_administrator).await;
            }
            Deed::Joins { choice } => {
                let who = self.choose(choice, |person| before.has_open(person));
                self.join(who, who).await;
                return self.people.ids[who];
            }
            Deed::JoinsByLink { whose } => self.join(step.who, whose).await,
            Deed::Resends { whose } | Deed::Revokes { whose } => self.answer_for(step.who, whose, step.deed).await,
            Deed::Declines => self.answer_for(step.who, step.who, step.deed).await,
            deed => self.manage(step.who, deed).await,
        }
        self.people.ids[step.who]
    }

    /// One of those people, or anybody when there is none.
    fn choose(&self, choice: usize, among: impl Fn(Uuid) -> bool) -> usize {
        let found: Vec<usize> = (0..5).filter(|person| among(self.people.ids[*person])).collect();
        if found.is_empty() { choice } else { found[choice % found.len()] }
    }

    async fn invite_many(&mut self, who: usize, whom: &[usize], as_administrator: bool) {
        let emails = whom.iter().map(|person| self.people.actors[*person].email.as_str());
        let rows: Vec<_> = emails.map(|email| json!({ "email": email, "role": role(as_administrator) })).collect();
        let answer = self.people.actors[who].invites_many(&self.workspace, json!(rows), None).await;
        if !answer.is_done() {
            return;
        }
        for (position, person) in whom.iter().enumerate() {
            let path = format!("/results/{position}/invitation");
            if !answer.data(&path).is_null() {
                self.invitations[*person] = Some(answer.object(&path));
            }
        }
    }

    async fn join(&self, who: usize, whose: usize) {
        if let Some(invitation) = &self.invitations[whose] {
            self.people.actors[who].joins(&self.app.link_of(invitation)).await;
        }
    }

    async fn answer_for(&self, who: usize, whose: usize, deed: Deed) {
        let (actor, Some(invitation)) = (&self.people.actors[who], &self.invitations[whose]) else { return };
        match deed {
            Deed::Resends { .. } => actor.resends(invitation).await,
            Deed::Revokes { .. } => actor.revokes(invitation).await,
            _ => actor.declines_by_id(invitation).await,
        };
    }

    async fn manage(&self, who: usize, deed: Deed) {
        let actor = &self.people.actors[who];
        match deed {
            Deed::Changes { whom, to_administrator } => {
                if let Some(id) = self.membership(whom).await {
                    updates(actor, &id, json!({ "role": role(to_administrator) })).await;
                }
            }
            Deed::ChangesLocations { whom, to_riga } => {
                if let Some(id) = self.membership(whom).await {
                    let places = if to_riga { vec![self.riga.id()] } else { Vec::new() };
                    updates(actor, &id, json!({ "locationIds": places })).await;
                }
            }
            Deed::Removes { whom } => {
                if let Some(id) = self.membership(whom).await {
                    removes(actor, &id).await;
                }
            }
            Deed::Leaves => {
                leaves(actor, &self.workspace).await;
            }
            Deed::HandsOver { whom } => {
                if let Some(id) = self.membership(whom).await {
                    hands_over(actor, &self.workspace, &id).await;
                }
            }
            Deed::DeletesRiga => {
                actor.deletes_location(&self.riga).await;
            }
            Deed::DeletesWorkspace => {
                deletes(actor, &self.workspace).await;
            }
            Deed::KeepsWorkspace => {
                keeps(actor, json!({ "workspaceId": self.workspace.id() })).await;
            }
            Deed::Waits { days } => self.app.clock_moves(Duration::from_hours(24 * days)),
            Deed::LimitsSeats { to } => {
                let limited = operator::set_seats(self.app.domain(), self.workspace_id(), to).await;
                limited.expect("the operator can do this");
            }
            Deed::Disables { whom } => self.people.disable(self.app, whom, true).await,
            Deed::Enables { whom } => self.people.disable(self.app, whom, false).await,
            _ => unreachable!("played above"),
        }
    }

    async fn membership(&self, whom: usize) -> Option<String> {
        let own = Memberships::find()
            .filter(Column::WorkspaceId.eq(self.workspace_id()))
            .filter(Column::UserId.eq(self.people.ids[whom]));
        let row = own.one(self.app.db()).await.expect("memberships can be read");
        row.map(|row| Kind::Membership.id(row.id))
    }
}

const fn role(administrator: bool) -> &'static str {
    if administrator { "ADMINISTRATOR" } else { "USER" }
}
