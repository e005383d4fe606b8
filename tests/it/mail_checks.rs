//! What mail programs and spam filters make of the mails, as they arrive.

use std::collections::BTreeSet;
use std::fs::{self, File};

use axum::http::Request;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE};
use entity::outbox::Kind;
use mail_parser::MessageParser;
use sea_orm::Iterable;
use serde_json::json;
use tests::{Smtp, Usher, stories};
use tokio::process::Command;

use crate::clients;

stories![once: mail_programs_support_what_the_mails_use, spam_filters_find_nothing];

/// The most that SpamAssassin may count against a mail.
const TOLERATED: f32 = 0.5;
/// What every spam filter finds, so that it can be seen at work.
const GTUBE: &str = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";

async fn mail_programs_support_what_the_mails_use(app: Usher) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mails = every_mail(&app).await;
    for (number, mail) in mails.iter().enumerate() {
        let mail = MessageParser::default().parse(mail).expect("a mail");
        let html = mail.body_html(0).expect("an HTML part");
        fs::write(folder.path().join(format!("{number}.html")), html.as_bytes()).expect("a mail can be written");
    }
    let arguments = [&*folder.path().to_string_lossy()];
    let output = clients::script("mail.js", &arguments).await;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.trim(), format!("{} mails hold", mails.len()));

    let planted = "<body><div style=\"display: flex\"><video src=\"film.mp4\"></video></div></body>";
    fs::write(folder.path().join("planted.html"), planted).expect("a mail can be written");
    let output = clients::script("mail.js", &arguments).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    for problem in ["display:flex is not supported by outlook.windows", "<video> element is not supported by gmail.ios"]
    {
        assert!(said.contains(&format!("planted.html: {problem}")), "{problem}: {said}");
    }
}

async fn spam_filters_find_nothing(app: Usher) {
    let mut mails = every_mail(&app).await;
    mails.push(format!("Subject: Spam\nDate: Mon, 02 Mar 2026 09:00:00 +0000\n\n{GTUBE}\n"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mailbox = folder.path().join("mailbox");
    let arrived = mails.iter().map(|mail| format!("From usher Mon Mar  2 09:00:00 2026\n{RECEIVED}{mail}\n"));
    fs::write(&mailbox, arrived.collect::<String>()).expect("a mailbox can be written");

    let mut spamassassin = Command::new("spamassassin");
    // The rules of the package, whatever else the machine has learned.
    spamassassin.args(["--local", "--mbox", "--configpath=/usr/share/spamassassin"]).env("HOME", folder.path());
    let output = clients::run(spamassassin.stdin(File::open(mailbox).expect("the mailbox"))).await;
    let said = String::from_utf8_lossy(&output.stdout);
    // They come in an order of its own.
    let judged: Vec<&str> = said.split("X-Spam-Status: ").skip(1).collect();
    assert_eq!(judged.len(), mails.len(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let (spam, good): (Vec<&str>, Vec<&str>) = judged.into_iter().partition(|mail| mail.contains(GTUBE));
    assert!(spam.len() == 1 && score(spam[0]) > 100.0, "{spam:?}");
    for mail in good {
        assert!(score(mail) <= TOLERATED, "{mail}");
    }
}

/// What the mail server of a recipient writes over a mail that comes straight from ours: many rules look at it.
const RECEIVED: &str = "Received: from mail.usher.test (mail.usher.test [2001:db8::7])\n\tby mx.example.com (Postfix) \
                        with ESMTPS id 4F2A71C2;\n\tMon, 02 Mar 2026 09:00:00 +0000\n";

/// What SpamAssassin counts against a mail it has judged.
fn score(judged: &str) -> f32 {
    let score = judged.split("score=").nth(1).and_then(|rest| rest.split(' ').next()).expect("a score");
    score.parse().expect("a number")
}

/// Every mail there is, in each language, as the mail server gets it.
async fn every_mail(app: &Usher) -> Vec<String> {
    let smtp = Smtp::start();
    app.delivers_by_smtp(&smtp.url());
    for language in ["EN", "LV"] {
        happens(app, language).await;
    }
    let mails = smtp.mails();
    let subject = |mail| MessageParser::default().parse(mail).and_then(|mail| mail.subject().map(str::to_owned));
    let subjects: BTreeSet<_> = mails.iter().map(subject).collect();
    assert_eq!(subjects.len(), 2 * Kind::iter().count(), "{subjects:?}");
    mails
}

/// Everything that sends a mail, to people of one language.
async fn happens(app: &Usher, language: &str) {
    let address = |name: &str| format!("{name}.{}@example.com", language.to_lowercase());
    let (alice, acme) = app.owner(&address("alice"), "Harbour Coffee").await;
    alice.mutates("updateViewer", json!({ "language": language }), "").await.succeeds();
    let riga = alice.creates_location(&acme, "Riga").await;
    let bob = app.visitor(&address("bob"));
    let message = "We open at eight.\nSee you on Monday!";
    let input = json!({ "email": bob.email, "language": language, "message": message, "locationIds": [riga.id()] });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    alice.sends_test_mail(&acme).await.succeeds();
    app.run_jobs().await;
    bob.registers_through(&app.link_of(&invitation)).await.succeeds();
    registers_in(app, language, &address("carol")).await;
    app.visitor(&alice.email).registers().await.succeeds();
    alice.mutates("requestPasswordReset", json!({ "email": alice.email }), "").await.succeeds();
    app.run_jobs().await;
    let same = json!({ "currentPassword": alice.password, "newPassword": alice.password });
    alice.mutates("changePassword", same, "").await.succeeds();
    app.run_jobs().await;
    let deleted = json!({ "workspaceId": acme.id(), "password": alice.password });
    alice.mutates("deleteWorkspace", deleted, "").await.succeeds();
    app.run_jobs().await;
}

/// Somebody registers whose browser asks for a language.
async fn registers_in(app: &Usher, language: &str, email: &str) {
    let query = "mutation($input: RegisterInput!) { register(input: $input) { nextStep } }";
    let input = json!({ "email": email, "password": "long enough", "name": "Carol" });
    let request = Request::post("/graphql").header(CONTENT_TYPE, "application/json").header(ACCEPT_LANGUAGE, language);
    let body = json!({ "query": query, "variables": { "input": input } }).to_string();
    let answer = app.request(request.body(body.into()).expect("a request")).await;
    assert!(answer.body().contains("VERIFY_EMAIL"), "{}", answer.body());
}
