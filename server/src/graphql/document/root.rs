//! The root of subscriptions: one field, as the specification wants it, whether it lies there or in a fragment.

use async_graphql::{
    Positioned, ServerError,
    parser::types::{ExecutableDocument, OperationDefinition, OperationType},
};

use super::{
    fields::root,
    unfold::{Collector, Head},
};
use crate::graphql::error::invalid;

/// GRAPHQL_VALIDATION_FAILED unless every subscription has one field at its root. No fragment may go round in a circle.
pub(super) fn check(document: &ExecutableDocument) -> Result<(), ServerError> {
    let mut operations = document.operations.iter().map(|(_, operation)| operation);
    operations.try_for_each(|operation| check_one(document, operation))
}

fn check_one(document: &ExecutableDocument, operation: &Positioned<OperationDefinition>) -> Result<(), ServerError> {
    if operation.node.ty != OperationType::Subscription {
        return Ok(());
    }
    let groups = Collector::new(document).groups(&[&operation.node.selection_set.node], Some(root(operation.node.ty)));
    let [only] = &groups[..] else {
        return Err(problem(operation, "A subscription has exactly one field at its root."));
    };
    let (directives, name) = match only.head {
        Head::Field(field) => (&field.node.directives, field.node.name.node.as_str()),
        // What else is wrong with it the validation tells.
        Head::Fragment { first, .. } | Head::Spread(first) => (first.node.directives(), ""),
    };
    if !directives.is_empty() {
        return Err(problem(operation, "The field at the root of a subscription takes no directives."));
    }
    if name.starts_with("__") {
        return Err(problem(operation, "A subscription does not ask for the schema."));
    }
    Ok(())
}

fn problem(operation: &Positioned<OperationDefinition>, problem: &str) -> ServerError {
    ServerError { locations: vec![operation.pos], ..invalid(problem) }
}
