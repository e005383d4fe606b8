//! What others wrote for GraphQL, from tests/clients, against the running program.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use tests::{Program, stories};
use tokio::process::Command;
use tokio::time::timeout;

stories![alone:
    every_audit_of_graphql_over_http_passes,
    the_schema_passes_the_rules_of_eslint,
    graphql_codegen_makes_types_that_hold,
    graphql_request_asks_and_changes,
    apollo_client_asks_by_hash_changes_and_follows,
    urql_asks_changes_and_follows,
    relay_compiles_asks_changes_and_follows,
    gql_for_python_asks_changes_and_follows,
];

/// How long a script may take.
const PATIENCE: Duration = Duration::from_mins(2);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

/// Runs one of the scripts in tests/clients.
pub(crate) async fn script(name: &str, arguments: &[&str]) -> Output {
    assert!(folder().join("node_modules").is_dir(), "npm ci has not run in tests/clients, as ./test lets it");
    run(Command::new("node").arg(name).args(arguments).current_dir(folder())).await
}

/// Runs a program to its end.
pub(crate) async fn run(command: &mut Command) -> Output {
    let output = timeout(PATIENCE, command.kill_on_drop(true).output()).await.expect("the script ends in time");
    output.expect("a program that ./test installs")
}

fn succeeds(output: &Output) {
    let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).into_owned()).concat();
    assert!(output.status.success(), "{said}");
}

/// Runs a client as alice in her workspace: it asks, invites somebody, and is told of it where it can follow.
async fn works(client: impl AsyncFnOnce(&[&str]) -> Output) {
    let usher = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0").starts().await;
    let alice = usher.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    let (url, token) = (usher.address().join("/graphql").expect("a path"), alice.token().expect("somebody signed in"));
    succeeds(&client(&[url.as_str(), &token, acme.id(), "bob@example.com"]).await);
    usher.link_to("bob@example.com", "Alice invites you to Acme").await;
}

async fn every_audit_of_graphql_over_http_passes() {
    let usher = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0").starts().await;
    let output = script("audit.js", &[usher.address().join("/graphql").expect("a path").as_str()]).await;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stderr));
    let audits = said.split(' ').next().and_then(|count| count.parse::<usize>().ok());
    assert!(audits.is_some_and(|count| count >= 61), "not all audits were run: {said}");
}

async fn the_schema_passes_the_rules_of_eslint() {
    let root = folder().join("../..");
    let mut eslint = Command::new("node");
    eslint.arg("tests/clients/node_modules/eslint/bin/eslint.js").current_dir(root);
    eslint.args(["--config", "tests/clients/eslint.config.js", "--max-warnings", "0", "schema.graphql"]);
    succeeds(&run(&mut eslint).await);
}

async fn graphql_codegen_makes_types_that_hold() {
    succeeds(&script("codegen.js", &[]).await);
}

async fn graphql_request_asks_and_changes() {
    works(async |arguments| script("request.js", arguments).await).await;
}

async fn apollo_client_asks_by_hash_changes_and_follows() {
    works(async |arguments| script("apollo.js", arguments).await).await;
}

async fn urql_asks_changes_and_follows() {
    works(async |arguments| script("urql.js", arguments).await).await;
}

async fn relay_compiles_asks_changes_and_follows() {
    works(async |arguments| script("relay.js", arguments).await).await;
}

async fn gql_for_python_asks_changes_and_follows() {
    let python = folder().join("../../target/clients-python/bin/python");
    assert!(python.is_file(), "the packages of tests/clients/requirements.txt are not installed, as ./test does it");
    works(async |arguments| run(Command::new(&python).arg("python.py").args(arguments).current_dir(folder())).await)
        .await;
}
