//! Several invitations by the console: the preview says what the send then does, of however many and long rows.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use axum::http::{Request, StatusCode};
use domain::{id::Kind, operator};
use entity::invitation;
use serde_json::Value;
use tests::{Usher, stories, unescaped};

use crate::console_pages::hidden;

stories![
    the_preview_knows_how_many_seats_are_left,
    the_preview_shows_locations_and_message_of_each_row,
    too_many_rows_are_told_how_many_may_be_sent,
    a_thousand_rows_with_long_messages_are_sent,
];

async fn the_preview_knows_how_many_seats_are_left(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let id = Kind::Workspace.parse(acme.id()).expect("the id of a workspace");
    operator::set_seats(app.domain(), id, Some(3)).await.expect("a workspace");
    let new = format!("/w/{}/invitations/new", acme.id());
    let emails = "bob@example.com\ncarol@example.com\nbob@example.com\ndave@example.com";
    let preview = alice.submits(&new, &[("emails", emails), ("role", "USER")]).await;
    assert!(preview.body().contains("2 will be invited, 2 will not."), "{}", preview.body());
    assert_eq!(preview.body().matches("No seat is left in this workspace.").count(), 1);
    let confirmed = [("payload", hidden(preview.body(), "payload")), ("key", hidden(preview.body(), "key"))];
    let confirmed = confirmed.each_ref().map(|(name, value)| (*name, value.as_str()));
    let result = alice.submits(&new.replace("/new", "/send"), &confirmed).await;
    assert!(!result.body().contains("No seat is left"), "{}", result.body());
    assert_eq!(app.count::<invitation::Entity>().await, 2);
    app.ignores_mail().await;
}

async fn the_preview_shows_locations_and_message_of_each_row(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let new = format!("/w/{}/invitations/new", acme.id());
    let fields = [
        ("emails", "bob@example.com carol@example.com"),
        ("role", "USER"),
        ("location", riga.id()),
        ("message", "Come in"),
    ];
    let preview = alice.submits(&new, &fields).await;
    assert_eq!(preview.body().matches(">Riga</td>").count(), 2, "{}", preview.body());
    assert_eq!(preview.body().matches(">Come in</td>").count(), 2);
}

/// A form as a browser sends it when it may hold files.
fn multipart(fields: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (name, value) in fields {
        let _ = write!(body, "--part\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body + "--part--\r\n"
}

async fn a_thousand_rows_with_long_messages_are_sent(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let list = format!("/w/{}/invitations", acme.id());
    let emails: Vec<String> = (0..1_000).map(|number| format!("guest{number}@example.com")).collect();
    let message = "ё".repeat(1_000);
    let fields = [("emails", emails.join(" ")), ("role", "USER".to_owned()), ("message", message)];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let preview = alice.submits(&format!("{list}/new"), &fields).await;
    assert!(unescaped(preview.body()).contains("enctype=\"multipart/form-data\""), "it fits into no other form");
    let (payload, key) = (hidden(preview.body(), "payload"), hidden(preview.body(), "key"));
    let rows: Value = serde_json::from_str(&payload).expect("the rows");
    assert_eq!(rows.as_array().map(Vec::len), Some(1_000));
    let csrf = "c".repeat(43);
    let cookie = format!("usher_csrf={csrf}; usher_session={}", alice.token().expect("somebody signed in"));
    let body = multipart(&[("payload", &payload), ("key", &key), ("csrf", &csrf)]);
    let request = Request::post(format!("{list}/send")).header(COOKIE, cookie);
    let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=part").body(Body::from(body));
    let answer = app.request(request.expect("a request")).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.body());
    assert_eq!(app.count::<invitation::Entity>().await, 1_000);
    app.ignores_mail().await;
}

async fn too_many_rows_are_told_how_many_may_be_sent(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let emails: Vec<String> = (0..=1_000).map(|number| format!("guest{number}@example.com")).collect();
    let fields = [("emails", emails.join(" ")), ("role", "USER".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let refused = alice.submits(&format!("/w/{}/invitations/new", acme.id()), &fields).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body().contains("One send has at most 1000 rows"), "{}", refused.body());
}
