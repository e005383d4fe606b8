//! What a response holds: its fields in the order in which they are asked for, and null where one has failed, as the
//! specification says. async-graphql writes them as they come, and since its 7.1 leaves out those that failed, also where
//! there must be one.

use std::sync::Arc;

use async_graphql::{
    Name, PathSegment, Response, Value,
    indexmap::IndexMap,
    parser::types::{BaseType, ExecutableDocument, OperationDefinition, SelectionSet, Type},
};

use super::fields::{FieldTypes, each_field, root};

/// The fields of an object of the response, in order: those of all types that it may be of. One key has the same type in all
/// of them, but for what it is called.
#[derive(Debug, Default)]
pub(crate) struct ResponseShape(IndexMap<Name, Selected>);

/// What is selected under a key.
#[derive(Debug)]
struct Selected {
    /// None where it is an introspection: it does not fail.
    of: Option<Arc<Type>>,
    below: ResponseShape,
}

impl ResponseShape {
    /// What an operation of the document asks for, but for what introspections hold.
    pub(crate) fn of(document: &ExecutableDocument, operation: &OperationDefinition, types: &FieldTypes) -> Self {
        let mut shape = Self::default();
        shape.add(&operation.selection_set.node, &Name::new(root(operation.ty)), document, types);
        shape
    }

    fn add<'a>(
        &mut self,
        set: &'a SelectionSet,
        of: &'a Name,
        document: &'a ExecutableDocument,
        types: &'a FieldTypes,
    ) {
        each_field(document, set, of, &mut |of, field| {
            let known = types.field(of, &field.node.name.node);
            let key = field.node.response_key().node.clone();
            let fresh = || Selected { of: known.map(|known| Arc::clone(&known.of)), below: Self::default() };
            let selected = self.0.entry(key).or_insert_with(fresh);
            if let Some(known) = known {
                selected.below.add(&field.node.selection_set.node, &known.innermost, document, types);
            }
        });
    }

    /// What lies in the field with this key.
    pub(crate) fn below(&self, key: &str) -> Option<&Self> {
        self.0.get(key).map(|selected| &selected.below)
    }

    /// Completes what was executed: a field that failed is null, and where it must not be, so is what it lies in.
    pub(crate) fn complete(&self, response: &mut Response) {
        let paths = response.errors.iter().map(|error| &error.path).filter(|path| !path.is_empty());
        let has_failed = paths.fold(false, |_, path| {
            leave_null(&mut response.data, path);
            true
        });
        if !self.put_right(&mut response.data, has_failed) {
            response.data = Value::Null;
        }
    }

    /// Puts the fields of an object, and of those in it, in order; says whether it can stay when something in it `has_failed`.
    pub(crate) fn put_right(&self, value: &mut Value, has_failed: bool) -> bool {
        let Value::Object(object) = value else { return true };
        let mut expected = self.0.keys();
        if !object.keys().all(|key| expected.any(|expected| expected == key)) {
            object.sort_by_cached_key(|key, _| self.0.get_index_of(key));
        }
        // Both are in the same order now, so that no key has to be looked up.
        let mut selected = self.0.iter();
        object.iter_mut().all(|(key, value)| match selected.find(|(expected, _)| *expected == key) {
            Some((_, Selected { of: Some(of), below })) if has_failed || !below.0.is_empty() => {
                below.put_right_of(of, value, has_failed)
            }
            _ => true,
        })
    }

    fn put_right_of(&self, of: &Type, value: &mut Value, has_failed: bool) -> bool {
        let stays = match (&mut *value, &of.base) {
            (Value::List(elements), BaseType::List(of)) => {
                elements.iter_mut().all(|element| self.put_right_of(of, element, has_failed))
            }
            (value, _) => self.put_right(value, has_failed),
        };
        if !stays {
            *value = Value::Null;
        }
        of.nullable || !has_failed || *value != Value::Null
    }
}

/// Puts null where a field failed. An object all of whose fields failed is null, too, until it is known that it may hold them.
fn leave_null(mut value: &mut Value, path: &[PathSegment]) {
    for segment in path {
        if *value == Value::Null && matches!(segment, PathSegment::Field(_)) {
            *value = Value::Object(IndexMap::new());
        }
        value = match (value, segment) {
            (Value::Object(object), PathSegment::Field(key)) => object.entry(Name::new(key)).or_insert(Value::Null),
            (Value::List(list), PathSegment::Index(index)) => match list.get_mut(*index) {
                Some(element) => element,
                None => return,
            },
            _ => return,
        };
    }
}
