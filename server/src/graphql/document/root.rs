//! The root of subscriptions: one field, which async-graphql wants to find there itself and not in a fragment.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned, ServerError,
    parser::types::{
        DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType, Selection,
    },
};

use crate::graphql::error::invalid;

/// What the root type is called.
const SUBSCRIPTION: &str = "Subscription";

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// Brings the fields of every subscription's root out of their fragments; GRAPHQL_VALIDATION_FAILED unless there is one.
/// No fragment may go round in a circle.
pub(super) fn unfold(document: &mut ExecutableDocument) -> Result<(), ServerError> {
    let mut unfolded = HashSet::new();
    match &mut document.operations {
        DocumentOperations::Single(operation) => unfold_one(operation, &document.fragments, &mut unfolded)?,
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                unfold_one(operation, &document.fragments, &mut unfolded)?;
            }
        }
    }
    // Nothing else can spread a fragment on the root of subscriptions.
    document.fragments.retain(|name, _| !unfolded.contains(name));
    Ok(())
}

fn unfold_one(
    operation: &mut Positioned<OperationDefinition>,
    fragments: &Fragments,
    unfolded: &mut HashSet<Name>,
) -> Result<(), ServerError> {
    if operation.node.ty != OperationType::Subscription {
        return Ok(());
    }
    let mut fields = Vec::new();
    for selection in std::mem::take(&mut operation.node.selection_set.node.items) {
        collect(selection, fragments, unfolded, &mut fields);
    }
    let problem = match &fields[..] {
        [only] if !only.node.directives().is_empty() => "The field at the root of a subscription takes no directives.",
        [Positioned { node: Selection::Field(field), .. }] if field.node.name.node.starts_with("__") => {
            "A subscription does not ask for the schema."
        }
        [_] => {
            operation.node.selection_set.node.items = fields;
            return Ok(());
        }
        _ => "A subscription has exactly one field at its root.",
    };
    Err(ServerError { locations: vec![operation.pos], ..invalid(problem) })
}

/// Takes what is a field, or lies in a fragment on the root; the validation tells what is wrong with the rest.
fn collect(
    selection: Positioned<Selection>,
    fragments: &Fragments,
    unfolded: &mut HashSet<Name>,
    fields: &mut Vec<Positioned<Selection>>,
) {
    let inside = match &selection.node {
        Selection::InlineFragment(inline) if inline.node.directives.is_empty() => {
            let on = inline.node.type_condition.as_ref().map_or(SUBSCRIPTION, |condition| &condition.node.on.node);
            (on == SUBSCRIPTION).then(|| inline.node.selection_set.node.items.clone())
        }
        Selection::FragmentSpread(spread) if spread.node.directives.is_empty() => {
            let named = fragments.get_key_value(&spread.node.fragment_name.node);
            let named = named.filter(|(_, fragment)| fragment.node.type_condition.node.on.node == SUBSCRIPTION);
            named.map(|(name, fragment)| {
                unfolded.insert(name.clone());
                fragment.node.selection_set.node.items.clone()
            })
        }
        _ => None,
    };
    match inside {
        Some(items) => items.into_iter().for_each(|item| collect(item, fragments, unfolded, fields)),
        None => fields.push(selection),
    }
}
