//! The keys of links while they are rotated: the newest makes them, and those that are still set verify.

use std::path::Path;

use tests::{CREATE_ALICE, Program, Running, stories};

stories![alone: a_link_lives_as_long_as_its_key];

const OLD: &str = "the key that was in use with 32 bytes or more";
const NEW: &str = "the key that follows it with 32 bytes or more";

async fn starts(data: &Path, keys: &str) -> Running {
    let data = data.to_str().expect("a path in UTF-8");
    let up = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0").with("USHER_DATA_DIR", data);
    up.with("USHER_SECRET_KEY", keys).starts().await
}

/// The link of a fresh invitation of this address.
async fn link(usher: &Running, email: &str) -> String {
    let alice = usher.visitor("alice@example.com");
    alice.logs_in().await.succeeds();
    let acme = alice.creates_workspace("Acme").await;
    alice.invites(&acme, email).await;
    usher.link_to(email, "Alice invites you to Acme").await
}

async fn a_link_lives_as_long_as_its_key() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let folder = data.path().to_str().expect("a path in UTF-8");
    assert!(Program::new(&CREATE_ALICE).with("USHER_DATA_DIR", folder).runs().await.status.success());
    let usher = starts(data.path(), OLD).await;
    let old = link(&usher, "bob@example.com").await;
    usher.stops().await;

    let usher = starts(data.path(), &format!("{NEW}, {OLD}")).await;
    let bob = usher.visitor("bob@example.com");
    assert_eq!(bob.looks_at(&old).await.text("/status"), "PENDING");
    assert_eq!(bob.joins(&old).await.text("/nextStep"), "REGISTER");
    let new = link(&usher, "carl@example.com").await;
    usher.stops().await;

    let usher = starts(data.path(), NEW).await;
    let carl = usher.visitor("carl@example.com");
    assert_eq!(carl.joins(&new).await.text("/nextStep"), "REGISTER");
    assert!(carl.looks_at(&old).await.is_null());
    assert_eq!(carl.joins(&old).await.user_error(), "TOKEN_INVALID");
    usher.stops().await;

    let usher = starts(data.path(), OLD).await;
    let carl = usher.visitor("carl@example.com");
    assert_eq!(carl.joins(&new).await.user_error(), "TOKEN_INVALID", "the newest key made it");
}
