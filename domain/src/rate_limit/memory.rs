//! Budgets in the memory of this process: the same algorithm as `gcra.lua`.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::Priced;

/// How many budgets there are before those that are whole again are thrown away.
const SWEPT_FROM: usize = 1_024;

/// The budgets, by their keys: when each is whole again, in microseconds since 1970. One that is not here is whole.
#[derive(Debug)]
pub(super) struct Memory(Mutex<Budgets>);

#[derive(Debug)]
struct Budgets {
    whole_at: HashMap<String, i64>,
    sweep_at: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self(Mutex::new(Budgets { whole_at: HashMap::new(), sweep_at: SWEPT_FROM }))
    }
}

impl Memory {
    /// Spends or gives back; answers for each how long to wait, in microseconds. When one of the first `together` has to
    /// wait, nothing is spent.
    pub(super) fn spend(&self, now: i64, together: usize, priced: &[Priced]) -> Vec<i64> {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole_at: Vec<i64> = priced
            .iter()
            .map(|each| {
                let whole_at = budgets.whole_at.get(&each.key).copied().unwrap_or_default();
                whole_at.max(now).saturating_add(each.quota.interval().saturating_mul(each.cost))
            })
            .collect();
        let wait = |(each, whole_at): (&Priced, &i64)| (whole_at - each.quota.period() - now).max(0);
        let waits: Vec<i64> = priced.iter().zip(&whole_at).map(wait).collect();
        if waits.iter().take(together).all(|wait| *wait == 0) {
            let granted = priced.iter().zip(whole_at).zip(&waits).filter(|(_, wait)| **wait == 0);
            budgets.whole_at.extend(granted.map(|((each, whole_at), _)| (each.key.clone(), whole_at)));
        }
        budgets.sweep(now);
        waits
    }
}

impl Budgets {
    fn sweep(&mut self, now: i64) {
        if self.whole_at.len() >= self.sweep_at {
            self.whole_at.retain(|_, whole_at| *whole_at > now);
            self.sweep_at = SWEPT_FROM.max(2 * self.whole_at.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::rate_limit::Quota;

    const SECOND: i64 = 1_000_000;

    fn priced(key: impl Into<String>, cost: i64) -> Priced {
        Priced { key: key.into(), quota: Quota { count: 3, period: Duration::from_secs(30) }, cost }
    }

    #[test]
    fn a_budget_is_spent_at_once_and_frees_bit_by_bit() {
        let memory = Memory::default();
        let spend = |now: i64, cost| memory.spend(now * SECOND, 1, &[priced("a", cost)])[0];
        assert_eq!([spend(100, 1), spend(100, 1), spend(100, 1)], [0; 3]);
        assert_eq!(spend(100, 1), 10 * SECOND);
        assert_eq!(spend(109, 1), SECOND);
        assert_eq!(spend(110, 1), 0);
        assert_eq!(spend(110, 3), 30 * SECOND);
        assert_eq!(spend(140, 3), 0);
    }

    #[test]
    fn what_goes_together_is_spent_together_or_not_at_all() {
        let memory = Memory::default();
        memory.spend(0, 1, &[priced("a", 3)]);
        assert_eq!(memory.spend(0, 2, &[priced("b", 3), priced("a", 1)]), [0, 10 * SECOND]);
        assert_eq!(memory.spend(0, 1, &[priced("b", 3), priced("a", 1), priced("c", 3)]), [0, 10 * SECOND, 0]);
        assert_eq!(memory.spend(0, 0, &[priced("b", 1), priced("c", 1)]), [10 * SECOND; 2]);
    }

    #[test]
    fn what_is_given_back_can_be_spent_again_and_no_more_than_that() {
        let memory = Memory::default();
        memory.spend(0, 1, &[priced("a", 3)]);
        memory.spend(0, 0, &[priced("a", -1)]);
        assert_eq!(memory.spend(0, 1, &[priced("a", 2)]), [10 * SECOND]);
        memory.spend(0, 0, &[priced("a", -100)]);
        assert_eq!(memory.spend(0, 1, &[priced("a", 3)]), [0]);
        assert_eq!(memory.spend(0, 1, &[priced("a", 1)]), [10 * SECOND]);
    }

    #[test]
    fn budgets_that_are_whole_again_are_forgotten() {
        let memory = Memory::default();
        for number in 0..SWEPT_FROM * 8 {
            let now = i64::try_from(number).expect("a small number") * SECOND;
            memory.spend(now, 1, &[priced(number.to_string(), 1)]);
        }
        let budgets = memory.0.lock().expect("nobody panicked");
        assert!(budgets.whole_at.len() < 2 * SWEPT_FROM, "{}", budgets.whole_at.len());
    }
}
