//! What is executed of an operation: each field once, as the specification's CollectFields says, however often a client and
//! its fragments ask for it. async-graphql would run it as often, a mutation too, and lay the results over one another.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, InlineFragment,
        OperationDefinition, Selection, SelectionSet, TypeCondition,
    },
};

use super::fields::{FieldTypes, root};

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The document with this operation of it unfolded: fields that are the same are one, with all that lies in each, and what
/// lies in fragments on their own type is where they were. What only some ask for (`@skip`, `@include`) stays apart. The
/// document has to be within the limits: they bound what becomes of it, and no fragment may go round in a circle.
pub(crate) fn unfold(
    document: &ExecutableDocument,
    name: Option<&Name>,
    operation: &OperationDefinition,
    types: &FieldTypes,
) -> ExecutableDocument {
    let root = Name::new(root(operation.ty));
    let mut collector = Collector::new(document);
    let items = collector.merge(&[&operation.selection_set.node], Some(&root), types);
    let unfolded = collector.unfolded;
    let mut document = document.clone();
    let operation = match &mut document.operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => name.and_then(|name| operations.get_mut(name)),
    };
    if let Some(operation) = operation {
        operation.node.selection_set.node.items = items;
    }
    // Whoever looks for fragments that nobody uses must not find those.
    if !unfolded.is_empty() {
        let used = spread(&document);
        document.fragments.retain(|name, _| used.contains(name) || !unfolded.contains(name));
    }
    document
}

/// Selections that are the same, but for what lies in them.
pub(super) struct Group<'a> {
    pub(super) head: Head<'a>,
    sets: Vec<&'a SelectionSet>,
}

/// What all selections of a group have in common.
#[derive(Clone, Copy)]
pub(super) enum Head<'a> {
    Field(&'a Positioned<Field>),
    /// What is asked for on a type, or on a condition.
    Fragment {
        first: &'a Positioned<Selection>,
        on: Option<&'a Positioned<TypeCondition>>,
    },
    /// A fragment that stays where it is defined.
    Spread(&'a Positioned<Selection>),
}

impl<'a> Head<'a> {
    /// Only those of one key can be the same: whether they are fields, and what they are called.
    fn key(self) -> (bool, &'a str) {
        match self {
            Head::Field(field) => (true, &field.node.response_key().node),
            Head::Fragment { on, .. } => (false, on.map_or("", |on| &on.node.on.node)),
            Head::Spread(_) => (false, ""),
        }
    }

    /// Fields with and without something in them are not the same: one of them is wrong.
    fn is_same_as(self, other: Head<'_>) -> bool {
        match (self, other) {
            (Head::Field(one), Head::Field(other)) => {
                let (one, other) = (&one.node, &other.node);
                one.response_key() == other.response_key()
                    && one.name == other.name
                    && one.selection_set.node.items.is_empty() == other.selection_set.node.items.is_empty()
                    && are_same_arguments(&one.arguments, &other.arguments)
                    && are_same_directives(&one.directives, &other.directives)
            }
            (Head::Fragment { first: one, on: one_on }, Head::Fragment { first: other, on: other_on }) => {
                one_on.map(|on| &on.node.on) == other_on.map(|on| &on.node.on)
                    && are_same_directives(one.node.directives(), other.node.directives())
            }
            _ => false,
        }
    }
}

pub(super) fn are_same_arguments<V: PartialEq>(
    one: &[(Positioned<Name>, Positioned<V>)],
    other: &[(Positioned<Name>, Positioned<V>)],
) -> bool {
    one.len() == other.len() && one.iter().all(|argument| other.contains(argument))
}

fn are_same_directives(one: &[Positioned<Directive>], other: &[Positioned<Directive>]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| {
            one.node.name == other.node.name && are_same_arguments(&one.node.arguments, &other.node.arguments)
        })
}

/// Collects the selections of one type, as they come in order.
pub(super) struct Collector<'a> {
    fragments: &'a Fragments,
    /// The fragments that are where they were spread.
    unfolded: HashSet<&'a Name>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(document: &'a ExecutableDocument) -> Self {
        Self { fragments: &document.fragments, unfolded: HashSet::new() }
    }

    /// The groups of what is selected on the type `of`; none is known inside introspections.
    pub(super) fn groups(&mut self, sets: &[&'a SelectionSet], of: Option<&str>) -> Vec<Group<'a>> {
        let mut groups = Groups::default();
        for set in sets {
            self.collect(set, of, &mut groups);
        }
        groups.all
    }

    fn collect(&mut self, set: &'a SelectionSet, of: Option<&str>, groups: &mut Groups<'a>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => groups.add(Head::Field(field), &field.node.selection_set.node),
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref();
                    self.collect_fragment(selection, on, &inline.node.selection_set.node, of, groups);
                }
                Selection::FragmentSpread(spread) => {
                    let named = self.fragments.get_key_value(&spread.node.fragment_name.node);
                    match named.filter(|(_, fragment)| of.is_some() && fragment.node.directives.is_empty()) {
                        Some((name, Positioned { node: fragment, .. })) => {
                            self.unfolded.insert(name);
                            let on = Some(&fragment.type_condition);
                            self.collect_fragment(selection, on, &fragment.selection_set.node, of, groups);
                        }
                        None => groups.add(Head::Spread(selection), &EMPTY),
                    }
                }
            }
        }
    }

    fn collect_fragment(
        &mut self,
        selection: &'a Positioned<Selection>,
        on: Option<&'a Positioned<TypeCondition>>,
        set: &'a SelectionSet,
        of: Option<&str>,
        groups: &mut Groups<'a>,
    ) {
        let is_on_own = on.is_none_or(|on| of == Some(on.node.on.node.as_str()));
        if is_on_own && selection.node.directives().is_empty() {
            self.collect(set, of, groups);
        } else {
            groups.add(Head::Fragment { first: selection, on }, set);
        }
    }

    /// What is selected on the type `of`, each once.
    fn merge(
        &mut self,
        sets: &[&'a SelectionSet],
        of: Option<&Name>,
        types: &FieldTypes,
    ) -> Vec<Positioned<Selection>> {
        let groups = self.groups(sets, of.map(Name::as_str));
        groups.into_iter().map(|group| self.selection(&group, of, types)).collect()
    }

    fn selection(&mut self, group: &Group<'a>, of: Option<&Name>, types: &FieldTypes) -> Positioned<Selection> {
        match group.head {
            Head::Field(field) => {
                let below = of.and_then(|of| types.field(of, &field.node.name.node));
                let items = self.merge(&group.sets, below.map(|below| &below.innermost), types);
                let Field { alias, name, arguments, directives, selection_set } = &field.node;
                let unfolded = Field {
                    alias: alias.clone(),
                    name: name.clone(),
                    arguments: arguments.clone(),
                    directives: directives.clone(),
                    selection_set: Positioned::new(SelectionSet { items }, selection_set.pos),
                };
                Positioned::new(Selection::Field(Positioned::new(unfolded, field.pos)), field.pos)
            }
            Head::Fragment { first, on } => {
                let items = self.merge(&group.sets, on.map_or(of, |on| Some(&on.node.on.node)), types);
                let fragment = InlineFragment {
                    type_condition: on.cloned(),
                    directives: first.node.directives().clone(),
                    selection_set: Positioned::new(SelectionSet { items }, first.pos),
                };
                Positioned::new(Selection::InlineFragment(Positioned::new(fragment, first.pos)), first.pos)
            }
            Head::Spread(spread) => spread.clone(),
        }
    }
}

/// What lies in a spread, as far as it is not unfolded.
static EMPTY: SelectionSet = SelectionSet { items: Vec::new() };

/// Groups, in the order of their firsts.
#[derive(Default)]
struct Groups<'a> {
    all: Vec<Group<'a>>,
    by_key: HashMap<(bool, &'a str), Vec<usize>>,
}

impl<'a> Groups<'a> {
    fn add(&mut self, head: Head<'a>, set: &'a SelectionSet) {
        let of_key = self.by_key.entry(head.key()).or_default();
        match of_key.iter().find(|number| self.all[**number].head.is_same_as(head)) {
            Some(number) => self.all[*number].sets.push(set),
            None => {
                of_key.push(self.all.len());
                self.all.push(Group { head, sets: vec![set] });
            }
        }
    }
}

/// The fragments that are spread in the operations of a document, or in one that is.
fn spread(document: &ExecutableDocument) -> HashSet<Name> {
    let mut found = HashSet::new();
    for (_, operation) in document.operations.iter() {
        find_spread(&operation.node.selection_set.node, &document.fragments, &mut found);
    }
    found
}

fn find_spread(set: &SelectionSet, fragments: &Fragments, found: &mut HashSet<Name>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => find_spread(&field.node.selection_set.node, fragments, found),
            Selection::InlineFragment(inline) => find_spread(&inline.node.selection_set.node, fragments, found),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if let Some(fragment) = fragments.get(name)
                    && found.insert(name.clone())
                {
                    find_spread(&fragment.node.selection_set.node, fragments, found);
                }
            }
        }
    }
}
