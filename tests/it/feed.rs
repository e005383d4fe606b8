//! The feed of one process: events are read once for all who follow, and for those who came before it.

use serde_json::{Value, json};
use tests::{Actor, EventStream, Object, Served, Serving, Usher, stories};

stories![whoever_comes_before_the_first_reading_is_told_all_the_same, events_are_read_once_for_all_who_follow];

const FOLLOW: &str = "subscription($id: ID!, $after: String) { \
                      invitationStatusChanged(workspaceId: $id, after: $after) { invitation { email } } }";

async fn cursor(alice: &Actor, acme: &Object) -> Value {
    let query = "query($id: ID!) { workspace(id: $id) { eventCursor } }";
    alice.graphql(query, json!({ "id": acme.id() })).await.data("/workspace/eventCursor").clone()
}

async fn follows(served: &Served, alice: &Actor, acme: &Object, after: &Value) -> EventStream {
    EventStream::open(served.address.clone(), alice, FOLLOW, json!({ "id": acme.id(), "after": after })).await
}

async fn is_told_of(events: &mut EventStream, email: &str) {
    let event = events.next().await;
    assert_eq!(event["data"]["invitationStatusChanged"]["invitation"]["email"], email);
}

async fn whoever_comes_before_the_first_reading_is_told_all_the_same(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let mut served = app.serves(Serving { reads_events: false, ..Serving::default() }).await;
    let after = cursor(&alice, &acme).await;
    alice.invites(&acme, "bob@example.com").await;
    let mut events = follows(&served, &alice, &acme, &after).await;
    is_told_of(&mut events, "bob@example.com").await;
    served.reads_events();
    alice.invites(&acme, "carol@example.com").await;
    is_told_of(&mut events, "carol@example.com").await;
    alice.invites(&acme, "dave@example.com").await;
    is_told_of(&mut events, "dave@example.com").await;
    app.ignores_mail().await;
}

async fn events_are_read_once_for_all_who_follow(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let served = app.serves(Serving::default()).await;
    let mut all = Vec::new();
    let mut spent = Vec::new();
    for (count, first, second) in
        [(2, "bob@example.com", "carol@example.com"), (40, "dave@example.com", "erin@example.com")]
    {
        let after = cursor(&alice, &acme).await;
        while all.len() < count {
            all.push(follows(&served, &alice, &acme, &after).await);
        }
        alice.invites(&acme, first).await;
        for events in &mut all {
            is_told_of(events, first).await;
        }
        let told = async {
            alice.invites(&acme, second).await;
            for events in &mut all {
                is_told_of(events, second).await;
            }
        };
        spent.push(app.statements_of(told).await.0);
    }
    // The rest is what is looked at once a second.
    assert!(spent[1] < spent[0] + 20, "for 2 and for 40 who follow: {spent:?}");
    app.ignores_mail().await;
}
