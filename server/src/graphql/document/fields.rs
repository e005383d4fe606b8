//! The fields of documents, and of which types they are.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{
    Name, Positioned,
    parser::types::{
        BaseType, ExecutableDocument, Field, OperationType, Selection, SelectionSet, Type, TypeDefinition, TypeKind,
    },
};

/// Of which type the fields of each type are.
#[derive(Debug)]
pub(crate) struct FieldTypes {
    by_type: HashMap<Name, HashMap<Name, FieldType>>,
    interfaces: HashSet<Name>,
}

/// The type of a field.
#[derive(Debug)]
pub(super) struct FieldType {
    pub(super) of: Arc<Type>,
    /// The named type in it.
    pub(super) innermost: Name,
}

impl FieldTypes {
    /// Those of a schema.
    pub(crate) fn of(types: &[TypeDefinition]) -> Self {
        let with_fields = types.iter().filter_map(|definition| {
            let fields = match &definition.kind {
                TypeKind::Object(object) => &object.fields,
                TypeKind::Interface(interface) => &interface.fields,
                _ => return None,
            };
            let fields = fields.iter().map(|field| {
                let of = Arc::new(field.node.ty.node.clone());
                (field.node.name.node.clone(), FieldType { innermost: innermost(&of), of })
            });
            Some((definition.name.node.clone(), fields.collect()))
        });
        let interfaces = types.iter().filter(|definition| matches!(definition.kind, TypeKind::Interface(_)));
        Self {
            by_type: with_fields.collect(),
            interfaces: interfaces.map(|definition| definition.name.node.clone()).collect(),
        }
    }

    /// That of a field of the type `of`; none is known of introspections.
    pub(super) fn field(&self, of: &Name, name: &Name) -> Option<&FieldType> {
        self.by_type.get(of)?.get(name)
    }

    /// Whether a type is an interface.
    pub(super) fn is_interface(&self, name: &Name) -> bool {
        self.interfaces.contains(name)
    }

    /// Whether what is of a type has fields.
    pub(super) fn has_fields(&self, name: &Name) -> bool {
        self.by_type.contains_key(name)
    }
}

fn innermost(of: &Type) -> Name {
    match &of.base {
        BaseType::Named(name) => name.clone(),
        BaseType::List(of) => innermost(of),
    }
}

/// What a root type is called.
pub(super) const fn root(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

/// Visits the fields of a selection of the type `of`, in order and with those in its fragments, and says of which type each is
/// asked. No fragment may go round in a circle.
pub(super) fn each_field<'a, F: FnMut(&'a Name, &'a Positioned<Field>)>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    of: &'a Name,
    visit: &mut F,
) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => visit(of, field),
            Selection::InlineFragment(inline) => {
                let on = inline.node.type_condition.as_ref().map_or(of, |on| &on.node.on.node);
                each_field(document, &inline.node.selection_set.node, on, visit);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    let on = &fragment.node.type_condition.node.on.node;
                    each_field(document, &fragment.node.selection_set.node, on, visit);
                }
            }
        }
    }
}
