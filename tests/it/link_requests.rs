//! The way forward for whoever holds a link that cannot be used any more: to ask the administrators for a fresh one.

use std::time::Duration;

use entity::membership::Role;
use serde_json::json;
use tests::{Actor, Object, Usher, stories};

stories![
    the_holder_of_a_dead_link_asks_for_a_fresh_one,
    a_link_that_works_and_one_that_was_used_ask_for_nothing,
    asking_again_within_a_day_changes_nothing,
    a_request_goes_when_its_person_is_invited_again,
    only_those_who_manage_invitations_see_and_dismiss_requests,
];

const DAY: Duration = Duration::from_hours(24);

async fn requests(actor: &Actor, workspace: &Object) -> Vec<String> {
    let query = "query($id: ID!) { workspace(id: $id) { linkRequests { invitation { email status } } } }";
    let answer = actor.graphql(query, json!({ "id": workspace.id() })).await;
    let requests = answer.data("/workspace/linkRequests").as_array().expect("a list").clone();
    requests.iter().map(|request| request["invitation"]["email"].as_str().expect("an address").to_owned()).collect()
}

async fn the_holder_of_a_dead_link_asks_for_a_fresh_one(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    let (_, expired) = alice.sends_link(&acme, "bob@example.com").await;
    app.clock_moves(8 * DAY);
    let (revoked_invitation, revoked) = alice.sends_link(&acme, "carol@example.com").await;
    let (_, declined) = alice.sends_link(&acme, "dave@example.com").await;
    alice.revokes(&revoked_invitation).await.succeeds();
    let visitor = app.visitor("dave@example.com");
    visitor.declines(&declined).await.succeeds();
    for link in [&expired, &revoked, &declined] {
        app.clock_moves(Duration::from_secs(1));
        visitor.asks_for_a_fresh_link(link).await.succeeds();
    }
    assert_eq!(requests(&alice, &acme).await, ["dave@example.com", "carol@example.com", "bob@example.com"]);
    assert_eq!(visitor.asks_for_a_fresh_link("http://usher.test/join/forged").await.user_error(), "TOKEN_INVALID");
    app.ignores_mail().await;
}

async fn a_link_that_works_and_one_that_was_used_ask_for_nothing(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let bob = app.account("bob@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    assert_eq!(bob.asks_for_a_fresh_link(&link).await.user_error(), "INVALID_INPUT");
    bob.joins(&link).await.succeeds();
    assert_eq!(bob.asks_for_a_fresh_link(&link).await.user_error(), "INVITATION_ALREADY_ACCEPTED");
    assert!(requests(&alice, &acme).await.is_empty());
    app.run_jobs().await;
    app.ignores_mail().await;
}

async fn asking_again_within_a_day_changes_nothing(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    alice.revokes(&invitation).await.succeeds();
    let bob = app.visitor("bob@example.com");
    let told = async || {
        let query = "query($id: ID!) { workspace(id: $id) { events(last: 100) { nodes { summary } } } }";
        let answer = alice.graphql(query, json!({ "id": acme.id() })).await;
        let events = answer.data("/workspace/events/nodes").as_array().expect("a list").clone();
        events.iter().filter(|event| event["summary"] == "bob@example.com asked for a fresh link.").count()
    };
    for _ in 0..2 {
        bob.asks_for_a_fresh_link(&link).await.succeeds();
    }
    alice.dismisses_request(&invitation).await.succeeds();
    bob.asks_for_a_fresh_link(&link).await.succeeds();
    app.run_jobs().await;
    assert_eq!((told().await, requests(&alice, &acme).await.len()), (1, 0), "a dismissed one stays away for the day");
    app.clock_moves(DAY);
    bob.asks_for_a_fresh_link(&link).await.succeeds();
    app.run_jobs().await;
    assert_eq!((told().await, requests(&alice, &acme).await.len()), (2, 1));
    app.ignores_mail().await;
}

async fn a_request_goes_when_its_person_is_invited_again(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    let (expired, first) = alice.sends_link(&acme, "bob@example.com").await;
    app.clock_moves(8 * DAY);
    let (revoked, second) = alice.sends_link(&acme, "carol@example.com").await;
    alice.revokes(&revoked).await.succeeds();
    let visitor = app.visitor("bob@example.com");
    for link in [&first, &second] {
        visitor.asks_for_a_fresh_link(link).await.succeeds();
    }
    assert_eq!(requests(&alice, &acme).await.len(), 2);
    app.clock_moves(Duration::from_secs(1));
    alice.resends(&expired).await.succeeds();
    alice.invites(&acme, "carol@example.com").await;
    assert!(requests(&alice, &acme).await.is_empty());
    app.run_jobs().await;
    app.ignores_mail().await;
}

async fn only_those_who_manage_invitations_see_and_dismiss_requests(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    let user = app.member("user@example.com", &acme, Role::User).await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    alice.revokes(&invitation).await.succeeds();
    app.visitor("bob@example.com").asks_for_a_fresh_link(&link).await.succeeds();
    let query = "query($id: ID!) { workspace(id: $id) { linkRequests { requestedAt } } }";
    assert_eq!(user.graphql(query, json!({ "id": acme.id() })).await.error_code(), "FORBIDDEN");
    assert_eq!(user.dismisses_request(&invitation).await.error_code(), "FORBIDDEN");
    let stranger = app.account("mallory@example.com").await;
    assert_eq!(stranger.dismisses_request(&invitation).await.error_code(), "NOT_FOUND");
    assert_eq!(requests(&alice, &acme).await, ["bob@example.com"]);
    app.ignores_mail().await;
}
