//! Live events: what a subscriber of the running program is told, and that its log tells nobody else.

use std::fs;

use serde_json::{Value, json};
use tests::{Actor, EventStream, Object, Program, Running, stories};

use crate::deletion::deletes;
use crate::members::{membership_of, removes, updates};

stories![alone:
    a_subscriber_is_told_every_change_in_order,
    a_subscriber_who_was_away_goes_on_after_its_cursor,
    nobody_follows_a_workspace_without_the_right,
    a_subscription_ends_with_its_session,
    a_subscription_ends_with_the_membership_and_with_the_role,
    who_is_invited_is_told_what_becomes_of_the_invitations,
    who_is_invited_is_told_nothing_of_a_deleted_workspace,
    a_subscription_does_not_hold_up_a_stop_and_is_broken_off,
    no_token_reaches_the_log_even_at_debug,
];

const FOLLOW: &str = "subscription($id: ID!, $after: String) { invitationStatusChanged(workspaceId: $id, after: $after) { \
                      cursor status deliveryStatus invitation { id status } } }";

const FOLLOW_OWN: &str = "subscription($after: String) { viewerInvitations(after: $after) { \
                          cursor status deliveryStatus invitation { id workspace { name } } } }";

pub(crate) async fn usher() -> (Running, Actor, Object) {
    let program = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0").with("USHER_LOG", "debug");
    let usher = program.starts().await;
    let alice = usher.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    (usher, alice, acme)
}

/// Where events stand now.
async fn now(alice: &Actor, acme: &Object) -> Value {
    let query = "query($id: ID!) { workspace(id: $id) { eventCursor } }";
    alice.graphql(query, json!({ "id": acme.id() })).await.data("/workspace/eventCursor").clone()
}

async fn follow(usher: &Running, actor: &Actor, acme: &Object, after: Value) -> EventStream {
    EventStream::open(usher.address(), actor, FOLLOW, json!({ "id": acme.id(), "after": after })).await
}

fn told(event: &Value) -> (String, String) {
    let change = &event["data"]["invitationStatusChanged"];
    let text = |name: &str| change[name].as_str().unwrap_or_else(|| panic!("{event}")).to_owned();
    (text("status"), text("deliveryStatus"))
}

fn change(status: &str, delivery: &str) -> (String, String) {
    (status.to_owned(), delivery.to_owned())
}

async fn a_subscriber_is_told_every_change_in_order() {
    let (usher, alice, acme) = usher().await;
    let mut events = follow(&usher, &alice, &acme, now(&alice, &acme).await).await;
    alice.invites(&acme, "bob@example.com").await;
    let link = usher.link_to("bob@example.com", "Alice invites you to Acme").await;
    assert_eq!(told(&events.next().await), change("PENDING", "QUEUED"));
    assert_eq!(told(&events.next().await), change("PENDING", "SENT"));
    let bob = usher.visitor("bob@example.com");
    bob.joins(&link).await.succeeds();
    assert_eq!(told(&events.next().await), change("CONFIRMED", "SENT"));
    bob.registers_through(&link).await.succeeds();
    assert_eq!(told(&events.next().await), change("ACCEPTED", "SENT"));
}

async fn a_subscriber_who_was_away_goes_on_after_its_cursor() {
    let (usher, alice, acme) = usher().await;
    let mut events = follow(&usher, &alice, &acme, now(&alice, &acme).await).await;
    let bob = alice.invites(&acme, "bob@example.com").await;
    let first = events.next().await;
    assert_eq!(told(&first), change("PENDING", "QUEUED"));
    drop(events);
    usher.link_to("bob@example.com", "Alice invites you to Acme").await;
    alice.revokes(&bob).await.succeeds();
    let cursor = first["data"]["invitationStatusChanged"]["cursor"].clone();
    let mut events = follow(&usher, &alice, &acme, cursor).await;
    assert_eq!(told(&events.next().await), change("PENDING", "SENT"));
    assert_eq!(told(&events.next().await), change("REVOKED", "SENT"));
}

async fn nobody_follows_a_workspace_without_the_right() {
    let (usher, alice, acme) = usher().await;
    let mallory = usher.account("mallory@example.com").await;
    let mut events = follow(&usher, &mallory, &acme, json!(null)).await;
    assert_eq!(events.next().await["errors"][0]["extensions"]["code"], "NOT_FOUND");
    let mut events = follow(&usher, &alice.elsewhere(), &acme, json!(null)).await;
    assert_eq!(events.next().await["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    let mut events = EventStream::open(usher.address(), &alice.elsewhere(), FOLLOW_OWN, json!({})).await;
    assert_eq!(events.next().await["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

async fn a_subscription_ends_with_its_session() {
    let (usher, alice, acme) = usher().await;
    let elsewhere = alice.elsewhere();
    elsewhere.logs_in().await.succeeds();
    let mut of_workspace = follow(&usher, &elsewhere, &acme, now(&alice, &acme).await).await;
    let mut of_viewer = EventStream::open(usher.address(), &elsewhere, FOLLOW_OWN, json!({})).await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    assert_eq!(told(&of_workspace.next().await), change("PENDING", "QUEUED"));
    usher.link_to("bob@example.com", "Alice invites you to Acme").await;
    assert_eq!(told(&of_workspace.next().await), change("PENDING", "SENT"));
    elsewhere.logs_out().await.succeeds();
    alice.revokes(&invitation).await.succeeds();
    for events in [&mut of_workspace, &mut of_viewer] {
        assert_eq!(events.next().await["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        events.ends().await;
    }
}

async fn a_subscription_ends_with_the_membership_and_with_the_role() {
    let (usher, alice, acme) = usher().await;
    let administrator = async |email: &str| {
        let input = json!({ "email": email, "role": "ADMINISTRATOR" });
        alice.invites_with(&acme, input).await.succeeds();
        let link = usher.link_to(email, "Alice invites you to Acme").await;
        let actor = usher.visitor(email);
        actor.registers_through(&link).await.succeeds();
        actor.logs_in().await.succeeds();
        actor
    };
    let (bob, carol) = (administrator("bob@example.com").await, administrator("carol@example.com").await);
    let (of_bob, of_carol) = (membership_of(&bob, &acme).await, membership_of(&carol, &acme).await);
    let mut told_to_bob = follow(&usher, &bob, &acme, now(&alice, &acme).await).await;
    let mut told_to_carol = follow(&usher, &carol, &acme, now(&alice, &acme).await).await;
    // Nothing else happens that they could be told of.
    removes(&alice, &of_bob).await.succeeds();
    updates(&alice, &of_carol, json!({ "role": "USER" })).await.succeeds();
    assert_eq!(told_to_bob.next().await["errors"][0]["extensions"]["code"], "NOT_FOUND");
    told_to_bob.ends().await;
    assert_eq!(told_to_carol.next().await["errors"][0]["extensions"]["code"], "FORBIDDEN");
    told_to_carol.ends().await;
}

async fn who_is_invited_is_told_what_becomes_of_the_invitations() {
    let (usher, alice, acme) = usher().await;
    let (bob, zeta) = (usher.account("bob@example.com").await, alice.creates_workspace("Zeta").await);
    let cursor = bob.graphql("{ viewer { eventCursor } }", json!({})).await.data("/viewer/eventCursor").clone();
    let variables = json!({ "after": cursor });
    let mut events = EventStream::open(usher.address(), &bob, FOLLOW_OWN, variables.clone()).await;
    let first = alice.invites(&acme, "Bob@Example.com").await;
    let of_acme = ["Acme PENDING QUEUED", "Acme PENDING SENT"];
    assert_eq!(told_of_own(&mut events, 2).await, of_acme);
    alice.invites(&acme, "carol@example.com").await;
    alice.invites(&zeta, "bob@example.com").await;
    let of_zeta = ["Zeta PENDING QUEUED", "Zeta PENDING SENT"];
    assert_eq!(told_of_own(&mut events, 2).await, of_zeta);
    alice.revokes(&first).await.succeeds();
    let revoked = ["Acme REVOKED SENT"];
    assert_eq!(told_of_own(&mut events, 1).await, revoked);
    let mut again = EventStream::open(usher.address(), &bob, FOLLOW_OWN, variables).await;
    assert_eq!(told_of_own(&mut again, 5).await, [&of_acme[..], &of_zeta, &revoked].concat());
}

async fn who_is_invited_is_told_nothing_of_a_deleted_workspace() {
    let (usher, alice, acme) = usher().await;
    let zeta = alice.creates_workspace("Zeta").await;
    let bob = usher.account("bob@example.com").await;
    let cursor = bob.graphql("{ viewer { eventCursor } }", json!({})).await.data("/viewer/eventCursor").clone();
    alice.invites(&acme, "bob@example.com").await;
    usher.link_to("bob@example.com", "Alice invites you to Acme").await;
    deletes(&alice, &acme).await.succeeds();
    let mut events = EventStream::open(usher.address(), &bob, FOLLOW_OWN, json!({ "after": cursor })).await;
    alice.invites(&zeta, "bob@example.com").await;
    assert_eq!(told_of_own(&mut events, 1).await, ["Zeta PENDING QUEUED"]);
}

/// The next changes of the invitations addressed to somebody.
async fn told_of_own(events: &mut EventStream, count: usize) -> Vec<String> {
    let mut told = Vec::new();
    for _ in 0..count {
        let event = events.next().await;
        let change = &event["data"]["viewerInvitations"];
        let text = |path: &str| change.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{event}"));
        told.push(format!("{} {} {}", text("/invitation/workspace/name"), text("/status"), text("/deliveryStatus")));
    }
    told
}

async fn a_subscription_does_not_hold_up_a_stop_and_is_broken_off() {
    let (usher, alice, acme) = usher().await;
    let mut events = follow(&usher, &alice, &acme, now(&alice, &acme).await).await;
    alice.invites(&acme, "bob@example.com").await;
    assert_eq!(told(&events.next().await), change("PENDING", "QUEUED"));
    let (status, took) = usher.stops().await;
    assert_eq!(status.code(), Some(0));
    assert!(took.as_secs() < 10, "{took:?}");
    events.is_broken_off().await;
}

async fn no_token_reaches_the_log_even_at_debug() {
    let (usher, alice, acme) = usher().await;
    alice.invites(&acme, "bob@example.com").await;
    let link = usher.link_to("bob@example.com", "Alice invites you to Acme").await;
    let token = link.rsplit('/').next().expect("a token").to_owned();
    usher.gets(&format!("/join/{token}")).await;
    let bob = usher.visitor("bob@example.com");
    bob.joins(&link).await.succeeds();
    bob.registers_through(&link).await.succeeds();
    bob.logs_in().await.succeeds();
    let log = fs::read_to_string(usher.log()).expect("the log of the program");
    assert!(log.contains("answered"), "the log is at debug");
    let sessions = [alice.token(), bob.token()].map(|token| token.expect("somebody signed in"));
    for secret in [&token, &sessions[0], &sessions[1]] {
        assert!(!log.contains(secret.as_str()), "a token is in the log");
    }
}
