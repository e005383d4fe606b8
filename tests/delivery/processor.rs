//! Who used the processors: the programs that the bench has started, by name, and the rest of the machine.

use std::{collections::BTreeMap, fs, time::Duration};

use tests::{ProcessState, ticks};

/// Processor time that has been used so far.
pub(crate) struct Used {
    by_program: BTreeMap<String, Duration>,
    idle: Duration,
    all: Duration,
}

impl Used {
    /// Until now.
    pub(crate) fn now() -> Self {
        let processes = ProcessState::all();
        let mut ours = vec![std::process::id()];
        let mut by_program = BTreeMap::new();
        while let Some(id) = ours.pop() {
            ours.extend(processes.iter().filter(|process| process.parent == id).map(|process| process.id));
            for process in processes.iter().filter(|process| process.id == id) {
                *by_program.entry(process.program.clone()).or_default() += process.used + process.used_by_children;
            }
        }
        let machine = fs::read_to_string("/proc/stat").expect("/proc/stat");
        let times: Vec<Duration> =
            machine.lines().next().expect("a line").split_whitespace().skip(1).take(8).map(ticks).collect();
        Self { by_program, idle: times[3] + times[4], all: times.iter().sum() }
    }

    /// What was used since `before`, in µs a mail and parts of all there was.
    pub(crate) fn told_since(&self, before: &Self, mails: usize) -> String {
        let all = self.all - before.all;
        let tell = |(program, used): (&str, Duration)| {
            let (each, part) = (used.as_micros() / mails as u128, 100.0 * used.as_secs_f64() / all.as_secs_f64());
            format!("{program} {each} µs ({part:.0} %)")
        };
        let since = |(program, used): (&'_ String, &Duration)| {
            *used - before.by_program.get(program).copied().unwrap_or_default().min(*used)
        };
        let mut parts: Vec<(&str, Duration)> =
            self.by_program.iter().map(|entry| (entry.0.as_str(), since(entry))).collect();
        parts.sort_by_key(|(_, used)| std::cmp::Reverse(*used));
        parts.push(("idle", self.idle - before.idle));
        parts.into_iter().filter(|(_, used)| !used.is_zero()).map(tell).collect::<Vec<_>>().join(", ")
    }
}
