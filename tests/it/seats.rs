//! Seats: members and open invitations together never outnumber them, whatever happens at once.

use std::time::Duration;

use axum::http::StatusCode;
use domain::{id::Kind, operator};
use entity::membership::Role;
use serde_json::{Value, json};
use tests::{Actor, Object, Usher, at_once, stories};

use crate::members::{membership_of, removes};

stories![
    members_and_open_invitations_take_seats,
    what_is_over_gives_its_seat_back,
    an_expired_invitation_needs_a_seat_to_be_opened_again,
    a_bulk_send_fills_the_seats_in_its_order,
    many_sends_at_once_never_take_more_seats_than_there_are,
    of_two_joins_for_the_last_seat_one_gets_it,
    a_limit_below_what_is_taken_lets_nobody_in,
    the_page_says_that_no_seat_is_left,
];

async fn limits(app: &Usher, workspace: &Object, seats: Option<u32>) {
    let id = Kind::Workspace.parse(workspace.id()).expect("the id of a workspace");
    operator::set_seats(app.domain(), id, seats).await.expect("a workspace");
}

/// The limit and what is taken, as somebody sees it.
async fn seats(actor: &Actor, workspace: &Object) -> (Value, Value) {
    let query = "query($id: ID!) { workspace(id: $id) { seats seatsUsed } }";
    let answer = actor.graphql(query, json!({ "id": workspace.id() })).await;
    (answer.data("/workspace/seats").clone(), answer.data("/workspace/seatsUsed").clone())
}

async fn is_refused(actor: &Actor, workspace: &Object, email: &str) -> bool {
    let answer = actor.invites_with(workspace, json!({ "email": email })).await;
    !answer.is_done() && answer.user_error() == "SEAT_LIMIT_REACHED"
}

async fn members_and_open_invitations_take_seats(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    assert_eq!(seats(&alice, &acme).await, (Value::Null, json!(2)));
    limits(&app, &acme, Some(3)).await;
    alice.invites(&acme, "bob@example.com").await;
    assert!(is_refused(&alice, &acme, "carl@example.com").await);
    assert_eq!(seats(&alice, &acme).await, (json!(3), json!(3)));
    assert_eq!(seats(&uma, &acme).await, (Value::Null, Value::Null));
    limits(&app, &acme, None).await;
    alice.invites(&acme, "carl@example.com").await;
    app.ignores_mail().await;
}

async fn what_is_over_gives_its_seat_back(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    limits(&app, &acme, Some(3)).await;
    let bob = alice.invites(&acme, "bob@example.com").await;
    alice.revokes(&bob).await.succeeds();
    alice.invites(&acme, "carl@example.com").await;
    assert!(is_refused(&alice, &acme, "dora@example.com").await);
    removes(&alice, &membership_of(&uma, &acme).await).await.succeeds();
    alice.invites(&acme, "dora@example.com").await;
    assert!(is_refused(&alice, &acme, "emil@example.com").await);
    app.ignores_mail().await;
    app.clock_moves(Duration::from_hours(8 * 24));
    alice.invites(&acme, "emil@example.com").await;
    assert_eq!(seats(&alice, &acme).await, (json!(3), json!(2)));
    app.ignores_mail().await;
}

async fn an_expired_invitation_needs_a_seat_to_be_opened_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    limits(&app, &acme, Some(2)).await;
    let bob = alice.invites(&acme, "bob@example.com").await;
    alice.resends(&bob).await.succeeds();
    app.ignores_mail().await;
    app.clock_moves(Duration::from_hours(8 * 24));
    let carl = alice.invites(&acme, "carl@example.com").await;
    assert_eq!(alice.resends(&bob).await.user_error(), "SEAT_LIMIT_REACHED");
    alice.revokes(&carl).await.succeeds();
    alice.resends(&bob).await.succeeds();
    assert_eq!(seats(&alice, &acme).await, (json!(2), json!(2)));
    app.ignores_mail().await;
}

async fn a_bulk_send_fills_the_seats_in_its_order(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    alice.invites(&acme, "zoe@example.com").await;
    limits(&app, &acme, Some(4)).await;
    let rows = ["zoe", "yves", "bob", "adam", "alice"].map(|name| json!({ "email": format!("{name}@example.com") }));
    let sent = alice.invites_many(&acme, json!(rows), None).await;
    let outcomes = sent.object("").list("/results");
    let codes: Vec<_> = outcomes.iter().map(|row| row.pointer("/userErrors/0/code").cloned()).collect();
    let refused = |code: &str| Some(json!(code));
    let expected = [refused("ALREADY_INVITED"), None, None, refused("SEAT_LIMIT_REACHED"), refused("ALREADY_MEMBER")];
    assert_eq!(codes, expected);
    assert_eq!(outcomes[3].at("/userErrors/0/field"), &json!(["invitations", "3"]));
    assert_eq!(seats(&alice, &acme).await, (json!(4), json!(4)));
    app.ignores_mail().await;
}

async fn many_sends_at_once_never_take_more_seats_than_there_are(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    limits(&app, &acme, Some(6)).await;
    let sends = (0..16).map(|number| {
        let (alice, acme) = (alice.clone(), acme.clone());
        async move {
            let address = |part: &str| format!("{part}{number}@example.com");
            if number % 4 == 0 {
                let rows = json!([{ "email": address("a") }, { "email": address("b") }, { "email": address("c") }]);
                alice.invites_many(&acme, rows, None).await.succeeds();
            } else {
                alice.invites_with(&acme, json!({ "email": address("d") })).await;
            }
        }
    });
    at_once(sends).await;
    assert_eq!(seats(&alice, &acme).await, (json!(6), json!(6)));
    app.ignores_mail().await;
}

async fn of_two_joins_for_the_last_seat_one_gets_it(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let mut people = Vec::new();
    for name in ["bob", "carl", "dora"] {
        let (_, link) = alice.sends_link(&acme, &format!("{name}@example.com")).await;
        people.push((app.account(&format!("{name}@example.com")).await, link));
    }
    limits(&app, &acme, Some(2)).await;
    let joined = at_once(people.into_iter().map(|(person, link)| async move {
        let answer = person.joins(&link).await;
        if answer.is_done() { "joined".to_owned() } else { answer.user_error() }
    }));
    let mut joined = joined.await;
    joined.sort();
    assert_eq!(joined, ["SEAT_LIMIT_REACHED", "SEAT_LIMIT_REACHED", "joined"]);
    assert_eq!(alice.sees_members(&acme).await.len(), 2);
    app.ignores_mail().await;
}

async fn a_limit_below_what_is_taken_lets_nobody_in(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    app.member("uma@example.com", &acme, Role::User).await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    limits(&app, &acme, Some(1)).await;
    let bob = app.visitor("bob@example.com");
    assert_eq!(bob.registers_through(&link).await.user_error(), "SEAT_LIMIT_REACHED");
    assert!(is_refused(&alice, &acme, "carl@example.com").await);
    limits(&app, &acme, Some(3)).await;
    bob.registers_through(&link).await.succeeds();
    assert_eq!(alice.sees_members(&acme).await.len(), 3);
    app.ignores_mail().await;
}

async fn the_page_says_that_no_seat_is_left(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    limits(&app, &acme, Some(1)).await;
    let path = link.strip_prefix("http://usher.test").expect("a link to Usher");
    let refused = bob.submits(path, &[("action", "join")]).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(refused.body().contains("No seat is left in this workspace."), "{}", refused.body());
    limits(&app, &acme, Some(2)).await;
    assert_eq!(bob.submits(path, &[("action", "join")]).await.status(), StatusCode::SEE_OTHER);
    app.ignores_mail().await;
}
