//! Inviting many with one call.

use std::time::Duration;

use entity::{event, invitation, outbox};
use serde_json::{Value, json};
use tests::{Answer, UserError, Usher, stories};

stories![
    every_row_gets_its_result_in_the_order_of_the_input,
    a_repeat_with_the_same_key_answers_the_same_and_mails_nobody,
    a_key_belongs_to_the_workspace_and_the_sender,
    a_key_is_free_again_after_a_day,
    a_key_with_other_rows_is_refused,
    a_key_is_neither_empty_nor_endless,
    without_a_key_a_repeat_is_a_second_call,
    a_thousand_rows_are_sent,
    more_than_a_thousand_rows_are_refused_and_nothing_is_written,
    no_rows_are_no_error,
    a_user_invites_nobody_in_bulk,
    rows_with_what_has_expired_open_it_again,
];

/// The codes and fields of each row; none for a row that was sent.
fn outcomes(answer: &Answer) -> Vec<Vec<(String, String)>> {
    let rows = answer.object("").list("/results");
    let of_row = |row: &tests::Object| {
        let errors = UserError::read(row.at("/userErrors"));
        assert_eq!(row.at("/invitation").is_null(), !errors.is_empty());
        errors.into_iter().map(|error| (error.code, error.field)).collect()
    };
    rows.iter().map(of_row).collect()
}

fn refused(code: &str, field: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), field.to_owned())]
}

async fn every_row_gets_its_result_in_the_order_of_the_input(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let other = alice.creates_workspace("Other").await;
    let oslo = alice.creates_location(&other, "Oslo").await;
    alice.sends_link(&acme, "open@example.com").await;
    let rows = json!([
        { "email": "zoe@example.com", "message": "Hello" },
        { "email": "not an address" },
        { "email": "alice@example.com" },
        { "email": "OPEN@example.com" },
        { "email": "bob@example.com", "locationIds": [riga.id()] },
        { "email": "Bob@Example.com" },
        { "email": "dora@example.com", "role": "ADMINISTRATOR", "locationIds": [riga.id()] },
        { "email": "carl@example.com", "locationIds": [oslo.id()] },
        { "email": "long@example.com", "message": "x".repeat(1_001) },
        { "email": "eve@example.com", "role": "ADMINISTRATOR" },
    ]);
    let answer = alice.invites_many(&acme, rows, None).await;
    assert_eq!(
        outcomes(&answer),
        [
            vec![],
            refused("INVALID_EMAIL", "invitations.1.email"),
            refused("ALREADY_MEMBER", "invitations.2.email"),
            refused("ALREADY_INVITED", "invitations.3.email"),
            vec![],
            refused("ALREADY_INVITED", "invitations.5.email"),
            refused("LOCATIONS_NOT_ALLOWED", "invitations.6.locationIds"),
            refused("LOCATION_NOT_FOUND", "invitations.7.locationIds"),
            refused("INVALID_INPUT", "invitations.8.message"),
            vec![],
        ]
    );
    let sent: Vec<_> = ["/results/0", "/results/4", "/results/9"]
        .iter()
        .map(|row| answer.text(&format!("{row}/invitation/email")))
        .collect();
    assert_eq!(sent, ["zoe@example.com", "bob@example.com", "eve@example.com"]);
    app.run_jobs().await;
    let bob = app.mail_to("bob@example.com");
    assert!(bob.text().contains("Riga"));
    assert!(app.mail_to("zoe@example.com").text().contains("Hello"));
    app.mail_to("eve@example.com");
    app.no_more_mail();
}

async fn a_repeat_with_the_same_key_answers_the_same_and_mails_nobody(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let rows = json!([{ "email": "bob@example.com" }, { "email": "nobody" }]);
    let first = alice.invites_many(&acme, rows.clone(), Some("import 1")).await;
    app.run_jobs().await;
    app.mail_to("bob@example.com");
    app.clock_moves(Duration::from_hours(24) - Duration::from_secs(1));
    let again = alice.invites_many(&acme, rows, Some("import 1")).await;
    assert_eq!(again.data(""), first.data(""));
    app.run_jobs().await;
    app.no_more_mail();
    assert_eq!(app.count::<invitation::Entity>().await, 1);
}

async fn a_key_belongs_to_the_workspace_and_the_sender(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let other = alice.creates_workspace("Other").await;
    let dora = app.member("dora@example.com", &acme, entity::membership::Role::Administrator).await;
    let row = |email: &str| json!([{ "email": email }]);
    let key = Some("the same key");
    assert_eq!(outcomes(&alice.invites_many(&acme, row("a@example.com"), key).await), [vec![]]);
    assert_eq!(outcomes(&alice.invites_many(&other, row("b@example.com"), key).await), [vec![]]);
    assert_eq!(outcomes(&dora.invites_many(&acme, row("c@example.com"), key).await), [vec![]]);
    app.ignores_mail().await;
}

async fn a_key_is_free_again_after_a_day(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let key = Some("import");
    alice.invites_many(&acme, json!([{ "email": "bob@example.com" }]), key).await.succeeds();
    app.clock_moves(Duration::from_hours(24));
    let next = alice.invites_many(&acme, json!([{ "email": "carl@example.com" }]), key).await;
    assert_eq!(outcomes(&next), [vec![]]);
    app.ignores_mail().await;
}

async fn a_key_with_other_rows_is_refused(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let key = Some("import");
    alice.invites_many(&acme, json!([{ "email": "bob@example.com" }]), key).await.succeeds();
    let others = [
        json!([{ "email": "carl@example.com" }]),
        json!([{ "email": "bob@example.com", "message": "Hello" }]),
        json!([{ "email": "bob@example.com" }, { "email": "carl@example.com" }]),
    ];
    for rows in others {
        let answer = alice.invites_many(&acme, rows, key).await;
        assert_eq!((answer.user_error(), answer.user_error_field()), ("INVALID_INPUT".into(), "idempotencyKey".into()));
        assert_eq!(answer.data("/results"), &Value::Null);
    }
    assert_eq!(app.count::<invitation::Entity>().await, 1);
    app.ignores_mail().await;
}

async fn a_key_is_neither_empty_nor_endless(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for key in ["", &"k".repeat(201)] {
        let answer = alice.invites_many(&acme, json!([{ "email": "bob@example.com" }]), Some(key)).await;
        assert_eq!((answer.user_error(), answer.user_error_field()), ("INVALID_INPUT".into(), "idempotencyKey".into()));
    }
    assert_eq!(app.count::<invitation::Entity>().await, 0);
}

async fn without_a_key_a_repeat_is_a_second_call(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let rows = json!([{ "email": "bob@example.com" }]);
    assert_eq!(outcomes(&alice.invites_many(&acme, rows.clone(), None).await), [vec![]]);
    let again = alice.invites_many(&acme, rows, None).await;
    assert_eq!(outcomes(&again), [refused("ALREADY_INVITED", "invitations.0.email")]);
    app.ignores_mail().await;
}

fn many(count: usize) -> Value {
    (0..count).map(|number| json!({ "email": format!("guest{number}@example.com") })).collect()
}

async fn a_thousand_rows_are_sent(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let answer = alice.invites_many(&acme, many(1_000), Some("all of them")).await;
    assert!(outcomes(&answer).iter().all(Vec::is_empty));
    let again = alice.invites_many(&acme, many(1_000), Some("all of them")).await;
    assert_eq!(again.data(""), answer.data(""));
    assert_eq!(app.count::<invitation::Entity>().await, 1_000);
    app.ignores_mail().await;
    assert_eq!(app.count::<outbox::Entity>().await, 1_000);
}

async fn more_than_a_thousand_rows_are_refused_and_nothing_is_written(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let events = app.count::<event::Entity>().await;
    for count in [1_001, 10_000] {
        let answer = alice.invites_many(&acme, many(count), Some("too many")).await;
        assert_eq!((answer.user_error(), answer.user_error_field()), ("TOO_MANY_ROWS".into(), "invitations".into()));
    }
    assert_eq!(app.count::<invitation::Entity>().await, 0);
    assert_eq!(app.count::<outbox::Entity>().await, 0);
    assert_eq!(app.count::<entity::bulk_send::Entity>().await, 0);
    assert_eq!(app.count::<event::Entity>().await, events);
}

async fn no_rows_are_no_error(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    assert_eq!(outcomes(&alice.invites_many(&acme, json!([]), Some("empty")).await), [] as [Vec<_>; 0]);
}

async fn a_user_invites_nobody_in_bulk(app: Usher) {
    let (_, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, entity::membership::Role::User).await;
    for rows in [json!([{ "email": "bob@example.com" }]), json!([]), many(1_001)] {
        assert_eq!(uma.invites_many(&acme, rows, None).await.error_code(), "FORBIDDEN");
    }
}

async fn rows_with_what_has_expired_open_it_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (expired, _) = alice.sends_link(&acme, "bob@example.com").await;
    app.clock_moves(Duration::from_hours(7 * 24));
    assert_eq!(outcomes(&alice.invites_many(&acme, json!([{ "email": "bob@example.com" }]), None).await), [vec![]]);
    assert_eq!(alice.sees_status(&expired).await, "EXPIRED");
    app.run_jobs().await;
    app.mail_to("bob@example.com");
}
