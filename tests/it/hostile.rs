//! What people type to do harm with a mail that Usher sends for them: as a workspace's name, their own and a message.

use serde_json::json;
use tests::{Usher, stories};

stories![hostile_texts_are_harmless_in_a_mail, hostile_texts_that_are_too_long_are_refused,];

/// What somebody types, and what may then not be in the mail.
const TEXTS: [(&str, &str); 12] = [
    ("<script>alert(1)</script>", "<script"),
    ("<img src=x onerror=alert(1)>", "<img"),
    ("\"><a href='//evil'>Click</a>", "<a href='"),
    ("</title></head><body>Pay here", "<body>Pay"),
    ("Acme\r\nBcc: eve@example.org", "\nBcc"),
    ("Acme \u{202E}moc.live", "\u{202E}"),
    ("See https://evil.example/login", "https://"),
    ("www.evil.example", "evil.example"),
    ("evil\u{3002}example", "evil\u{3002}example"),
    ("evil\u{FF0E}example", "evil\u{FF0E}example"),
    ("evil\u{FF61}example", "evil\u{FF61}example"),
    ("\u{1F4A9}.la", "\u{1F4A9}.la"),
];

async fn hostile_texts_are_harmless_in_a_mail(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for (number, (typed, harmful)) in TEXTS.into_iter().enumerate() {
        alice.mutates("updateViewer", json!({ "name": typed }), "").await.succeeds();
        alice.renames_workspace(&acme, typed).await.succeeds();
        let email = format!("bob{number}@example.com");
        alice.invites_with(&acme, json!({ "email": email, "message": typed })).await.succeeds();
        app.run_jobs().await;

        let mail = app.mail_to(&email);
        let link = mail.link();
        assert_eq!(mail.html().matches("<a ").count(), 1, "{typed:?}: {}", mail.html());
        assert!(!mail.subject().contains(char::is_control), "{typed:?}: {:?}", mail.subject());
        // Markup is only markup in HTML; elsewhere it is what was typed.
        let parts =
            if harmful.starts_with('<') { vec![mail.html()] } else { vec![mail.subject(), mail.text(), mail.html()] };
        for part in parts {
            let typed_by_people = part.replace(&link, "");
            assert!(!typed_by_people.contains(harmful), "{typed:?}: {part}");
        }
    }
}

async fn hostile_texts_that_are_too_long_are_refused(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let long = "a".repeat(10_000);
    assert_eq!(alice.renames_workspace(&acme, &long).await.user_error(), "INVALID_NAME");
    assert_eq!(alice.mutates("updateViewer", json!({ "name": long }), "").await.user_error(), "INVALID_NAME");
    let invited = alice.invites_with(&acme, json!({ "email": "bob@example.com", "message": long })).await;
    assert_eq!(invited.user_error(), "INVALID_INPUT");
    app.run_jobs().await;
    app.no_more_mail();
}
