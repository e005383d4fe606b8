//! Whoever declines may ask a workspace not to write any more; sending honours it.

use std::time::Duration;

use serde_json::json;
use tests::{Usher, stories};

stories![
    whoever_declines_may_ask_not_to_be_written_to,
    declining_alone_does_not_forbid_a_second_invitation,
    asking_for_a_fresh_link_takes_an_opt_out_back,
];

async fn whoever_declines_may_ask_not_to_be_written_to(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    let (expired, _) = alice.sends_link(&acme, "Bob@Example.com").await;
    app.clock_moves(Duration::from_hours(8 * 24));
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    app.visitor("bob@example.com").opts_out(&link).await.succeeds();

    let refused = alice.invites_with(&acme, json!({ "email": "BOB@example.com" })).await;
    assert_eq!((refused.user_error().as_str(), refused.user_error_field().as_str()), ("RECIPIENT_OPTED_OUT", "email"));
    let rows = json!([{ "email": "carol@example.com" }, { "email": "bob@example.com" }]);
    let bulk = alice.invites_many(&acme, rows, None).await;
    assert_eq!(bulk.data("/results/0/userErrors"), &json!([]));
    assert_eq!(bulk.text("/results/1/userErrors/0/code"), "RECIPIENT_OPTED_OUT");
    assert_eq!(alice.resends(&expired).await.user_error(), "RECIPIENT_OPTED_OUT");

    let other = alice.creates_workspace("Other").await;
    alice.invites(&other, "bob@example.com").await;
    app.run_jobs().await;
    app.ignores_mail().await;
}

async fn declining_alone_does_not_forbid_a_second_invitation(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    app.visitor("bob@example.com").declines(&link).await.succeeds();
    alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    app.ignores_mail().await;
}

async fn asking_for_a_fresh_link_takes_an_opt_out_back(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let bob = app.visitor("bob@example.com");
    bob.opts_out(&link).await.succeeds();
    bob.asks_for_a_fresh_link(&link).await.succeeds();
    alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    app.ignores_mail().await;
}
