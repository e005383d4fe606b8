//! Whoever follows by server-sent events and lost the connection, or whom a failure of ours met: nothing is missed.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Actor, EventStream, Object, Served, Serving, Usher, stories};
use tokio::time::timeout;

stories![
    who_comes_back_before_anything_was_told_goes_on_from_the_beginning,
    an_event_that_could_not_be_told_is_told_later,
    whom_a_failure_of_ours_breaks_off_is_not_told_that_it_is_the_end,
];

const FOLLOW: &str = "subscription($id: ID!) { invitationStatusChanged(workspaceId: $id) { \
                      invitation { email locations { name } } } }";

async fn comes(served: &Served, alice: &Actor, acme: &Object, id: Option<&str>) -> EventStream {
    EventStream::of_browser(served.address.clone(), alice, FOLLOW, json!({ "id": acme.id() }), id).await
}

fn email_of(event: &Value) -> &Value {
    &event["data"]["invitationStatusChanged"]["invitation"]["email"]
}

async fn who_comes_back_before_anything_was_told_goes_on_from_the_beginning(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let served = app.serves(Serving::default()).await;
    let mut events = comes(&served, &alice, &acme, None).await;
    events.begins().await;
    let id = events.id().expect("where it begins").to_owned();
    drop(events);
    alice.invites(&acme, "bob@example.com").await;
    let mut events = comes(&served, &alice, &acme, Some(&id)).await;
    events.begins().await;
    assert_eq!(email_of(&events.next().await), "bob@example.com");
    app.ignores_mail().await;
}

async fn an_event_that_could_not_be_told_is_told_later(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let served = app.serves(Serving::default()).await;
    let mut events = comes(&served, &alice, &acme, None).await;
    events.begins().await;
    app.sql("ALTER TABLE invitation_locations RENAME TO unreadable").await;
    let input = json!({ "workspaceId": acme.id(), "email": "bob@example.com" });
    alice.mutates("sendInvitation", input, "invitation { id }").await.succeeds();
    let told = timeout(Duration::from_secs(1), events.next()).await;
    assert!(told.is_err(), "{told:?}");
    app.sql("ALTER TABLE unreadable RENAME TO invitation_locations").await;
    assert_eq!(email_of(&events.next().await), "bob@example.com");
    app.ignores_mail().await;
}

async fn whom_a_failure_of_ours_breaks_off_is_not_told_that_it_is_the_end(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let served = app.serves(Serving::default()).await;
    // Who is signed in, and whether somebody may follow.
    for table in ["sessions", "memberships"] {
        // A name of its own: another connection to SQLite may remember that of the last one.
        app.sql(&format!("ALTER TABLE {table} RENAME TO unreadable_{table}")).await;
        let mut events = comes(&served, &alice, &acme, None).await;
        let error = &events.next().await["errors"][0];
        assert_eq!(error["extensions"]["code"], "INTERNAL_SERVER_ERROR", "{error}");
        events.is_broken_off().await;
        assert_eq!(events.id(), None);
        app.sql(&format!("ALTER TABLE unreadable_{table} RENAME TO {table}")).await;
    }
}
