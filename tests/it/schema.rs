//! The schema: the file at the root is the one that is served, and it holds all of the public contract.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned};
use tests::stories;

stories![alone:
    the_file_at_the_root_is_what_is_served,
    the_schema_holds_all_of_the_contract,
    what_the_schema_adds_breaks_no_client_of_the_contract,
    every_type_field_argument_and_value_has_a_description,
    every_user_error_code_is_provoked_by_a_story,
];

/// Where the schema is kept for those who read it.
fn file() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql"))
}

async fn the_file_at_the_root_is_what_is_served() {
    let served = server::graphql::sdl();
    if env::var_os("UPDATE").is_some() {
        fs::write(file(), &served).expect("schema.graphql can be written");
    }
    let kept = fs::read_to_string(file()).expect("schema.graphql can be read");
    assert!(kept == served, "schema.graphql is out of date: run the tests with UPDATE=1");
}

/// The members of a schema by their paths, as in `Query.node(id)`: their types, and whether they are described.
type Members = BTreeMap<String, Member>;

struct Member {
    /// As in `[String!]`; the kind of a type itself; empty for an enum's value.
    shape: String,
    described: bool,
    /// An argument or an input's field that a client has to give.
    required: bool,
}

fn members(sdl: &str) -> Members {
    let mut members = Members::new();
    for definition in parse_schema(sdl).expect("a schema").definitions {
        if let TypeSystemDefinition::Type(definition) = definition {
            add_type(&mut members, &definition.node);
        }
    }
    members
}

fn add_type(members: &mut Members, definition: &TypeDefinition) {
    let name = definition.name.node.as_str();
    let kind = match &definition.kind {
        TypeKind::Scalar => "scalar",
        TypeKind::Object(object) => {
            add_implements(members, name, &object.implements);
            add_fields(members, name, &object.fields);
            "type"
        }
        TypeKind::Interface(interface) => {
            add_fields(members, name, &interface.fields);
            "interface"
        }
        TypeKind::Union(_) => "union",
        TypeKind::Enum(values) => {
            for value in &values.values {
                let described = value.node.description.is_some();
                add(members, format!("{name}.{}", value.node.value), String::new(), described, false);
            }
            "enum"
        }
        TypeKind::InputObject(input) => {
            for field in &input.fields {
                add_input(members, format!("{name}.{}", field.node.name), &field.node);
            }
            "input"
        }
    };
    add(members, name.to_owned(), kind.to_owned(), definition.description.is_some(), false);
}

fn add_implements(members: &mut Members, name: &str, interfaces: &[Positioned<Name>]) {
    for interface in interfaces {
        add(members, format!("{name} implements {}", interface.node), String::new(), true, false);
    }
}

fn add_fields(members: &mut Members, name: &str, fields: &[Positioned<FieldDefinition>]) {
    for field in fields {
        let path = format!("{name}.{}", field.node.name);
        for argument in &field.node.arguments {
            add_input(members, format!("{path}({})", argument.node.name), &argument.node);
        }
        add(members, path, field.node.ty.to_string(), field.node.description.is_some(), false);
    }
}

fn add_input(members: &mut Members, path: String, input: &InputValueDefinition) {
    let default = input.default_value.as_ref().map(|value| format!(" = {}", value.node)).unwrap_or_default();
    let required = !input.ty.node.nullable && default.is_empty();
    add(members, path, format!("{}{default}", input.ty), input.description.is_some(), required);
}

fn add(members: &mut Members, path: String, shape: String, described: bool, required: bool) {
    members.insert(path, Member { shape, described, required });
}

fn contract() -> Members {
    members(include_str!("contract.graphql"))
}

async fn the_schema_holds_all_of_the_contract() {
    let (contract, served) = (contract(), members(&server::graphql::sdl()));
    let mut wrong = Vec::new();
    for (path, member) in &contract {
        match served.get(path) {
            None => wrong.push(format!("{path} is missing")),
            Some(found) if found.shape != member.shape => {
                wrong.push(format!("{path} is {}, not {}", found.shape, member.shape));
            }
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn what_the_schema_adds_breaks_no_client_of_the_contract() {
    let (contract, served) = (contract(), members(&server::graphql::sdl()));
    for (path, member) in served.iter().filter(|(path, _)| !contract.contains_key(*path)) {
        let of = path.split(['.', '(']).next().expect("a first word");
        let field = path.split('(').next().expect("a first word");
        let added_to_what_is_fixed = contract.contains_key(if path.contains('(') { field } else { of });
        assert!(
            !(member.required && added_to_what_is_fixed),
            "{path} is required, and the contract knows nothing of it"
        );
    }
}

async fn every_type_field_argument_and_value_has_a_description() {
    let served = members(&server::graphql::sdl());
    let bare: Vec<_> = served.iter().filter(|(_, member)| !member.described).map(|(path, _)| path.as_str()).collect();
    assert!(bare.is_empty(), "without a description: {}", bare.join(", "));
}

async fn every_user_error_code_is_provoked_by_a_story() {
    let stories = Path::new(env!("CARGO_MANIFEST_DIR")).join("it");
    let mut told = String::new();
    for entry in fs::read_dir(stories).expect("the stories") {
        let path = entry.expect("an entry of the folder").path();
        if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("schema.rs") {
            told += &fs::read_to_string(path).expect("a source");
        }
    }
    let served = members(&server::graphql::sdl());
    for code in served.keys().filter_map(|path| path.strip_prefix("UserErrorCode.")) {
        let provoked = told.contains(&format!("\"{code}\""));
        assert!(provoked, "{code}");
    }
}
