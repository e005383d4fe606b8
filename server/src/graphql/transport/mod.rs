//! The ways in to GraphQL, each to its specification.

pub(crate) mod http;
