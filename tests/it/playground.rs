//! GraphiQL at /playground: what the page loads and from where, and whether its operations are ones of this schema.

use std::fs;
use std::path::{Path, PathBuf};

use axum::http::header::CONTENT_SECURITY_POLICY;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use sha2::{Digest, Sha384};
use tests::{EventStream, Program, Usher, stories, unescaped};

use crate::live;

stories![the_playground_loads_its_release_and_nothing_else];

/// Of the program, whose settings they change.
pub(crate) mod programs {
    use super::*;

    stories![alone:
        every_operation_to_begin_with_is_answered,
        a_closed_network_has_the_playground_from_a_folder,
        without_the_setting_there_is_no_playground,
        a_folder_without_the_packages_is_told_at_the_start,
    ];
}

/// Where ./test installs what is on npm.
pub(crate) fn packages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/node_modules")
}

/// The addresses in the attributes of this name.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!(" {name}=\"");
    html.split(begin.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

async fn the_playground_loads_its_release_and_nothing_else(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let page = alice.opens("/playground").await;
    let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().expect("text");
    let html = page.body().replace("&#x3D;", "=");
    assert!(html.contains(&format!("data-workspace=\"{}\"", acme.id())), "{html}");
    let release = "https://cdn.jsdelivr.net/npm/";
    let urls = [attributes(&html, "src"), attributes(&html, "href")].concat();
    let files: Vec<&str> = urls.into_iter().filter_map(|url| url.strip_prefix(release)).collect();
    let hashes = attributes(&html, "integrity");
    assert_eq!((files.len(), hashes.len()), (4, 4), "{html}");
    for file in files {
        assert!(policy.contains(&format!("{release}{file}")), "{file}: {policy}");
        let (package, path) = file.split_once('/').expect("a path in a package");
        let (name, _) = package.split_once('@').expect("a version");
        let installed = fs::read(packages().join(name).join(path)).expect("what ./test installs");
        let hash = format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(installed)));
        assert!(hashes.contains(&hash.as_str()), "{file}: {hash} is not in {hashes:?}");
    }
    let script_rule = policy.split("; ").find(|rule| rule.starts_with("script-src")).expect("a rule for scripts");
    assert!(!script_rule.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
}

async fn every_operation_to_begin_with_is_answered() {
    let (usher, alice, acme) = live::usher().await;
    let page = usher.gets("/playground").await.1;
    let operations = attributes(&page, "data-operations").pop().expect("operations");
    let operations = unescaped(operations);
    let operations: Vec<&str> = operations.trim().split("\n\n").collect();
    assert_eq!(operations.len(), 5, "{operations:?}");
    let variables =
        json!({ "workspaceId": acme.id(), "email": "bob@example.com", "password": "not the right password" });
    for operation in operations {
        if operation.contains("\nsubscription ") {
            let mut events = EventStream::open(usher.address(), &alice, operation, variables.clone()).await;
            alice.invites(&acme, "carol@example.com").await;
            let event = events.next().await;
            assert!(event["data"]["invitationStatusChanged"]["status"].is_string(), "{event}");
        } else {
            let answer = alice.graphql(operation, variables.clone()).await;
            assert!(answer.is_answered(), "{operation}: {answer:?}");
        }
    }
}

async fn a_closed_network_has_the_playground_from_a_folder() {
    let usher = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0");
    let usher = usher.with("USHER_PLAYGROUND_ASSETS", &packages().to_string_lossy()).starts().await;
    let (status, html) = usher.gets("/playground").await;
    assert_eq!((status, html.contains("://")), (200, false), "{html}");
    let urls = [attributes(&html, "src"), attributes(&html, "href")].concat();
    let mut own = urls.into_iter().filter(|url| url.starts_with("/playground/assets/")).peekable();
    assert!(own.peek().is_some(), "{html}");
    for url in own {
        let (status, file) = usher.gets(url).await;
        assert!(status == 200 && file.len() > 1_000, "{url}: {status}");
    }
    for elsewhere in ["graphql/package.json", "graphiql/package.json", "..%2F..%2Fpackage.json"] {
        assert_eq!(usher.gets(&format!("/playground/assets/{elsewhere}")).await.0, 404, "{elsewhere}");
    }
}

async fn without_the_setting_there_is_no_playground() {
    let usher = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0").with("USHER_PLAYGROUND", "off");
    let usher = usher.starts().await;
    assert_eq!(usher.gets("/playground").await.0, 404);
}

async fn a_folder_without_the_packages_is_told_at_the_start() {
    for command in ["up", "config"] {
        let mut usher =
            Program::new(&[command]).with("USHER_LISTEN", "127.0.0.1:0").with("USHER_PLAYGROUND_ASSETS", "/");
        let output = usher.runs().await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success() && said.contains("USHER_PLAYGROUND_ASSETS: react/umd"), "{command}: {said}");
    }
}
