//! Input that cannot be taken: the error names the field, and nothing is written.

use entity::{invitation, location, registration, workspace};
use serde_json::{Value, json};
use tests::{Answer, Usher, stories};

stories![
    what_is_no_address_is_refused_wherever_one_is_typed,
    unusual_addresses_are_addresses,
    a_name_has_one_to_a_hundred_characters,
    a_name_is_one_line_and_does_not_turn_the_text_around,
    a_password_has_eight_characters_to_a_thousand_bytes,
    the_address_of_a_location_has_at_most_two_hundred_characters,
    a_message_has_at_most_a_thousand_characters,
    a_number_where_text_belongs_is_refused_before_anything_runs,
    an_unknown_field_is_refused_before_anything_runs,
    a_document_that_is_none_is_told_so,
    a_document_that_asks_for_too_much_is_refused,
];

fn is_refused(answer: &Answer, code: &str, field: &str) {
    assert_eq!((answer.user_error().as_str(), answer.user_error_field().as_str()), (code, field));
}

async fn what_is_no_address_is_refused_wherever_one_is_typed(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let too_long = format!("{}@example.com", "a".repeat(300));
    let no_addresses = [
        "",
        "bob",
        "@example.com",
        "bob@",
        "bob@@example.com",
        "bob@exam ple.com",
        "bob@example..com",
        "Bob <bob@example.com>",
        "bob@[127.0.0.1]",
        "bob@example.com\r\nBcc: eve@example.com",
        "bob@example.com,eve@example.com",
        "bob\0@example.com",
        "bob@-example.com",
        &too_long,
    ];
    for address in no_addresses {
        let input = json!({ "email": address });
        is_refused(&alice.elsewhere().registers_with(input.clone()).await, "INVALID_EMAIL", "email");
        is_refused(&alice.elsewhere().logs_in_with(input.clone()).await, "INVALID_EMAIL", "email");
        is_refused(&alice.invites_with(&acme, input).await, "INVALID_EMAIL", "email");
    }
    assert_eq!(app.count::<registration::Entity>().await, 0);
    assert_eq!(app.count::<invitation::Entity>().await, 0);
}

async fn unusual_addresses_are_addresses(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for address in ["o'brien+usher@example.co.uk", "用户@例え.jp", "a@b.cd", "x_y-z.1@sub.example.com"] {
        alice.invites(&acme, address).await;
        app.run_jobs().await;
        app.mail_to(address);
    }
}

async fn a_name_has_one_to_a_hundred_characters(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    for name in ["", "   ", "\n", &"n".repeat(101), &"n".repeat(300)] {
        is_refused(&alice.elsewhere().registers_with(json!({ "name": name })).await, "INVALID_NAME", "name");
        is_refused(&alice.tries_to_create_workspace(name).await, "INVALID_NAME", "name");
        is_refused(&alice.renames_workspace(&acme, name).await, "INVALID_NAME", "name");
        is_refused(&alice.tries_to_create_location(&acme, name, None).await, "INVALID_NAME", "name");
        is_refused(&alice.updates_location(&riga, json!({ "name": name })).await, "INVALID_NAME", "name");
    }
    assert_eq!(app.count::<registration::Entity>().await, 0);
    assert_eq!((app.count::<workspace::Entity>().await, app.count::<location::Entity>().await), (1, 1));
    assert_eq!(alice.sees_workspace(&acme).await.text("/name"), "Acme");
    let longest = "日".repeat(100);
    assert_eq!(alice.renames_workspace(&acme, &longest).await.text("/workspace/name"), longest);
}

async fn a_name_is_one_line_and_does_not_turn_the_text_around(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let renamed = alice.renames_workspace(&acme, "Ac\r\nme\u{202E}moc\u{2066}").await;
    assert_eq!(renamed.text("/workspace/name"), "Ac  memoc");
}

async fn a_password_has_eight_characters_to_a_thousand_bytes(app: Usher) {
    let bob = app.visitor("bob@example.com");
    for password in ["", "1234567", &"日".repeat(334)] {
        is_refused(&bob.registers_with(json!({ "password": password })).await, "INVALID_PASSWORD", "password");
    }
    assert_eq!(app.count::<registration::Entity>().await, 0);
    bob.registers_with(json!({ "password": "日本語日本語日本" })).await.succeeds();
    bob.registers_with(json!({ "password": "p".repeat(1_000) })).await.succeeds();
    app.ignores_mail().await;
}

async fn the_address_of_a_location_has_at_most_two_hundred_characters(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let too_long = "a".repeat(201);
    let refused = alice.tries_to_create_location(&acme, "Riga", Some(&too_long)).await;
    is_refused(&refused, "INVALID_INPUT", "address");
    assert_eq!(app.count::<location::Entity>().await, 0);
    let riga = alice.tries_to_create_location(&acme, "Riga", Some(&too_long[1..])).await.object("/location");
    is_refused(&alice.updates_location(&riga, json!({ "address": too_long })).await, "INVALID_INPUT", "address");
}

async fn a_message_has_at_most_a_thousand_characters(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let input = |length: usize| json!({ "email": "bob@example.com", "message": "m".repeat(length) });
    is_refused(&alice.invites_with(&acme, input(1_001)).await, "INVALID_INPUT", "message");
    assert_eq!(app.count::<invitation::Entity>().await, 0);
    alice.invites_with(&acme, input(1_000)).await.succeeds();
    app.ignores_mail().await;
}

async fn a_number_where_text_belongs_is_refused_before_anything_runs(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for email in [json!(1), json!(null), json!(["bob@example.com"]), json!({ "address": "bob@example.com" })] {
        let refused = alice.invites_with(&acme, json!({ "email": email })).await;
        assert_eq!(refused.error_code(), "BAD_USER_INPUT", "{email}");
    }
    assert_eq!(app.count::<invitation::Entity>().await, 0);
}

async fn an_unknown_field_is_refused_before_anything_runs(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let input = json!({ "email": "bob@example.com", "rank": "ADMINISTRATOR" });
    assert_eq!(alice.invites_with(&acme, input).await.error_code(), "BAD_USER_INPUT");
    assert_eq!(
        alice.graphql("{ viewer { passwordHash } }", Value::Null).await.error_code(),
        "GRAPHQL_VALIDATION_FAILED"
    );
    assert_eq!(app.count::<invitation::Entity>().await, 0);
}

async fn a_document_that_is_none_is_told_so(app: Usher) {
    let nobody = app.visitor("nobody@example.com");
    for document in ["", "{", "query {", "hello"] {
        assert_eq!(nobody.graphql(document, Value::Null).await.error_code(), "GRAPHQL_PARSE_FAILED", "{document:?}");
    }
}

async fn a_document_that_asks_for_too_much_is_refused(app: Usher) {
    let (alice, _) = app.owner("alice@example.com", "Acme").await;
    let step = "members { nodes { workspace { ";
    let deep = format!("{{ viewer {{ activeWorkspace {{ {} id {} }} }} }}", step.repeat(20), "} } }".repeat(20));
    let wide: String = (0..1_100).map(|number| format!("v{number}: viewer {{ user {{ id }} }} ")).collect();
    for document in [deep, format!("{{ {wide} }}")] {
        let code = alice.graphql(&document, Value::Null).await.error_code();
        assert_eq!(code, "QUERY_TOO_COMPLEX");
    }
}
