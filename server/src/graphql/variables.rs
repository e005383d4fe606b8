//! Variables as their definitions want them, before anything is validated or runs: defaults take their place, and what is
//! missing or of another type refuses the request. async-graphql does neither.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Number, ServerError, Value,
    indexmap::IndexMap,
    parser::types::{BaseType, OperationDefinition, Type, TypeDefinition, TypeKind},
};

use super::error::bad_input;

/// The types that variables can have.
#[derive(Debug)]
pub(crate) struct InputTypes(HashMap<Name, InputType>);

#[derive(Debug)]
enum InputType {
    Enum(HashSet<Name>),
    Object(IndexMap<Name, Field>),
}

#[derive(Debug)]
struct Field {
    of: Type,
    has_default: bool,
}

/// What is wrong with a value, and where in it, from the inside out.
struct Wrong {
    path: Vec<String>,
    problem: String,
}

impl InputTypes {
    /// Those of a schema.
    pub(super) fn of(types: &[TypeDefinition]) -> Self {
        let inputs = types.iter().filter_map(|definition| {
            let kind = match &definition.kind {
                TypeKind::Enum(of) => {
                    InputType::Enum(of.values.iter().map(|value| value.node.value.node.clone()).collect())
                }
                TypeKind::InputObject(object) => {
                    let fields = object.fields.iter().map(|field| {
                        let has_default = field.node.default_value.is_some();
                        (field.node.name.node.clone(), Field { of: field.node.ty.node.clone(), has_default })
                    });
                    InputType::Object(fields.collect())
                }
                _ => return None,
            };
            Some((definition.name.node.clone(), kind))
        });
        Self(inputs.collect())
    }

    /// The variables of an operation; BAD_USER_INPUT when one is missing, or has not the type of its definition. Those that
    /// it does not define are left out.
    pub(crate) fn coerce(
        &self,
        operation: &OperationDefinition,
        mut given: IndexMap<Name, Value>,
    ) -> Result<IndexMap<Name, Value>, ServerError> {
        let mut variables = IndexMap::new();
        for definition in &operation.variable_definitions {
            let (name, of) = (&definition.node.name.node, &definition.node.var_type.node);
            let default = || definition.node.default_value.as_ref().map(|default| default.node.clone());
            match given.swap_remove(name).or_else(default) {
                Some(mut value) => {
                    self.fit(&mut value, of).map_err(|wrong| wrong.of(name))?;
                    variables.insert(name.clone(), value);
                }
                None if of.nullable => {}
                None => return Err(bad_input(format!("The variable ${name} is missing; its type is {of}."))),
            }
        }
        Ok(variables)
    }

    /// Fits a value to a type: one that stands alone for a list becomes a list.
    fn fit(&self, value: &mut Value, of: &Type) -> Result<(), Wrong> {
        if matches!(value, Value::Null) {
            return if of.nullable { Ok(()) } else { Err(Wrong::new(format!("it is null, and its type is {of}"))) };
        }
        match (&of.base, value) {
            (BaseType::List(of), Value::List(elements)) => {
                let mut elements = elements.iter_mut().enumerate();
                elements.try_for_each(|(number, element)| self.fit(element, of).map_err(|wrong| wrong.at(number)))
            }
            (BaseType::List(of), value) => {
                self.fit(value, of)?;
                *value = Value::List(vec![std::mem::take(value)]);
                Ok(())
            }
            (BaseType::Named(name), value) => self.fit_named(value, name),
        }
    }

    fn fit_named(&self, value: &mut Value, name: &Name) -> Result<(), Wrong> {
        let fits = match (self.0.get(name), value) {
            (Some(InputType::Object(fields)), Value::Object(object)) => return self.fit_object(object, fields, name),
            (Some(InputType::Object(_)), _) => false,
            (Some(InputType::Enum(values)), Value::String(value)) => values.contains(value.as_str()),
            (Some(InputType::Enum(values)), Value::Enum(value)) => values.contains(value),
            (Some(InputType::Enum(_)), _) => false,
            (None, value) => {
                if let ("Int" | "ID", Value::Number(number)) = (name.as_str(), &mut *value)
                    && let Some(whole) = whole(number)
                {
                    *number = whole.into();
                }
                is_scalar(value, name)
            }
        };
        if fits { Ok(()) } else { Err(Wrong::new(format!("it is no {name}"))) }
    }

    fn fit_object(
        &self,
        object: &mut IndexMap<Name, Value>,
        fields: &IndexMap<Name, Field>,
        name: &Name,
    ) -> Result<(), Wrong> {
        for (key, value) in object.iter_mut() {
            let field = fields.get(key).ok_or_else(|| Wrong::new(format!("{name} has no such field")).at(key))?;
            self.fit(value, &field.of).map_err(|wrong| wrong.at(key))?;
        }
        let missing = |(key, field): &(&Name, &Field)| {
            !(field.of.nullable || field.has_default || object.contains_key(key.as_str()))
        };
        match fields.iter().find(missing) {
            Some((key, field)) => Err(Wrong::new(format!("it is missing, and its type is {}", field.of)).at(key)),
            None => Ok(()),
        }
    }
}

impl Wrong {
    fn new(problem: String) -> Self {
        Self { path: Vec::new(), problem }
    }

    fn at(mut self, segment: impl ToString) -> Self {
        self.path.push(segment.to_string());
        self
    }

    fn of(self, variable: &Name) -> ServerError {
        let path: String = self.path.iter().rev().map(|segment| format!(".{segment}")).collect();
        bad_input(format!("The variable ${variable}{path} is wrong: {}.", self.problem))
    }
}

/// The integer that a number with a fraction or an exponent is: `1.0` is 1 in JSON.
fn whole(number: &Number) -> Option<i64> {
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0)?;
    format!("{float:.0}").parse().ok()
}

/// Whether a value is one of a scalar that the specification knows; of the others the resolvers know it.
fn is_scalar(value: &Value, name: &str) -> bool {
    match (name, value) {
        ("Int", Value::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        ("ID", Value::Number(number)) => number.is_i64() || number.is_u64(),
        ("Float", Value::Number(_)) | ("Boolean", Value::Boolean(_)) | ("ID" | "String", Value::String(_)) => true,
        ("Int" | "Float" | "Boolean" | "ID" | "String", _) => false,
        _ => true,
    }
}
