//! Who gets what from the API: every mutation and every field, asked by every kind of person, against one table.

pub(crate) mod audit;
mod made;
mod served;
mod stage;
mod table;

use std::collections::BTreeSet;

use entity::event;
use serde_json::Value;
use tests::{Actor, Answer, Usher, stories};

use self::served::Served;
use self::stage::{COLUMNS, People, Stage};

stories![
    every_mutation_does_what_the_table_says,
    every_field_shows_what_the_table_says,
    the_table_names_all_of_the_schema,
];

async fn the_table_names_all_of_the_schema(app: Usher) {
    let served = Served::by(&app).await;
    let calls = table::calls();
    let calls = calls.iter().map(|call| format!("Mutation.{}", call.mutation()));
    let fields = table::fields();
    let fields = fields.iter().flat_map(|row| row.names.iter().map(|name| format!("{}.{name}", row.of)));
    let payloads = table::payloads();
    let payloads = payloads.iter().flat_map(|(of, names)| names.iter().map(move |name| format!("{of}.{name}")));
    let named: BTreeSet<String> = calls.chain(fields).chain(payloads).collect();
    let served: BTreeSet<String> = served.fields().collect();
    let [missing, unknown] = [served.difference(&named), named.difference(&served)].map(Vec::from_iter);
    assert!(missing.is_empty(), "without a row in tests/it/access/table.md: {missing:?}");
    assert!(unknown.is_empty(), "in tests/it/access/table.md, and not in the schema: {unknown:?}");
}

async fn every_mutation_does_what_the_table_says(app: Usher) {
    let (served, people, payloads) = (Served::by(&app).await, People::arrive(&app).await, table::payloads());
    let mut wrong = Vec::new();
    for row in table::calls() {
        let answered = served.type_of("Mutation", row.mutation());
        let (_, payload) = payloads.iter().find(|(of, _)| *of == answered).expect("the payload is in the table");
        let selection: String = payload.iter().map(|field| select(&served, answered, field)).collect();
        assert_eq!(row.outcomes.len(), COLUMNS.len(), "{}", row.call);
        let mut stage = Stage::set(&app, &people).await;
        // From nobody to the owner: whoever is refused leaves the stage to the next as it was.
        for (position, asker) in people.askers().iter().enumerate().rev() {
            let call = stage.fill(row.call, asker).await;
            let before = app.count::<event::Entity>().await;
            let answer = asker.calls(&call, &selection).await;
            if answer.is_done() {
                if position < COLUMNS.len() - 1 && !asker.is_signed_in().await {
                    asker.logs_in().await.succeeds();
                }
                stage = Stage::set(&app, &people).await;
            } else {
                assert_eq!(
                    app.count::<event::Entity>().await,
                    before,
                    "{} is refused and yet does something",
                    row.call
                );
            }
            compare(&mut wrong, row.call, position, &came_of(&answer), row.outcomes[position]);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.ignores_mail().await;
}

async fn every_field_shows_what_the_table_says(app: Usher) {
    let (served, people) = (Served::by(&app).await, People::arrive(&app).await);
    let mut stage = Stage::set(&app, &people).await;
    for member in &people.askers()[..4] {
        stage.opened_by(member).await;
    }
    let rows = table::fields();
    for row in &rows {
        // Made before anything is asked, so that all questions meet the same.
        stage.fill(row.asked_as, people.owner()).await;
    }
    app.run_jobs().await;
    let mut wrong = Vec::new();
    for row in &rows {
        assert_eq!(row.outcomes.len(), COLUMNS.len(), "{}: {}", row.of, row.asked_as);
        for field in &row.names {
            for (position, asker) in people.askers().iter().enumerate() {
                let document = document(&stage.fill(row.asked_as, asker).await, field, served.selection(row.of, field));
                let shown = ask(asker, &document).await;
                compare(
                    &mut wrong,
                    &format!("{}.{field} in {}", row.of, row.asked_as),
                    position,
                    &shown,
                    row.outcomes[position],
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.ignores_mail().await;
}

fn compare(wrong: &mut Vec<String>, what: &str, position: usize, found: &str, expected: &str) {
    if found != expected {
        wrong.push(format!("{what}: {} gets {found}, not {expected}", COLUMNS[position]));
    }
}

/// What is asked of a payload's field.
fn select(served: &Served, of: &str, field: &str) -> String {
    if field == "userErrors" {
        "userErrors { code message field } ".to_owned()
    } else {
        format!("{field}{} ", served.selection(of, field))
    }
}

/// What came of a mutation: the code of an error, the next step, or that it is done.
fn came_of(answer: &Answer) -> String {
    if !answer.is_answered() {
        return answer.error_code();
    }
    if !answer.is_done() {
        return answer.user_error();
    }
    let next_step = answer.data("").get("nextStep").and_then(Value::as_str);
    next_step.unwrap_or("done").to_owned()
}

/// The document with a field in the place of its `*`.
fn document(asked_as: &str, field: &str, selection: &str) -> String {
    let (before, after) = asked_as.split_once('*').expect("a place for the field");
    let arguments = if after.starts_with('(') { after.split_inclusive(')').next().unwrap_or_default() } else { "" };
    format!("{before}leaf: {field}{arguments}{selection}{}", &after[arguments.len()..])
}

async fn ask(asker: &Actor, document: &str) -> String {
    let answer = if document.starts_with("subscription") {
        asker.follows(document).await
    } else {
        asker.graphql(document, Value::Null).await
    };
    if answer.is_answered() { leaf(answer.data("")).map_or("—".to_owned(), show) } else { answer.error_code() }
}

/// The first leaf there is.
fn leaf(value: &Value) -> Option<&Value> {
    match value {
        Value::Object(fields) => fields.get("leaf").or_else(|| fields.values().find_map(leaf)),
        Value::Array(values) => values.iter().find_map(leaf),
        _ => None,
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(values) => values.iter().filter(|value| !value.is_null()).count().to_string(),
        Value::String(_) | Value::Object(_) => "value".to_owned(),
    }
}
