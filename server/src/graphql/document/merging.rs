//! Whether what is asked for under one key is one thing, as the specification's FieldsInSetCanMerge says. async-graphql compares
//! only fields whose fragments are on one and the same type.

use async_graphql::{
    Name, Positioned, ServerError,
    indexmap::IndexMap,
    parser::types::{BaseType, ExecutableDocument, Field, Selection, SelectionSet, Type},
};

use super::unfold::{FieldTypes, are_same_arguments, root};
use crate::graphql::error::invalid;

/// What a field of each type is that says what its type is called.
const TYPENAME: &str = "__typename";

/// A field, and of which type it is asked.
#[derive(Clone)]
struct Asked<'a> {
    of: Name,
    field: &'a Positioned<Field>,
}

/// GRAPHQL_VALIDATION_FAILED when fields with one key are not the same field with the same arguments, though an object may
/// have both, or not of one shape. The document has to be within the limits: they bound how many fields it has with each
/// fragment counted as often as it is spread.
pub(crate) fn check(document: &ExecutableDocument, types: &FieldTypes) -> Result<(), ServerError> {
    let typename = Type { base: BaseType::Named(Name::new("String")), nullable: false };
    let merging = Merging { document, types, typename };
    document.operations.iter().try_for_each(|(_, operation)| {
        let mut fields = Vec::new();
        merging.collect(&operation.node.selection_set.node, &Name::new(root(operation.node.ty)), &mut fields);
        merging.are_of_one_shape(&fields)?;
        merging.are_the_same(&fields)
    })
}

struct Merging<'a> {
    document: &'a ExecutableDocument,
    types: &'a FieldTypes,
    typename: Type,
}

impl<'a> Merging<'a> {
    /// The fields of a selection, with those in its fragments.
    fn collect(&self, set: &'a SelectionSet, of: &Name, fields: &mut Vec<Asked<'a>>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => fields.push(Asked { of: of.clone(), field }),
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref().map_or(of, |on| &on.node.on.node);
                    self.collect(&inline.node.selection_set.node, on, fields);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        let on = &fragment.node.type_condition.node.on.node;
                        self.collect(&fragment.node.selection_set.node, on, fields);
                    }
                }
            }
        }
    }

    /// What lies in these fields. What introspections hold is of types that are not known here, none of which an object of
    /// another one could be.
    fn below(&self, fields: &[Asked<'a>]) -> Vec<Asked<'a>> {
        let mut below = Vec::new();
        for Asked { of, field } in fields {
            let innermost = self.types.field(of, &field.node.name.node).map(|known| known.innermost.clone());
            let innermost = innermost.unwrap_or_else(|| Name::new(TYPENAME));
            self.collect(&field.node.selection_set.node, &innermost, &mut below);
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
            let below = self.below(fields);
            if below.is_empty() { Ok(()) } else { self.are_of_one_shape(&below) }
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
            let below = self.below(&fields);
            if below.is_empty() { Ok(()) } else { self.are_the_same(&below) }
        })
    }

    /// Those that one object may have together: of its type, or of an interface. What is asked of an interface counts with
    /// each of its objects; nothing lies in it that could multiply so.
    fn of_one_object(&self, fields: Vec<Asked<'a>>) -> Vec<Vec<Asked<'a>>> {
        let mut of_objects: IndexMap<Name, Vec<Asked<'a>>> = IndexMap::new();
        let (of_interfaces, others): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|asked| self.types.is_interface(&asked.of));
        for asked in others {
            of_objects.entry(asked.of.clone()).or_default().push(asked);
        }
        if of_objects.is_empty() {
            return vec![of_interfaces];
        }
        of_objects.into_values().map(|fields| [of_interfaces.clone(), fields].concat()).collect()
    }

    /// The type of a field; none is known of introspections.
    fn type_of(&self, asked: &Asked<'_>) -> Option<&Type> {
        if asked.field.node.name.node == TYPENAME {
            return Some(&self.typename);
        }
        self.types.field(&asked.of, &asked.field.node.name.node).map(|known| &*known.of)
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
        by_key.entry(asked.field.node.response_key().node.as_str()).or_default().push(asked.clone());
    }
    by_key
}

fn conflict(one: &Asked<'_>, other: &Asked<'_>, difference: &str) -> ServerError {
    let key = &one.field.node.response_key().node;
    let problem = format!("Two fields have the key {key}, but {difference}. Give one of them an alias.");
    ServerError { locations: vec![one.field.pos, other.field.pos], ..invalid(problem) }
}
