//! The feed of one process: events are read once for all who follow, and for those who came before it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::membership::Role;
use entity::{event, numbering};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tests::{Actor, EventStream, Object, Served, Serving, Usher, eventually, stories};

use crate::{
    deletion::{GRACE, deletes},
    members::{hands_over, membership_of, removes},
};

stories![
    whoever_comes_before_the_first_reading_is_told_all_the_same,
    events_are_read_once_for_all_who_follow,
    no_number_comes_again_when_the_newest_events_are_deleted_with_their_workspace,
    numbers_go_on_after_the_greatest_also_when_their_row_does_not_know_it,
    a_cursor_that_no_event_has_reached_is_refused,
    whoever_comes_back_says_the_id_of_the_last_event_and_is_told_the_rest,
    who_follows_is_told_nothing_of_a_request_that_changes_no_invitation,
    a_subscription_ends_when_its_workspace_is_deleted,
    what_is_the_same_for_all_is_what_a_query_says,
    whoever_follows_is_told_what_he_or_she_may_see,
    whoever_follows_is_told_by_the_role_of_now,
    whoever_is_removed_is_told_of_nothing_that_comes_after,
];

const FOLLOW: &str = "subscription($id: ID!, $after: String) { \
                      invitationStatusChanged(workspaceId: $id, after: $after) { \
                      invitation { email invitedBy { name } locations { name } } } }";

/// All that is the same for all who may follow a workspace.
const SAME: &str = "__typename id email role message status createdAt expiresAt respondedAt language suspended \
                    droppedLocations \
                    viewerCanResend viewerCanRevoke locations { id name address createdAt __typename } \
                    invitedBy { id name email createdAt __typename } \
                    delivery { status attempts lastError nextAttemptAt sentAt messageId __typename }";

pub(crate) async fn cursor(alice: &Actor, acme: &Object) -> Value {
    let query = "query($id: ID!) { workspace(id: $id) { eventCursor } }";
    alice.graphql(query, json!({ "id": acme.id() })).await.data("/workspace/eventCursor").clone()
}

async fn follows(served: &Served, alice: &Actor, acme: &Object, after: &Value) -> EventStream {
    EventStream::open(served.address.clone(), alice, FOLLOW, json!({ "id": acme.id(), "after": after })).await
}

async fn whoever_comes_back_says_the_id_of_the_last_event_and_is_told_the_rest(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let served = app.serves(Serving::default()).await;
    // A browser's EventSource asks the same each time: after the cursor of its page.
    let variables = json!({ "id": acme.id(), "after": cursor(&alice, &acme).await });
    let comes_back = async |id: Option<&str>| {
        EventStream::comes_back(served.address.clone(), &alice, FOLLOW, variables.clone(), id).await
    };
    let mut events = comes_back(None).await;
    alice.invites(&acme, "bob@example.com").await;
    is_told_of(&mut events, "bob@example.com").await;
    let id = events.id().expect("an event with an id").to_owned();
    assert_eq!(json!(id), cursor(&alice, &acme).await);
    drop(events);
    alice.invites(&acme, "carol@example.com").await;
    let mut events = comes_back(Some(&id)).await;
    is_told_of(&mut events, "carol@example.com").await;
    let answer = comes_back(Some("none of ours")).await.next().await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
    app.ignores_mail().await;
}

async fn is_told_of(events: &mut EventStream, email: &str) {
    let event = events.next().await;
    assert_eq!(event["data"]["invitationStatusChanged"]["invitation"]["email"], email);
}

async fn all_are_numbered(app: &Usher) {
    eventually("all events have their numbers", async || {
        let without = event::Entity::find().filter(event::Column::Number.is_null()).count(app.db()).await;
        (without.expect("a number") == 0).then_some(())
    })
    .await;
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

async fn no_number_comes_again_when_the_newest_events_are_deleted_with_their_workspace(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let other = alice.creates_workspace("Other").await;
    let served = app.serves(Serving::default()).await;
    let mut there = follows(&served, &alice, &other, &cursor(&alice, &other).await).await;
    alice.invites(&acme, "bob@example.com").await;
    deletes(&alice, &acme).await.succeeds();
    all_are_numbered(&app).await;
    let away_since = cursor(&alice, &other).await;
    app.clock_moves(GRACE + Duration::from_mins(2));
    worker::sweep(app.domain()).await.expect("a sweep");
    alice.invites(&other, "carol@example.com").await;
    is_told_of(&mut there, "carol@example.com").await;
    let mut back = follows(&served, &alice, &other, &away_since).await;
    is_told_of(&mut back, "carol@example.com").await;
    app.ignores_mail().await;
}

async fn numbers_go_on_after_the_greatest_also_when_their_row_does_not_know_it(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let _served = app.serves(Serving::default()).await;
    alice.invites(&acme, "bob@example.com").await;
    all_are_numbered(&app).await;
    // As a process leaves it that numbers without the row.
    app.db().execute_unprepared("UPDATE numbering SET reached = 0").await.expect("a number");
    alice.invites(&acme, "carol@example.com").await;
    all_are_numbered(&app).await;
    let events = app.count::<event::Entity>().await;
    let reached = numbering::Entity::find().one(app.db()).await.expect("a row").map(|row| row.reached);
    assert_eq!(reached, i64::try_from(events).ok(), "each event has a number of its own, without a gap");
    app.ignores_mail().await;
}

async fn a_cursor_that_no_event_has_reached_is_refused(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let served = app.serves(Serving::default()).await;
    let beyond = URL_SAFE_NO_PAD.encode("n1000000");
    let mut events = follows(&served, &alice, &acme, &json!(beyond)).await;
    let refused = events.next().await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{refused}");
    events.ends().await;
}

async fn who_follows_is_told_nothing_of_a_request_that_changes_no_invitation(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    alice.revokes(&invitation).await.succeeds();
    let served = app.serves(Serving::default()).await;
    all_are_numbered(&app).await;
    let mut events = follows(&served, &alice, &acme, &cursor(&alice, &acme).await).await;
    app.visitor("bob@example.com").asks_for_a_fresh_link(&link).await.succeeds();
    alice.invites(&acme, "carol@example.com").await;
    is_told_of(&mut events, "carol@example.com").await;
    app.ignores_mail().await;
}

async fn a_subscription_ends_when_its_workspace_is_deleted(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let served = app.serves(Serving::default()).await;
    let mut events = follows(&served, &alice, &acme, &cursor(&alice, &acme).await).await;
    alice.invites(&acme, "bob@example.com").await;
    is_told_of(&mut events, "bob@example.com").await;
    deletes(&alice, &acme).await.succeeds();
    let told = events.next().await;
    assert_eq!(told["errors"][0]["extensions"]["code"], "NOT_FOUND", "{told}");
    events.ends().await;
    app.ignores_mail().await;
}

async fn what_is_the_same_for_all_is_what_a_query_says(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let served = app.serves(Serving::default()).await;
    let after = cursor(&alice, &acme).await;
    let follow = format!(
        "subscription($id: ID!, $after: String) {{ invitationStatusChanged(workspaceId: $id, after: $after) {{ \
         __typename cursor occurredAt now: status deliveryStatus invitation {{ {SAME} }} }} }}"
    );
    let variables = json!({ "id": acme.id(), "after": after });
    let mut told = Vec::new();
    for actor in [&alice, &adam, &alice, &adam] {
        told.push(EventStream::open(served.address.clone(), actor, &follow, variables.clone()).await);
    }
    let input = json!({ "email": "bob@example.com", "message": "Hello", "locationIds": [riga.id()] });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Invitation {{ {SAME} }} }} }}");
    let expected = adam.graphql(&query, json!({ "id": invitation.id() })).await.data("/node").clone();
    for events in &mut told {
        let event = events.next().await;
        let change = &event["data"]["invitationStatusChanged"];
        assert_eq!(change["invitation"], expected);
        assert_eq!((&change["now"], &change["__typename"]), (&json!("PENDING"), &json!("InvitationEvent")));
    }
    app.ignores_mail().await;
}

async fn whoever_follows_is_told_what_he_or_she_may_see(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let bob = app.account("bob@example.com").await;
    let served = app.serves(Serving::default()).await;
    let after = cursor(&alice, &acme).await;
    let follow = "subscription($id: ID!, $after: String, $all: Boolean!) { \
                  invitationStatusChanged(workspaceId: $id, after: $after) { \
                  invitation { viewerCanRevoke email @include(if: $all) workspace @include(if: $all) { viewerRole } } } }";
    let own = "subscription($after: String) { viewerInvitations(after: $after) { \
               invitation { viewerCanRevoke email workspace { viewerRole } } } }";
    let seen = |role: Value| json!({ "viewerCanRevoke": !role.is_null(), "email": "bob@example.com", "workspace": { "viewerRole": role } });
    let mut told = Vec::new();
    for (actor, query, all, expected) in [
        (&alice, follow, true, seen(json!("OWNER"))),
        (&adam, follow, true, seen(json!("ADMINISTRATOR"))),
        (&alice, follow, false, json!({ "viewerCanRevoke": true })),
        (&adam, follow, false, json!({ "viewerCanRevoke": true })),
        (&bob, own, true, seen(json!(null))),
    ] {
        let variables = json!({ "id": acme.id(), "after": after, "all": all });
        told.push((EventStream::open(served.address.clone(), actor, query, variables).await, expected));
    }
    alice.invites(&acme, "bob@example.com").await;
    for (events, expected) in &mut told {
        let event = events.next().await;
        let change = event["data"].as_object().and_then(|data| data.values().next());
        assert_eq!(change.map(|change| &change["invitation"]), Some(&*expected), "{event}");
    }
    app.ignores_mail().await;
}

async fn whoever_follows_is_told_by_the_role_of_now(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let served = app.serves(Serving::default()).await;
    let follow = "subscription($id: ID!, $after: String) { invitationStatusChanged(workspaceId: $id, after: $after) { \
                  invitation { workspace { name viewerRole } } } }";
    let variables = json!({ "id": acme.id(), "after": cursor(&alice, &acme).await });
    let mut of_alice = EventStream::open(served.address.clone(), &alice, follow, variables.clone()).await;
    let mut of_adam = EventStream::open(served.address.clone(), &adam, follow, variables).await;
    let mut are_told = async |name: &str, alice: &str, adam: &str| {
        for (events, role) in [(&mut of_alice, alice), (&mut of_adam, adam)] {
            let event = events.next().await;
            let workspace = &event["data"]["invitationStatusChanged"]["invitation"]["workspace"];
            assert_eq!(*workspace, json!({ "name": name, "viewerRole": role }), "{event}");
        }
    };
    alice.invites(&acme, "bob@example.com").await;
    are_told("Acme", "OWNER", "ADMINISTRATOR").await;
    // As many owners and administrators as before.
    hands_over(&alice, &acme, &membership_of(&adam, &acme).await).await.succeeds();
    alice.invites(&acme, "carol@example.com").await;
    are_told("Acme", "ADMINISTRATOR", "OWNER").await;
    let renamed = json!({ "workspaceId": acme.id(), "name": "Acme Baltic" });
    adam.mutates("updateWorkspace", renamed, "workspace { name }").await.succeeds();
    alice.invites(&acme, "dave@example.com").await;
    are_told("Acme Baltic", "ADMINISTRATOR", "OWNER").await;
    app.ignores_mail().await;
}

async fn whoever_is_removed_is_told_of_nothing_that_comes_after(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let served = app.serves(Serving::default()).await;
    let mut events = follows(&served, &adam, &acme, &cursor(&alice, &acme).await).await;
    alice.invites(&acme, "bob@example.com").await;
    is_told_of(&mut events, "bob@example.com").await;
    removes(&alice, &membership_of(&adam, &acme).await).await.succeeds();
    alice.invites(&acme, "carol@example.com").await;
    let told = events.next().await;
    assert_eq!(told["errors"][0]["extensions"]["code"], "NOT_FOUND", "{told}");
    events.ends().await;
    app.ignores_mail().await;
}
