//! What /proc tells of processes.

use std::{fs, time::Duration};

/// A process, as it was when it was looked at.
pub struct ProcessState {
    /// Its id.
    pub id: u32,
    /// The id of the one that started it.
    pub parent: u32,
    /// The name of its program, cut to 15 bytes.
    pub program: String,
    /// The processor time it has taken itself.
    pub used: Duration,
    /// The processor time of its children that have ended.
    pub used_by_children: Duration,
}

impl ProcessState {
    /// The one with this id; none when there is none any more.
    pub fn of(id: u32) -> Option<Self> {
        let state = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name of the program comes second, in brackets, and may hold anything.
        let (before, after) = state.rsplit_once(')')?;
        let (_, program) = before.split_once(" (")?;
        let fields: Vec<&str> = after.split_whitespace().collect();
        let time = |first: usize| Some(fields.get(first..first + 2)?.iter().copied().map(ticks).sum());
        Some(Self {
            id,
            parent: fields.get(1)?.parse().ok()?,
            program: program.to_owned(),
            used: time(11)?,
            used_by_children: time(13)?,
        })
    }

    /// All there are.
    pub fn all() -> Vec<Self> {
        let entries = fs::read_dir("/proc").expect("/proc").flatten();
        entries.filter_map(|entry| Self::of(entry.file_name().to_str()?.parse().ok()?)).collect()
    }
}

/// A time as /proc tells it, in hundredths of a second.
pub fn ticks(text: &str) -> Duration {
    Duration::from_millis(10 * text.parse::<u64>().expect("a number"))
}
