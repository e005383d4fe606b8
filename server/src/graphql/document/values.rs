//! How many values the arguments of an operation hold: each use of a variable is copied and walked through, before anything
//! can be given up for taking too long.

use std::{collections::HashMap, convert::Infallible};

use async_graphql::{
    Name, ServerError, Value,
    indexmap::IndexMap,
    parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet},
};

use crate::graphql::{error::too_complex, limits};

/// QUERY_TOO_COMPLEX when the arguments hold too many values, each spread of a fragment counted. No fragment may go round in
/// a circle.
pub(crate) fn check(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &IndexMap<Name, Value>,
) -> Result<(), ServerError> {
    let variables = variables.iter().map(|(name, value)| (name, size(value))).collect();
    let mut count = Count { document, variables, fragments: HashMap::new() };
    if count.selections(&operation.selection_set.node) > limits::VALUES {
        return Err(too_complex(format!(
            "The arguments hold more than {} values, each use of a variable counted.",
            limits::VALUES
        )));
    }
    Ok(())
}

/// How many values one holds. A long string counts as several: it is copied, too.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::String(text) => text.len() / limits::STRING,
        Value::List(elements) => elements.iter().map(size).sum(),
        Value::Object(fields) => fields.values().map(size).sum(),
        _ => 0,
    }
}

struct Count<'a> {
    document: &'a ExecutableDocument,
    /// How many values each variable holds.
    variables: HashMap<&'a Name, usize>,
    /// How many values the arguments in each fragment hold.
    fragments: HashMap<&'a Name, usize>,
}

impl<'a> Count<'a> {
    fn selections(&mut self, set: &'a SelectionSet) -> usize {
        set.items.iter().fold(0, |all, selection| all.saturating_add(self.selection(&selection.node)))
    }

    fn selection(&mut self, selection: &'a Selection) -> usize {
        let (own, inside) = match selection {
            Selection::Field(field) => (&field.node.arguments[..], self.selections(&field.node.selection_set.node)),
            Selection::InlineFragment(fragment) => (&[][..], self.selections(&fragment.node.selection_set.node)),
            Selection::FragmentSpread(spread) => (&[][..], self.fragment(&spread.node.fragment_name.node)),
        };
        let of_directives = selection.directives().iter().flat_map(|directive| &directive.node.arguments);
        own.iter().chain(of_directives).fold(inside, |mut all, (_, value)| {
            let literal = value.node.clone().into_const_with(|name| {
                all = all.saturating_add(self.variables.get(&name).copied().unwrap_or_default());
                Ok::<_, Infallible>(Value::Null)
            });
            let Ok(literal) = literal;
            all.saturating_add(size(&literal))
        })
    }

    fn fragment(&mut self, name: &'a Name) -> usize {
        if let Some(known) = self.fragments.get(name) {
            return *known;
        }
        let fragment = self.document.fragments.get(name);
        let values = fragment.map_or(0, |fragment| self.selections(&fragment.node.selection_set.node));
        self.fragments.insert(name, values);
        values
    }
}
