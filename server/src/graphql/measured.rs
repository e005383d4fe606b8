//! The schema as it is served: every operation is timed, whichever way it came in. Around the schema and not as one of its
//! extensions, because with an extension each field of each row takes a longer way.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use async_graphql::{
    Request, Response, Schema, ServerError, Value, Variables,
    parser::{
        parse_schema,
        types::{BaseType, ExecutableDocument, OperationType, TypeSystemDefinition},
    },
};
use async_stream::stream;
use futures::{FutureExt, StreamExt, stream::BoxStream};
use metrics::{counter, gauge, histogram};
use tokio::time::{error::Elapsed, timeout};

use super::{
    document::FieldTypes, mutation::Mutation, query::Query, subscription::Subscription, variables::InputTypes,
};

/// How many operation names are told apart; clients choose them, and each is kept as long as the process lives.
const NAMES: usize = 100;
/// The longest name that is told apart, in bytes.
const NAME_MAX: usize = 64;
/// The name of every operation that is not told apart.
const OTHER: &str = "other";
/// The type of operations that are counted while they are open, and have no duration.
const SUBSCRIPTION: &str = "subscription";
/// What no operation can be called.
const NO_NAME: &str = "?";
/// The outcome of what did not run.
const REFUSED: &str = "refused";

/// The schema with its resolvers. Clones are the same one.
#[derive(Clone)]
pub struct UsherSchema {
    schema: Schema<Query, Mutation, Subscription>,
    names: Arc<RwLock<HashSet<Arc<str>>>>,
    input_types: Arc<InputTypes>,
    field_types: Arc<FieldTypes>,
}

/// What is known of an operation before it runs.
struct Operation {
    name: Option<String>,
    kind: &'static str,
    begun: Instant,
}

impl UsherSchema {
    pub(super) fn new(schema: Schema<Query, Mutation, Subscription>) -> Self {
        let definitions = parse_schema(schema.sdl()).map(|schema| schema.definitions).unwrap_or_default();
        let types = definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(definition.node),
            _ => None,
        });
        let types: Vec<_> = types.collect();
        let (input_types, field_types) = (Arc::new(InputTypes::of(&types)), Arc::new(FieldTypes::of(&types)));
        Self { schema, names: Arc::default(), input_types, field_types }
    }

    /// The types that variables can have.
    pub(crate) fn input_types(&self) -> &InputTypes {
        &self.input_types
    }

    /// The types that fields have.
    pub(crate) fn field_types(&self) -> &FieldTypes {
        &self.field_types
    }

    /// Executes a query or a mutation, and gives it up after `limit`.
    pub async fn execute(&self, mut request: Request, limit: Duration) -> Result<Response, Elapsed> {
        let operation = Operation::of(&mut request);
        let executed = timeout(limit, self.schema.execute(request)).await;
        self.tell(&operation, executed.as_ref().map_or("timeout", outcome));
        executed
    }

    /// Executes any operation: one response of a query or a mutation, those of a subscription as they come.
    pub fn execute_stream(&self, mut request: Request) -> BoxStream<'static, Response> {
        let operation = Operation::of(&mut request);
        let mut responses = self.schema.execute_stream(request).boxed();
        let schema = self.clone();
        let measured = stream! {
            let open = (operation.kind == SUBSCRIPTION).then(Open::new);
            while let Some(response) = responses.next().await {
                if open.is_none() {
                    schema.tell(&operation, outcome(&response));
                }
                yield response;
            }
        };
        measured.boxed()
    }

    /// What is wrong with a document in this schema, if anything is. Nothing of it runs: no operation has the name that is
    /// asked for, and that is found out last.
    pub(super) fn fault(&self, document: &ExecutableDocument) -> Option<ServerError> {
        let mut request = Request::new(String::new()).operation_name(NO_NAME).variables(least(document));
        request.set_parsed_query(document.clone());
        let refused = self.schema.execute(request).now_or_never().unwrap_or_default();
        let unnamed = format!("Unknown operation named \"{NO_NAME}\"");
        refused.errors.into_iter().find(|error| error.message != unnamed)
    }

    fn tell(&self, operation: &Operation, outcome: &'static str) {
        // What is refused ran nothing, and its name is nobody's.
        let name = if outcome == REFUSED { OTHER.into() } else { self.known(operation.name.as_deref()) };
        let labels = [("operation", name.to_string()), ("type", operation.kind.into()), ("outcome", outcome.into())];
        histogram!("usher_graphql_operation_duration_seconds", &labels).record(operation.begun.elapsed());
    }

    /// The name under which an operation is counted.
    fn known(&self, name: Option<&str>) -> Arc<str> {
        let Some(name) = name.filter(|name| name.len() <= NAME_MAX) else { return OTHER.into() };
        if let Some(known) = self.names.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Arc::clone(known);
        }
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= NAMES {
            return OTHER.into();
        }
        let known = Arc::<str>::from(name);
        names.insert(Arc::clone(&known));
        known
    }
}

impl Operation {
    /// Reads name and type from the document. One that cannot be read is refused later.
    fn of(request: &mut Request) -> Self {
        let begun = Instant::now();
        let chosen = request.operation_name.clone();
        let Ok(document) = request.parsed_query() else { return Self { name: None, kind: "query", begun } };
        let mut operations = document.operations.iter();
        let operation = match &chosen {
            Some(chosen) => operations.find(|(name, _)| name.is_some_and(|name| name == chosen.as_str())),
            None => operations.next(),
        };
        let kind = operation.map_or(OperationType::Query, |(_, operation)| operation.node.ty);
        let name = operation.and_then(|(name, _)| name).map(ToString::to_string);
        Self { name, kind: label(kind), begun }
    }
}

/// How an operation went that was not given up.
fn outcome(response: &Response) -> &'static str {
    let executed = response.data != Value::Null || response.errors.iter().any(|error| !error.path.is_empty());
    match (executed, response.errors.is_empty()) {
        (false, false) => REFUSED,
        (_, false) => "error",
        (_, true) => "ok",
    }
}

/// The least that the variables which must be given can be, as far as the costs of fields depend on them.
fn least(document: &ExecutableDocument) -> Variables {
    let definitions = document.operations.iter().flat_map(|(_, operation)| &operation.node.variable_definitions);
    let given = definitions.filter(|definition| !definition.node.var_type.node.nullable);
    let least = given.filter_map(|definition| {
        let value = match &definition.node.var_type.node.base {
            BaseType::List(_) => Value::List(Vec::new()),
            BaseType::Named(name) if name == "Int" => Value::from(1),
            BaseType::Named(_) => return None,
        };
        Some((definition.node.name.node.clone(), value))
    });
    Variables::from_value(Value::Object(least.collect()))
}

const fn label(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => SUBSCRIPTION,
    }
}

/// A subscription that is open; dropping it ends it.
struct Open;

impl Open {
    fn new() -> Self {
        counter!("usher_graphql_subscriptions_total").increment(1);
        gauge!("usher_graphql_subscriptions_open").increment(1.0);
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!("usher_graphql_subscriptions_open").decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES, OTHER};
    use crate::graphql;

    #[test]
    fn the_hundred_and_first_name_and_what_is_no_name_count_as_other() {
        let schema = graphql::schema(true);
        for number in 0..NAMES {
            let name = format!("Name{number}");
            assert_eq!(&*schema.known(Some(&name)), name);
        }
        assert_eq!(&*schema.known(Some("OneMore")), OTHER);
        assert_eq!(&*schema.known(Some("Name7")), "Name7");
        assert_eq!(&*schema.known(None), OTHER);
        assert_eq!(&*graphql::schema(true).known(Some(&"x".repeat(65))), OTHER);
    }
}
