//! The house: a crate imports only what stands to its left, and what must stay in one place does.

use std::fs;
use std::path::{Path, PathBuf};

use tests::stories;

stories![alone:
    a_manifest_names_only_crates_to_its_left,
    a_use_line_names_only_crates_to_its_left,
    the_domain_knows_no_way_in_and_no_way_out,
    redis_is_known_to_the_doorbell_and_the_limits_alone,
    apalis_is_known_to_the_queue_alone,
    redis_is_known_to_few,
    every_file_says_what_it_owns,
];

/// Each crate and those of ours that it may import.
const ARROWS: [(&str, &[&str]); 5] = [
    ("migration", &[]),
    ("entity", &[]),
    ("domain", &["entity", "migration"]),
    ("worker", &["domain", "entity"]),
    ("server", &["worker", "domain", "entity", "migration"]),
];

/// What the domain must do without.
const NOT_OF_THE_DOMAIN: [&str; 8] =
    ["apalis", "async-graphql", "axum", "clap", "handlebars", "lettre", "reqwest", "tower"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The names of all dependencies of a crate, of whatever kind.
fn dependencies(krate: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join(krate).join("Cargo.toml")).expect("a manifest");
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section.ends_with("dependencies");
            if let Some((_, name)) = section.split_once("dependencies.") {
                names.push(name.to_owned());
            }
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            let name = line.split(['.', '=', ' ']).next().expect("a first word");
            names.push(name.trim_matches('"').to_owned());
        }
    }
    assert!(!names.is_empty(), "{krate} depends on something");
    names
}

/// The Rust files below a folder, with their text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            found.push((path, text));
        }
    }
    found
}

fn is_ours(name: &str) -> bool {
    name == "tests" || ARROWS.iter().any(|(krate, _)| *krate == name)
}

async fn a_manifest_names_only_crates_to_its_left() {
    for (krate, allowed) in ARROWS {
        for name in dependencies(krate).iter().filter(|name| is_ours(name)) {
            assert!(allowed.contains(&name.as_str()), "{krate} depends on {name}");
        }
    }
}

async fn a_use_line_names_only_crates_to_its_left() {
    for (krate, allowed) in ARROWS {
        for (path, text) in sources(&root().join(krate).join("src")) {
            for line in text.lines().map(str::trim_start) {
                let line = line.strip_prefix("pub ").unwrap_or(line);
                let Some(used) = line.strip_prefix("use ") else { continue };
                let name = used.trim_start_matches("::").split([':', ';', ' ']).next().expect("a first word");
                let allowed = name == krate || !is_ours(name) || allowed.contains(&name);
                assert!(allowed, "{}: {line}", path.display());
            }
        }
    }
}

async fn the_domain_knows_no_way_in_and_no_way_out() {
    for krate in ["entity", "domain"] {
        for name in dependencies(krate) {
            let known = NOT_OF_THE_DOMAIN.iter().any(|other| name == *other || name.starts_with(&format!("{other}-")));
            assert!(!known, "{krate} depends on {name}");
        }
    }
    assert!(!dependencies("worker").iter().any(|name| name.starts_with("axum") || name.starts_with("async-graphql")));
}

async fn redis_is_known_to_the_doorbell_and_the_limits_alone() {
    let source = root().join("domain/src");
    for (path, text) in sources(&source) {
        let name = path.strip_prefix(&source).expect("a path below the folder").to_string_lossy().into_owned();
        let known = name.starts_with("doorbell") || name.starts_with("rate_limit");
        assert!(known || !text.contains("redis::"), "{name}");
    }
}

async fn apalis_is_known_to_the_queue_alone() {
    for krate in ["domain", "worker", "server"] {
        let source = root().join(krate).join("src");
        for (path, text) in sources(&source) {
            if !path.starts_with(source.join("queue")) {
                assert!(!text.contains("apalis::") && !text.contains("apalis_redis::"), "{}", path.display());
            }
        }
    }
    assert!(!dependencies("server").iter().any(|name| name.starts_with("apalis")));
}

async fn redis_is_known_to_few() {
    let knowing = [("domain", &["rate_limit", "doorbell"][..]), ("worker", &["queue"]), ("server", &[])];
    for (krate, folders) in knowing {
        let source = root().join(krate).join("src");
        for (path, text) in sources(&source) {
            let inside = folders.iter().any(|folder| path.starts_with(source.join(folder)));
            assert!(inside || !text.contains(" redis::") && !text.contains("use redis"), "{}", path.display());
        }
    }
}

async fn every_file_says_what_it_owns() {
    let crates = ARROWS.iter().map(|(krate, _)| root().join(krate).join("src"));
    for folder in crates.chain([root().join("tests")]) {
        for (path, text) in sources(&folder) {
            assert!(text.starts_with("//! "), "{} has no header", path.display());
        }
    }
}
