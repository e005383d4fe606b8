//! The schema, as the running server tells it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::Usher;

const INTROSPECTION: &str = "{ __schema { types { name kind fields(includeDeprecated: true) { name \
    type { ...Type ofType { ...Type ofType { ...Type ofType { ...Type } } } } } } } } \
    fragment Type on __Type { name kind }";

/// The names of types that can be asked for, with their fields, and the type each field has in the end.
pub(super) struct Served(BTreeMap<String, BTreeMap<String, String>>);

impl Served {
    /// Asks for it.
    pub(super) async fn by(app: &Usher) -> Self {
        let answer = app.visitor("nobody@example.com").graphql(INTROSPECTION, json!({})).await;
        let types = answer.object("/__schema").list("/types");
        let has_fields = |kind: &Value| matches!(kind.as_str(), Some("OBJECT" | "INTERFACE"));
        let own = types.iter().filter(|of| has_fields(of.at("/kind")) && !of.text("/name").starts_with("__"));
        Self(
            own.map(|of| (of.text("/name").to_owned(), of.list("/fields").iter().map(|it| field(it)).collect()))
                .collect(),
        )
    }

    /// All fields, as in `Workspace.name`.
    pub(super) fn fields(&self) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(|(of, fields)| fields.keys().map(move |field| format!("{of}.{field}")))
    }

    /// What is asked of a field: its kind when it has fields of its own, else nothing more.
    pub(super) fn selection(&self, of: &str, field: &str) -> &'static str {
        if self.0.contains_key(self.type_of(of, field)) { " { __typename }" } else { "" }
    }

    /// The type a field has, without lists and exclamation marks.
    pub(super) fn type_of(&self, of: &str, field: &str) -> &str {
        let found = self.0.get(of).and_then(|fields| fields.get(field));
        found.unwrap_or_else(|| panic!("the table names {of}.{field}, and the schema has no such field"))
    }
}

fn field(field: &Value) -> (String, String) {
    let mut of = &field["type"];
    while of["ofType"].is_object() {
        of = &of["ofType"];
    }
    let text = |value: &Value| value.as_str().expect("a name").to_owned();
    (text(&field["name"]), text(&of["name"]))
}
