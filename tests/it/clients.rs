//! What others wrote for GraphQL, from tests/clients, against the running program.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use tests::{Program, stories};
use tokio::process::Command;
use tokio::time::timeout;

stories![alone:
    every_audit_of_graphql_over_http_passes,
];

/// How long a script may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Runs one of the scripts in tests/clients.
pub(crate) async fn script(name: &str, arguments: &[&str]) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
    assert!(folder.join("node_modules").is_dir(), "npm ci has not run in tests/clients, as ./test lets it");
    let mut node = Command::new("node");
    node.arg(name).args(arguments).current_dir(folder).kill_on_drop(true);
    let output = timeout(PATIENCE, node.output()).await.expect("the script ends in time");
    output.expect("node, which ./test installs")
}

async fn every_audit_of_graphql_over_http_passes() {
    let usher = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0").starts().await;
    let output = script("audit.js", &[usher.address().join("/graphql").expect("a path").as_str()]).await;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stderr));
    let audits = said.split(' ').next().and_then(|count| count.parse::<usize>().ok());
    assert!(audits.is_some_and(|count| count >= 61), "not all audits were run: {said}");
}
