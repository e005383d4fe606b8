//! The table, read.

/// The table as it stands beside us.
const TABLE: &str = include_str!("table.md");

/// Calls of a mutation, and what comes of each.
pub(super) struct Call {
    /// As in `logout` or `createWorkspace(input: {name: "New"})`.
    pub(super) call: &'static str,
    /// For each person.
    pub(super) outcomes: Vec<&'static str>,
}

impl Call {
    pub(super) fn mutation(&self) -> &'static str {
        self.call.split('(').next().expect("a first word")
    }
}

/// Fields of a type that show the same.
pub(super) struct Fields {
    /// The type.
    pub(super) of: &'static str,
    /// Their names.
    pub(super) names: Vec<&'static str>,
    /// The document, with a `*` in the place of the field.
    pub(super) asked_as: &'static str,
    /// For each person.
    pub(super) outcomes: Vec<&'static str>,
}

/// The section with the calls of mutations.
pub(super) fn calls() -> Vec<Call> {
    let rows = section("Mutations").into_iter();
    rows.map(|row| Call { call: row[0], outcomes: row[1..].to_vec() }).collect()
}

/// The section with the fields of what can be read.
pub(super) fn fields() -> Vec<Fields> {
    let read = |row: Vec<&'static str>| Fields {
        of: row[0],
        names: row[1].split(' ').collect(),
        asked_as: row[2],
        outcomes: row[3..].to_vec(),
    };
    section("Fields").into_iter().map(read).collect()
}

/// The section with what mutations answer: each type with the names of its fields.
pub(super) fn payloads() -> Vec<(&'static str, Vec<&'static str>)> {
    section("Payloads").into_iter().map(|row| (row[0], row[1].split(' ').collect())).collect()
}

fn section(title: &str) -> Vec<Vec<&'static str>> {
    let lines = TABLE.lines().skip_while(|line| line.strip_prefix("## ") != Some(title));
    let rows = lines.skip(1).take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with('|'));
    rows.skip(2).map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}
