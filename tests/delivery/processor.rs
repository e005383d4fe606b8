//! Who used the processors: the programs that the bench has started, by name, and the rest of the machine.

use std::{collections::BTreeMap, fs, time::Duration};

/// Processor time that has been used so far.
pub(crate) struct Used {
    by_program: BTreeMap<String, Duration>,
    idle: Duration,
    all: Duration,
}

/// A process as /proc tells of it.
struct Process {
    id: u32,
    parent: u32,
    program: String,
    used: Duration,
}

impl Used {
    /// Until now.
    pub(crate) fn now() -> Self {
        let processes: Vec<Process> = fs::read_dir("/proc")
            .expect("/proc")
            .filter_map(|entry| Process::read(&fs::read_to_string(entry.ok()?.path().join("stat")).ok()?))
            .collect();
        let mut ours = vec![std::process::id()];
        let mut by_program = BTreeMap::new();
        while let Some(id) = ours.pop() {
            ours.extend(processes.iter().filter(|process| process.parent == id).map(|process| process.id));
            for process in processes.iter().filter(|process| process.id == id) {
                *by_program.entry(process.program.clone()).or_default() += process.used;
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

impl Process {
    fn read(stat: &str) -> Option<Self> {
        // The name of the program stands in brackets and may hold anything.
        let (before, after) = stat.rsplit_once(')')?;
        let (id, program) = before.split_once(" (")?;
        let fields: Vec<&str> = after.split_whitespace().collect();
        // Its own, and that of children that have ended.
        let used = fields.get(11..15)?.iter().copied().map(ticks).sum();
        Some(Self { id: id.parse().ok()?, parent: fields.get(1)?.parse().ok()?, program: program.to_owned(), used })
    }
}

/// Hundredths of a second.
fn ticks(text: &str) -> Duration {
    Duration::from_millis(10 * text.parse::<u64>().expect("a number"))
}
