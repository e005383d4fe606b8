//! How much a parsed document asks for, before anything walks through its fragments one by one: a fragment is measured
//! once, however often it is spread.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, ServerError,
    parser::types::{Directive, ExecutableDocument, Selection, SelectionSet},
};

use crate::graphql::{
    error::{invalid, too_complex},
    limits,
};

/// QUERY_TOO_COMPLEX when an operation, or a fragment that none uses, asks for too much; GRAPHQL_VALIDATION_FAILED when
/// fragments go round in circles.
pub(super) fn check(document: &ExecutableDocument) -> Result<(), ServerError> {
    let mut measure = Measure { document, fragments: HashMap::new() };
    for (_, operation) in document.operations.iter() {
        let size = measure.selections(&operation.node.selection_set.node, 1)?;
        size.and(Size::of_directives(&operation.node.directives)).check()?;
    }
    for name in document.fragments.keys() {
        measure.fragment(name, 1)?.check()?;
    }
    Ok(())
}

#[derive(Clone, Copy, Default)]
struct Size {
    depth: usize,
    fields: usize,
    aliases: usize,
    directives: usize,
}

impl Size {
    fn of_directives(directives: &[Positioned<Directive>]) -> Self {
        Self { directives: directives.len(), ..Self::default() }
    }

    /// Both, one beside the other.
    fn and(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
        }
    }

    fn check(self) -> Result<(), ServerError> {
        let limits = [
            (self.depth, limits::DEPTH, "nests fields deeper than"),
            (self.fields, limits::FIELDS, "asks for more fields than"),
            (self.aliases, limits::ALIASES, "has more aliases than"),
            (self.directives, limits::DIRECTIVES, "has more directives than"),
        ];
        match limits.into_iter().find(|(size, limit, _)| size > limit) {
            Some((_, limit, exceeds)) => Err(too_complex(format!("The document {exceeds} {limit}."))),
            None => Ok(()),
        }
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
                    let alias = usize::from(field.node.alias.is_some());
                    Size { depth: below.depth + 1, ..below.and(Size { fields: 1, aliases: alias, ..Size::default() }) }
                }
                Selection::InlineFragment(fragment) => self.selections(&fragment.node.selection_set.node, level + 1)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, level + 1)?,
            };
            size = size.and(inside).and(Size::of_directives(selection.node.directives()));
        }
        Ok(size)
    }

    fn fragment(&mut self, name: &Name, level: usize) -> Result<Size, ServerError> {
        match self.fragments.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(invalid(format!("The fragment {name} spreads itself."))),
            None => {}
        }
        // One that does not exist is for the validation to tell.
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else { return Ok(Size::default()) };
        self.fragments.insert(name, None);
        let size = self.selections(&fragment.node.selection_set.node, level)?;
        self.fragments.insert(name, Some(size));
        Ok(size)
    }
}
