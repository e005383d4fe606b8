//! Whether what is asked for under one key is one thing, as the specification's FieldsInSetCanMerge says. async-graphql compares
//! only fields whose fragments are on one and the same type.

use async_graphql::{
    Name, Positioned, ServerError,
    indexmap::IndexMap,
    parser::types::{BaseType, ExecutableDocument, Field, OperationDefinition, Type},
};

use super::{
    fields::{FieldTypes, each_field, root},
    unfold::are_same_arguments,
};
use crate::graphql::error::invalid;

/// A field, and of which type it is asked.
#[derive(Clone, Copy)]
struct Asked<'a> {
    of: &'a Name,
    field: &'a Positioned<Field>,
}

/// GRAPHQL_VALIDATION_FAILED when fields with one key are not the same field with the same arguments, though an object may
/// have both, or not of one shape. The document has to be within the limits: they bound how many fields it has with each
/// fragment counted as often as it is spread.
pub(super) fn check(document: &ExecutableDocument, types: &FieldTypes) -> Result<(), ServerError> {
    document.operations.iter().try_for_each(|(_, operation)| check_one(document, &operation.node, types))
}

fn check_one(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    types: &FieldTypes,
) -> Result<(), ServerError> {
    let (root, introspected) = (Name::new(root(operation.ty)), Name::new("__"));
    let typename = Type { base: BaseType::Named(Name::new("String")), nullable: false };
    let merging = Merging { document, types, typename, introspected: &introspected };
    let mut fields = Vec::new();
    each_field(document, &operation.selection_set.node, &root, &mut |of, field| fields.push(Asked { of, field }));
    merging.are_of_one_shape(&fields)?;
    merging.are_the_same(&fields)
}

struct Merging<'a> {
    document: &'a ExecutableDocument,
    types: &'a FieldTypes,
    /// The type of `__typename`.
    typename: Type,
    /// What the types of introspections are called here: none of them is known, and no object is of two.
    introspected: &'a Name,
}

impl<'a> Merging<'a> {
    /// What lies in these fields.
    fn below(&self, fields: &[Asked<'a>]) -> Vec<Asked<'a>> {
        let mut below = Vec::new();
        for Asked { of, field } in fields {
            let known = self.types.field(of, &field.node.name.node);
            let innermost = known.map_or(self.introspected, |known| &known.innermost);
            let set = &field.node.selection_set.node;
            each_field(self.document, set, innermost, &mut |of, field| below.push(Asked { of, field }));
        }
        below
    }

    /// What is written under one key looks the same, whatever object it is of: clients read it by its key.
    fn are_of_one_shape(&self, fields: &[Asked<'a>]) -> Result<(), ServerError> {
        by_key(fields).values().try_for_each(|fields| {
            let [first, others @ ..] = &fields[..] else { return Ok(()) };
            let of_first = self.type_of(first);
            for other in others {
                if let (Some(one), Some(other_type)) = (of_first, self.type_of(other))
                    && !self.is_one_shape(one, other_type)
                {
                    return Err(conflict(first, other, &format!("one is {one}, the other {other_type}")));
                }
            }
            self.are_of_one_shape(&self.below(fields))
        })
    }

    /// What one object may have is the same field with the same arguments.
    fn are_the_same(&self, fields: &[Asked<'a>]) -> Result<(), ServerError> {
        by_key(fields).into_values().flat_map(|fields| self.of_one_object(fields)).try_for_each(|fields| {
            let [first, others @ ..] = &fields[..] else { return Ok(()) };
            for other in others {
                let (one, two) = (&first.field.node, &other.field.node);
                if one.name != two.name {
                    return Err(conflict(first, other, &format!("one is {}, the other {}", one.name, two.name)));
                }
                if !are_same_arguments(&one.arguments, &two.arguments) {
                    return Err(conflict(first, other, "their arguments differ"));
                }
            }
            self.are_the_same(&self.below(&fields))
        })
    }

    /// Those that one object may have together: of its type, or of an interface. What is asked of an interface counts with
    /// each of its objects; nothing lies in it that could multiply so.
    fn of_one_object(&self, fields: Vec<Asked<'a>>) -> Vec<Vec<Asked<'a>>> {
        let mut of_objects: IndexMap<&Name, Vec<Asked<'a>>> = IndexMap::new();
        let (of_interfaces, others): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|asked| self.types.is_interface(asked.of));
        for asked in others {
            of_objects.entry(asked.of).or_default().push(asked);
        }
        if of_objects.is_empty() {
            return vec![of_interfaces];
        }
        of_objects.into_values().map(|fields| [of_interfaces.clone(), fields].concat()).collect()
    }

    /// The type of a field; none is known of introspections.
    fn type_of(&self, asked: &Asked<'_>) -> Option<&Type> {
        if asked.field.node.name.node == "__typename" {
            return Some(&self.typename);
        }
        self.types.field(asked.of, &asked.field.node.name.node).map(|known| &*known.of)
    }

    fn is_one_shape(&self, one: &Type, other: &Type) -> bool {
        one.nullable == other.nullable
            && match (&one.base, &other.base) {
                (BaseType::List(one), BaseType::List(other)) => self.is_one_shape(one, other),
                (BaseType::Named(one), BaseType::Named(other)) => {
                    one == other || (self.types.has_fields(one) && self.types.has_fields(other))
                }
                _ => false,
            }
    }
}

fn by_key<'a>(fields: &[Asked<'a>]) -> IndexMap<&'a str, Vec<Asked<'a>>> {
    let mut by_key: IndexMap<&str, Vec<Asked<'a>>> = IndexMap::new();
    for asked in fields {
        by_key.entry(asked.field.node.response_key().node.as_str()).or_default().push(*asked);
    }
    by_key
}

fn conflict(one: &Asked<'_>, other: &Asked<'_>, difference: &str) -> ServerError {
    let key = &one.field.node.response_key().node;
    let problem = format!("Two fields have the key {key}, but {difference}. Give one of them an alias.");
    ServerError { locations: vec![one.field.pos, other.field.pos], ..invalid(problem) }
}
