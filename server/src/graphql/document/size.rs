//! How much a parsed document asks for, before anything walks through its fragments one by one: a fragment is measured
//! once, however often it is spread.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, ServerError,
    parser::types::{Directive, ExecutableDocument, Field, FragmentSpread, Selection, SelectionSet},
};

use crate::graphql::{
    error::{invalid, too_complex},
    limits,
};

/// QUERY_TOO_COMPLEX when the operations together, or a fragment that none uses, ask for too much;
/// GRAPHQL_VALIDATION_FAILED when fragments go round in circles or lead nowhere.
pub(super) fn check(document: &ExecutableDocument) -> Result<(), ServerError> {
    let mut measure = Measure { document, fragments: HashMap::new() };
    let mut all = Size::default();
    for (_, operation) in document.operations.iter() {
        let size = measure.selections(&operation.node.selection_set.node, 1)?;
        all = all.and(size).and(Size::of_directives(&operation.node.directives));
    }
    all.check()?;
    for (name, fragment) in &document.fragments {
        measure.fragment(name, &fragment.node.selection_set.node, 1)?.check()?;
    }
    Ok(())
}

#[derive(Clone, Copy, Default)]
struct Size {
    depth: usize,
    /// How deep selections nest, with or without fields around them.
    nesting: usize,
    fields: usize,
    aliases: usize,
    directives: usize,
    /// How many values it asks for, should it lie in an introspection.
    values: usize,
    /// How many values of the schema it asks for.
    introspected: usize,
}

impl Size {
    fn of_directives(directives: &[Positioned<Directive>]) -> Self {
        Self { directives: directives.len(), ..Self::default() }
    }

    /// A field, and what lies in it.
    fn of_field(field: &Field, below: Self) -> Self {
        let name = field.name.node.as_str();
        let values = below.values.saturating_mul(rows(name)).saturating_add(1);
        let introspected = if matches!(name, "__schema" | "__type") { values } else { 0 };
        let aliases = usize::from(field.alias.is_some());
        let own = Self { fields: 1, aliases, introspected, ..Self::default() };
        Self { depth: below.depth + 1, values, ..below.and(own) }
    }

    /// Both, one beside the other.
    fn and(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            nesting: self.nesting.max(other.nesting),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            values: self.values.saturating_add(other.values),
            introspected: self.introspected.saturating_add(other.introspected),
        }
    }

    fn check(self) -> Result<(), ServerError> {
        let limits = [
            (self.depth, limits::DEPTH, "nests fields deeper than"),
            (self.nesting, limits::SELECTIONS, "nests selections deeper than"),
            (self.fields, limits::FIELDS, "asks for more fields than"),
            (self.aliases, limits::ALIASES, "has more aliases than"),
            (self.directives, limits::DIRECTIVES, "has more directives than"),
            (self.introspected, limits::INTROSPECTION, "asks for more values of the schema than"),
        ];
        match limits.into_iter().find(|(size, limit, _)| size > limit) {
            Some((_, limit, exceeds)) => Err(too_complex(format!("The document {exceeds} {limit}."))),
            None => Ok(()),
        }
    }
}

/// With how many rows a list of an introspection counts: what ours have, more or less. Neither the depth nor the
/// complexity tells how those in one another multiply.
fn rows(field: &str) -> usize {
    match field {
        "types" => 100,
        "fields" | "inputFields" | "enumValues" | "possibleTypes" => 10,
        "directives" => 5,
        "args" | "interfaces" => 2,
        _ => 1,
    }
}

struct Measure<'a> {
    document: &'a ExecutableDocument,
    /// None while a fragment is being measured: who meets that has gone round in a circle.
    fragments: HashMap<&'a Name, Option<Size>>,
}

impl<'a> Measure<'a> {
    /// `level` says how many selections these lie in: what recurses must have an end.
    fn selections(&mut self, set: &'a SelectionSet, level: usize) -> Result<Size, ServerError> {
        if level > limits::SELECTIONS {
            return Err(too_complex(format!("The document nests selections deeper than {}.", limits::SELECTIONS)));
        }
        let mut size = Size::default();
        for selection in &set.items {
            let inside = match &selection.node {
                Selection::Field(field) => {
                    let below = self.selections(&field.node.selection_set.node, level + 1)?;
                    Size::of_field(&field.node, below)
                }
                Selection::InlineFragment(fragment) => self.selections(&fragment.node.selection_set.node, level + 1)?,
                Selection::FragmentSpread(spread) => self.spread(spread, level + 1)?,
            };
            size = size.and(inside).and(Size::of_directives(selection.node.directives()));
        }
        Ok(Size { nesting: size.nesting + 1, ..size })
    }

    /// One that does not exist is refused here: it would count for nothing, and what is executed walks every way to it.
    fn spread(&mut self, spread: &Positioned<FragmentSpread>, level: usize) -> Result<Size, ServerError> {
        let name = &spread.node.fragment_name.node;
        match self.document.fragments.get_key_value(name) {
            Some((name, fragment)) => self.fragment(name, &fragment.node.selection_set.node, level),
            None => {
                let unknown = invalid(format!("There is no fragment {name}."));
                Err(ServerError { locations: vec![spread.pos], ..unknown })
            }
        }
    }

    fn fragment(&mut self, name: &'a Name, set: &'a SelectionSet, level: usize) -> Result<Size, ServerError> {
        match self.fragments.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(invalid(format!("The fragment {name} spreads itself."))),
            None => {}
        }
        self.fragments.insert(name, None);
        let size = self.selections(set, level)?;
        self.fragments.insert(name, Some(size));
        Ok(size)
    }
}
