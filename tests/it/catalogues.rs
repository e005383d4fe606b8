//! The catalogues: every text in every language, with the same places to fill, each used and none missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use entity::language::Language;
use tests::stories;

stories![alone:
    every_text_is_in_every_language_with_the_same_places,
    every_text_that_is_asked_for_is_there,
    every_text_is_used,
];

/// Messages by their keys: the names of the places that each fills.
type Messages = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The text of all files below a folder whose names end so, one after another.
fn texts(folder: &Path, ending: &str) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            all += &texts(&path, ending);
        } else if path.to_string_lossy().ends_with(ending) {
            all += &fs::read_to_string(&path).expect("a text");
        }
    }
    all
}

fn messages(language: Language) -> Messages {
    let mut messages = Messages::new();
    let mut places: Option<&mut BTreeSet<String>> = None;
    for line in texts(&root().join("templates/text").join(language.tag()), ".ftl").lines() {
        let begins = line.starts_with(|c: char| c.is_ascii_lowercase());
        if let Some((key, _)) = line.split_once(" = ").filter(|_| begins) {
            assert!(!messages.contains_key(key), "{key} is there twice in {}", language.tag());
            places = Some(messages.entry(key.to_owned()).or_default());
        } else if !line.starts_with([' ', '}', ']']) {
            places = None;
        }
        if let Some(places) = &mut places {
            places.extend(line.split('$').skip(1).map(name));
        }
    }
    assert!(messages.len() > 100, "{} is read", language.tag());
    messages
}

/// The name that a text begins with.
fn name(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect()
}

/// The keys of texts that templates and program ask for.
fn asked_for() -> BTreeSet<String> {
    let mut keys = BTreeSet::from(["moment".to_owned()]);
    for (folder, ending, before) in
        [("templates", ".hbs", "t \""), ("worker/src", ".rs", "Key(\""), ("server/src", ".rs", "Key(\"")]
    {
        let text = texts(&root().join(folder), ending);
        // A hash argument may end in the letter too: `text "…"` is no call.
        let calls = text.match_indices(before).filter(|(at, _)| !text[..*at].ends_with(char::is_alphanumeric));
        keys.extend(calls.map(|(at, before)| name(&text[at + before.len()..])));
    }
    assert!(keys.len() > 100, "{keys:?}");
    keys
}

async fn every_text_is_in_every_language_with_the_same_places() {
    let english = messages(Language::En);
    for language in Language::ALL {
        let other = messages(language);
        for (key, places) in &english {
            assert_eq!(Some(places), other.get(key), "{key} in {}", language.tag());
        }
        for key in other.keys() {
            assert!(english.contains_key(key), "{key} is in {} alone", language.tag());
        }
    }
}

async fn every_text_that_is_asked_for_is_there() {
    let english = messages(Language::En);
    let missing: Vec<_> = asked_for().into_iter().filter(|key| !english.contains_key(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

async fn every_text_is_used() {
    let asked_for = asked_for();
    let unused: Vec<_> = messages(Language::En).into_keys().filter(|key| !asked_for.contains(key)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}
