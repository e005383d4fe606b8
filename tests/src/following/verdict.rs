//! What the followers were told, compared with what happened and with each other.

use std::collections::HashSet;
use std::fmt;

use super::stage::Told;
use super::{Following, WRITERS};

/// What the followers were told, counted.
#[derive(Clone, Debug)]
pub struct Verdict {
    plan: Following,
    told: usize,
    connections: usize,
    missing: usize,
    twice: usize,
    /// Changes that were told before the one they followed upon.
    too_early: usize,
    /// Followers who were told in another order than the first.
    in_another_order: usize,
}

impl Verdict {
    pub(super) fn new(plan: &Following, told: Vec<Told>) -> Self {
        let mut verdict = Self {
            plan: plan.clone(),
            told: told.iter().map(|told| told.events.len()).sum(),
            connections: told.iter().map(|told| told.connections).sum(),
            missing: 0,
            twice: 0,
            too_early: 0,
            in_another_order: told.iter().filter(|each| each.events != told[0].events).count(),
        };
        for told in told {
            let mut changes: HashSet<&str> = HashSet::new();
            for (_, change) in &told.events {
                let sent = change.strip_suffix(" REVOKED").map(|email| format!("{email} PENDING"));
                verdict.too_early += usize::from(sent.is_some_and(|sent| !changes.contains(sent.as_str())));
                changes.insert(change);
            }
            verdict.missing += plan.changes - changes.len();
            verdict.twice += told.events.len() - changes.len();
        }
        verdict
    }

    /// Whether everybody has every event once, in one order, and each invitation's in theirs; and followers were dropped.
    pub fn is_good(&self) -> bool {
        self.told == self.plan.changes * self.plan.followers
            && (self.missing, self.twice, self.too_early, self.in_another_order) == (0, 0, 0, 0)
            && self.connections > self.plan.followers
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Following { seed, changes, followers } = &self.plan;
        writeln!(f, "seed {seed}, servers 2, one of them killed, Redis restarted twice")?;
        for (what, number) in [
            ("writers", WRITERS),
            ("changes", *changes),
            ("followers", *followers),
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
