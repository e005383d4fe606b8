//! The test mail: whether mail gets through, seen by whoever asks.

use entity::membership::Role;
use mail_parser::MessageParser;
use serde_json::Value;
use tests::{RefusingSmtp, Smtp, Usher, stories};

stories![
    a_test_mail_goes_the_whole_way_to_whoever_asks,
    a_test_mail_that_is_refused_says_why,
    a_test_mail_is_for_owner_and_administrators,
    a_test_mail_is_seen_by_whoever_asked_alone,
];

async fn a_test_mail_goes_the_whole_way_to_whoever_asks(app: Usher) {
    let smtp = Smtp::start();
    app.delivers_by_smtp(&smtp.url());
    let (alice, acme) = app.owner("Alice@example.com", "Acme").await;
    let asked = alice.sends_test_mail(&acme).await.object("/testMail");
    assert_eq!((asked.text("/email"), asked.text("/delivery/status")), ("Alice@example.com", "QUEUED"));
    assert!(smtp.mails().is_empty());

    app.run_jobs().await;
    let sent = alice.sees_test_mail(&asked).await;
    assert_eq!((sent.text("/delivery/status"), sent.at("/delivery/attempts")), ("SENT", &Value::from(1)));
    assert!(sent.at("/delivery/sentAt").is_string());
    let mails = smtp.mails();
    let [raw] = &mails[..] else { panic!("not one mail: {mails:?}") };
    let mail = MessageParser::default().parse(raw).expect("a mail");
    let header = |name: &'static str| mail.header_raw(name).map(str::trim);
    assert_eq!(header("X-RcptTo"), Some("Alice@example.com"));
    assert_eq!(header("Message-ID"), Some(sent.text("/delivery/messageId")));
    assert_eq!(header("X-Usher-Workspace"), Some(acme.id()));
    assert_eq!(mail.subject(), Some("Test mail of Acme"));
    let link = format!("http://usher.test/w/{}/invitations", acme.id());
    assert!(mail.body_text(0).expect("a plain part").lines().any(|line| line == link));
}

async fn a_test_mail_that_is_refused_says_why(app: Usher) {
    let smtp = RefusingSmtp::start("550 5.7.1 We do not relay for you").await;
    app.delivers_by_smtp(&smtp.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let asked = alice.sends_test_mail(&acme).await.object("/testMail");
    app.run_jobs().await;
    let failed = alice.sees_test_mail(&asked).await;
    assert_eq!(failed.text("/delivery/status"), "FAILED");
    assert!(failed.text("/delivery/lastError").contains("We do not relay for you"));
}

async fn a_test_mail_is_for_owner_and_administrators(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.member("bob@example.com", &acme, Role::Administrator).await;
    let carl = app.member("carl@example.com", &acme, Role::User).await;
    let (eve, globex) = app.owner("eve@example.com", "Globex").await;
    bob.sends_test_mail(&acme).await.succeeds();
    assert_eq!(carl.sends_test_mail(&acme).await.error_code(), "FORBIDDEN");
    assert_eq!(eve.sends_test_mail(&acme).await.error_code(), "NOT_FOUND");
    assert_eq!(alice.sends_test_mail(&globex).await.error_code(), "NOT_FOUND");
    assert_eq!(alice.elsewhere().sends_test_mail(&acme).await.error_code(), "UNAUTHENTICATED");
    app.run_jobs().await;
    assert_eq!(app.mail_to("bob@example.com").subject(), "Test mail of Acme");
    app.no_more_mail();
}

async fn a_test_mail_is_seen_by_whoever_asked_alone(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.member("bob@example.com", &acme, Role::Administrator).await;
    let asked = alice.sends_test_mail(&acme).await.object("/testMail");
    app.run_jobs().await;
    app.mail_to("alice@example.com");
    assert_eq!(alice.sees_test_mail(&asked).await.id(), asked.id());
    assert!(bob.sees_test_mail(&asked).await.is_null());
    assert!(alice.elsewhere().sees_test_mail(&asked).await.is_null());
}
