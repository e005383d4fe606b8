//! What the followers were told, compared with what happened.

use std::collections::HashSet;
use std::fmt;

use super::stage::{Event, Follower, Told};
use super::{Following, INVITED, WRITERS};

/// What the followers were told, counted.
#[derive(Clone, Debug)]
pub struct Verdict {
    plan: Following,
    /// Events that there were.
    happened: usize,
    /// How many of them are of mail that was delivered.
    delivered: usize,
    told: usize,
    connections: usize,
    missing: usize,
    twice: usize,
    /// Events of an open invitation after the one that it was taken back.
    too_early: usize,
    /// Followers who were told in another order than it happened.
    in_another_order: usize,
}

impl Verdict {
    pub(super) fn new(plan: &Following, happened: impl Fn(Follower) -> Vec<Event>, told: Vec<Told>) -> Self {
        let all = happened(Follower::Workspace);
        let mut verdict = Self {
            plan: plan.clone(),
            happened: all.len(),
            delivered: all.iter().filter(|(_, what)| what.ends_with(" PENDING SENT")).count(),
            told: told.iter().map(|told| told.events.len()).sum(),
            connections: told.iter().map(|told| told.connections).sum(),
            missing: 0,
            twice: 0,
            too_early: too_early(&all),
            in_another_order: 0,
        };
        for told in told {
            let expected = happened(told.follower);
            let seen: HashSet<&Event> = told.events.iter().collect();
            verdict.missing += expected.iter().filter(|event| !seen.contains(event)).count();
            verdict.twice += told.events.len() - seen.len();
            verdict.in_another_order += usize::from(told.events != expected);
        }
        verdict
    }

    /// Whether everybody has every event once, in one order, and each invitation's in theirs; and there were changes and
    /// deliveries, and followers were dropped.
    pub fn is_good(&self) -> bool {
        (self.missing, self.twice, self.too_early, self.in_another_order) == (0, 0, 0, 0)
            && self.happened >= self.plan.changes
            && self.delivered > 0
            && self.connections > self.plan.followers + INVITED
    }
}

/// Of guests, who are invited once: how many events come after one that must follow them.
fn too_early(happened: &[Event]) -> usize {
    let mut over = HashSet::new();
    let mut count = 0;
    for (_, what) in happened.iter().filter(|(_, what)| what.starts_with("guest")) {
        let mut words = what.split(' ');
        let address = words.next().unwrap_or_default();
        if words.next() == Some("REVOKED") {
            over.insert(address);
        } else {
            count += usize::from(over.contains(address));
        }
    }
    count
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Following { seed, changes, followers } = &self.plan;
        writeln!(f, "seed {seed}, servers 2, one of them killed, a worker, Redis restarted twice")?;
        for (what, number) in [
            ("writers", WRITERS),
            ("changes", *changes),
            ("events, deliveries among them", self.happened),
            ("events of delivered mail", self.delivered),
            ("followers of the workspace", *followers),
            ("followers of their own invitations", INVITED),
            ("connections of followers", self.connections),
            ("events told", self.told),
            ("missing", self.missing),
            ("told twice", self.twice),
            ("told before what came first", self.too_early),
            ("followers with another order", self.in_another_order),
        ] {
            writeln!(f, "{what:38}{number:>8}")?;
        }
        Ok(())
    }
}
