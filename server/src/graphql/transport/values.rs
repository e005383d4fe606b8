//! Variables and extensions, read from JSON straight into the values that resolvers take, and no more of them than the
//! limits allow.

use std::{cell::Cell, fmt};

use async_graphql::{Name, Value, indexmap::IndexMap};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::graphql::limits;

/// Reads an object, or null as none.
pub(super) fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IndexMap<Name, Value>, D::Error> {
    match Limited(&Cell::new(limits::VALUES)).deserialize(deserializer)? {
        Value::Null => Ok(IndexMap::new()),
        Value::Object(object) => Ok(object),
        _ => Err(Error::custom("variables and extensions must be objects")),
    }
}

/// Reads a value; the cell says how many more there may be.
struct Limited<'a>(&'a Cell<usize>);

impl<'de> DeserializeSeed<'de> for Limited<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(left) = self.0.get().checked_sub(1) else {
            return Err(Error::custom(format_args!("variables hold more than {} values", limits::VALUES)));
        };
        self.0.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Limited<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(Limited(self.0))? {
            if list.len() == limits::LIST {
                return Err(Error::custom(format_args!("a list has more than {} elements", limits::LIST)));
            }
            list.push(element);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = IndexMap::new();
        while let Some(name) = entries.next_key::<String>()? {
            object.insert(Name::new(name), entries.next_value_seed(Limited(self.0))?);
        }
        Ok(Value::Object(object))
    }
}
