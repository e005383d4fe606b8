//! Mail on its way: what it carries, and what happens when it cannot be delivered.

use std::net::TcpListener;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use chrono::{DateTime, Utc};
use entity::outbox::{Kind, Status};
use entity::{event, outbox};
use mail_parser::{Message, MessageParser};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tests::{Object, RefusingSmtp, Sink, Smtp, Usher, eventually, free_port, stories};
use worker::{Queue, Relay};

use crate::operator_mail::told;

stories![
    a_mail_carries_what_programs_need,
    hostile_names_and_messages_come_out_harmless,
    a_name_with_line_breaks_makes_no_header,
    mail_that_nobody_takes_is_tried_again_until_somebody_does,
    the_delay_doubles_up_to_six_hours_and_the_last_failure_is_final,
    a_refusal_for_now_is_tried_again,
    a_refusal_for_good_is_final,
    what_a_refusal_repeats_of_the_link_is_not_kept,
    the_words_of_a_refusal_are_kept_short_and_on_one_line,
    mail_that_waits_for_its_next_attempt_is_cancelled_with_its_invitation,
    mail_refused_for_now_after_its_invitation_was_revoked_is_cancelled,
    many_recipients_that_are_slow_for_the_first_time_hold_up_nobody_else,
    recipients_that_were_slow_before_hold_up_nobody_else,
    a_lost_push_is_found_when_the_lease_ends,
    a_delivery_that_never_ended_is_taken_up_when_its_lease_ends,
    what_is_no_dialogue_costs_no_attempt,
    what_cannot_be_begun_for_a_week_has_failed,
    the_week_of_what_cannot_be_begun_begins_after_the_last_dialogue,
    a_failed_mail_is_sent_anew_by_resending,
    captured_mail_is_shown,
];

fn nobody_listens() -> String {
    format!("smtp://127.0.0.1:{}", free_port())
}

fn time(object: &Object, path: &str) -> DateTime<Utc> {
    object.text(path).parse().expect("a time")
}

#[track_caller]
fn header(mail: &Message<'_>, name: &'static str) -> String {
    let Some(header) = mail.header_raw(name) else { panic!("no header {name}") };
    header.trim().to_owned()
}

async fn a_mail_carries_what_programs_need(app: Usher) {
    let smtp = Smtp::start();
    app.delivers_by_smtp(&smtp.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "Bob@Example.com").await;
    app.run_jobs().await;
    let seen = alice.sees_invitation(&invitation).await;
    assert_eq!(seen.text("/delivery/status"), "SENT");

    let mails = smtp.mails();
    let [raw] = &mails[..] else { panic!("not one mail: {mails:?}") };
    let mail = MessageParser::default().parse(raw).expect("a mail");
    assert_eq!(header(&mail, "X-RcptTo"), "Bob@Example.com");
    assert_eq!(header(&mail, "X-MailFrom"), "no-reply@usher.test");
    assert_eq!(header(&mail, "To"), "Bob@Example.com");
    assert_eq!(header(&mail, "From"), "Usher <no-reply@usher.test>");
    assert_eq!(mail.subject(), Some("Alice invites you to Acme"));
    assert_eq!(header(&mail, "Message-ID"), seen.text("/delivery/messageId"));
    assert!(seen.text("/delivery/messageId").ends_with("@usher.test>"));
    assert_eq!(header(&mail, "Auto-Submitted"), "auto-generated");
    assert_eq!(header(&mail, "X-Usher-Workspace"), acme.id());
    assert_eq!(header(&mail, "X-Usher-Invitation"), invitation.id());
    assert!(header(&mail, "Content-Type").starts_with("multipart/alternative"));
    assert!(mail.date().is_some());
    let link = app.link_of(&invitation);
    assert!(mail.body_text(0).expect("a plain part").lines().any(|line| line == link));
    assert!(mail.body_html(0).expect("an HTML part").contains(&format!("href=\"{link}\"")));
    // Nothing that follows people about: no picture, no link but ours.
    assert!(!raw.contains("<img"));
}

async fn hostile_names_and_messages_come_out_harmless(app: Usher) {
    let smtp = Smtp::start();
    app.delivers_by_smtp(&smtp.url());
    let name = "<a href=\"https://evil.example\">Acme</a> {{link}}";
    let (alice, acme) = app.owner("alice@example.com", name).await;
    let message = "<script>alert(1)</script>\nSee https://evil.example/login or evil.example\nwww.evil.example";
    alice.invites_with(&acme, json!({ "email": "bob@example.com", "message": message })).await.succeeds();
    app.run_jobs().await;

    let raw = smtp.mails().pop().expect("a mail");
    let mail = MessageParser::default().parse(&raw).expect("a mail");
    let (text, html) = (mail.body_text(0).expect("a plain part"), mail.body_html(0).expect("an HTML part"));
    assert!(!html.contains("<script") && !html.contains("<a href=\"https://evil"), "{html}");
    assert!(html.contains("&lt;script&gt;"), "{html}");
    assert_eq!(html.matches("<a ").count(), 1);
    for content in [&*text, &*html, mail.subject().expect("a subject")] {
        assert!(!content.contains("https://evil") && !content.contains("evil.example"), "a link in {content}");
        assert!(content.contains("{{link}}"), "the name was taken for a template: {content}");
    }
}

async fn a_name_with_line_breaks_makes_no_header(app: Usher) {
    let smtp = Smtp::start();
    app.delivers_by_smtp(&smtp.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme\r\nBcc: eve@example.com\r\n\r\nHello").await;
    alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    let raw = smtp.mails().pop().expect("a mail");
    let mail = MessageParser::default().parse(&raw).expect("a mail");
    assert!(mail.bcc().is_none() && mail.header_raw("Bcc").is_none());
    assert_eq!(header(&mail, "X-RcptTo"), "bob@example.com");
    assert!(mail.subject().is_some_and(|subject| subject.starts_with("Alice invites you to Acme Bcc:")));
}

async fn mail_that_nobody_takes_is_tried_again_until_somebody_does(app: Usher) {
    app.delivers_by_smtp(&nobody_listens());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    for attempts in [1, 1, 2] {
        app.run_jobs().await;
        assert_eq!(alice.sees_delivery(&invitation).await, ("RETRYING".into(), json!(attempts)));
        if attempts == 1 {
            // 30 s, give or take a fifth: the second look comes too early.
            app.clock_moves(Duration::from_secs(20));
        }
    }
    let seen = alice.sees_invitation(&invitation).await;
    assert!(!seen.text("/delivery/lastError").is_empty());
    let due = time(&seen, "/delivery/nextAttemptAt");
    assert!(due > app.now());

    let smtp = Smtp::start();
    app.delivers_by_smtp(&smtp.url());
    app.clock_moves(Duration::from_secs(72));
    // Claimed for a queue that nobody serves, it waits on, and is as late.
    let relay = Relay::new(app.domain().clone(), Queue::open(None).await.expect("a queue in memory"));
    assert_eq!(relay.tick().await.expect("the relay finds the mail"), 1);
    assert_eq!(time(&alice.sees_invitation(&invitation).await, "/delivery/nextAttemptAt"), due);
    app.clock_moves(app.domain().mail.lease);
    app.run_jobs().await;
    let sent = alice.sees_invitation(&invitation).await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("SENT".into(), json!(3)));
    assert_eq!(sent.at("/delivery/nextAttemptAt"), &Value::Null);
    assert_eq!(sent.at("/delivery/messageId"), invitation.at("/delivery/messageId"), "the same on every attempt");
    assert_eq!(smtp.mails().len(), 1);
}

async fn the_delay_doubles_up_to_six_hours_and_the_last_failure_is_final(app: Usher) {
    app.delivers_by_smtp(&nobody_listens());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    for attempt in 1..13 {
        app.run_jobs().await;
        let seen = alice.sees_invitation(&invitation).await;
        assert_eq!(alice.sees_delivery(&invitation).await, ("RETRYING".into(), json!(attempt)));
        let delay = (time(&seen, "/delivery/nextAttemptAt") - app.now()).to_std().expect("a time to come");
        let planned = Duration::from_secs(30 << (attempt - 1)).min(Duration::from_hours(6));
        assert!(
            delay >= planned * 8 / 10 && delay <= planned * 12 / 10,
            "attempt {attempt}: {delay:?}, not {planned:?}"
        );
        app.clock_moves(delay);
    }
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("FAILED".into(), json!(13)));
    app.clock_moves(Duration::from_hours(24));
    app.run_jobs().await;
    let seen = alice.sees_invitation(&invitation).await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("FAILED".into(), json!(13)));
    assert!(!seen.text("/delivery/lastError").is_empty());
    assert_eq!((seen.text("/status"), seen.at("/delivery/nextAttemptAt")), ("PENDING", &Value::Null));
}

async fn a_refusal_for_now_is_tried_again(app: Usher) {
    let smtp = RefusingSmtp::start("451 4.7.1 Come back later").await;
    app.delivers_by_smtp(&smtp.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("RETRYING".into(), json!(1)));
    let seen = alice.sees_invitation(&invitation).await;
    assert!(seen.text("/delivery/lastError").contains("Come back later"));
}

async fn a_refusal_for_good_is_final(app: Usher) {
    let smtp = RefusingSmtp::start("550 5.1.1 Nobody of that name here").await;
    app.delivers_by_smtp(&smtp.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("FAILED".into(), json!(1)));
    let seen = alice.sees_invitation(&invitation).await;
    assert!(seen.text("/delivery/lastError").contains("Nobody of that name here"));
    assert_eq!(seen.at("/viewerCanResend"), &json!(true));
}

async fn what_a_refusal_repeats_of_the_link_is_not_kept(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let link = app.link_of(&invitation);
    // A filter that tells what it dislikes, and breaks its line in the middle of it.
    let (head, tail) = link.split_at(link.len() - 26);
    let smtp = RefusingSmtp::start(&format!("550-5.7.1 spam: {head}\r\n550 5.7.1 {tail}, and ({link})")).await;
    app.delivers_by_smtp(&smtp.url());
    app.run_jobs().await;
    let seen = alice.sees_invitation(&invitation).await;
    let kept = "RCPT TO: 550 5.7.1 spam: http://usher.test/join/… 5.7.1 …, and (http://usher.test/join/…)";
    assert_eq!(seen.text("/delivery/lastError"), kept);
    let row = outbox::Entity::find().one(app.db()).await.expect("the outbox can be read");
    let events = event::Entity::find().all(app.db()).await.expect("events can be read");
    assert!(!format!("{row:?} {events:?}").contains(tail), "{row:?} {events:?}");
}

async fn the_words_of_a_refusal_are_kept_short_and_on_one_line(app: Usher) {
    let smtp = RefusingSmtp::start(&format!("550 \u{1b}[31m{}", "no ".repeat(300))).await;
    app.delivers_by_smtp(&smtp.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    let seen = alice.sees_invitation(&invitation).await;
    let kept = seen.text("/delivery/lastError");
    assert!(kept.starts_with("RCPT TO: 550  [31mno no "), "{kept}");
    assert_eq!(kept.chars().count(), 300);
}

async fn mail_that_waits_for_its_next_attempt_is_cancelled_with_its_invitation(app: Usher) {
    app.delivers_by_smtp(&nobody_listens());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    alice.revokes(&invitation).await.succeeds();
    app.clock_moves(Duration::from_mins(1));
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("CANCELLED".into(), json!(1)));
}

async fn mail_refused_for_now_after_its_invitation_was_revoked_is_cancelled(app: Usher) {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port on the loopback");
    app.delivers_by_smtp(&format!("smtp://{}", silent.local_addr().expect("its address")));
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let revoked_meanwhile = async {
        eventually("the dialogue has begun", async || {
            (alice.sees_delivery(&invitation).await.0 == "SENDING").then_some(())
        })
        .await;
        alice.revokes(&invitation).await.succeeds();
        assert_eq!(alice.sees_delivery(&invitation).await.0, "SENDING");
        drop(silent);
    };
    tokio::join!(app.run_jobs(), revoked_meanwhile);
    assert_eq!(alice.sees_delivery(&invitation).await, ("CANCELLED".into(), json!(1)));
    assert!(!alice.sees_invitation(&invitation).await.text("/delivery/lastError").is_empty());
}

async fn many_recipients_that_are_slow_for_the_first_time_hold_up_nobody_else(app: Usher) {
    let sink = Sink::start(Duration::ZERO).await;
    app.delivers_by_smtp(&sink.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let rows = (0..16).map(|number| json!({ "email": format!("silent{number}@example.com") }));
    let slow = alice.invites_many(&acme, rows.collect(), None).await;
    alice.invites(&acme, "bob@example.com").await;
    let meanwhile = async {
        eventually("half of the eight connections wait for slow recipients, and Bob has his mail", async || {
            let bob = sink.received().iter().any(|mail| mail.recipient == "bob@example.com");
            (bob && sink.under_way() == 4).then_some(())
        })
        .await;
        sink.stops();
    };
    tokio::join!(app.run_jobs(), meanwhile);
    for number in 0..16 {
        let invitation = slow.object(&format!("/results/{number}/invitation"));
        assert_eq!(alice.sees_delivery(&invitation).await.0, "RETRYING");
        alice.revokes(&invitation).await.succeeds();
    }
    app.ignores_mail().await;
}

/// How many mails that were claimed have been put off again.
async fn put_back(app: &Usher) -> u64 {
    use outbox::Column;
    let rows = outbox::Entity::find()
        .filter(Column::Status.eq(Status::Retrying))
        .filter(Column::AvailableAt.gt(app.now()))
        .filter(Column::AvailableAt.lt(app.now() + Duration::from_secs(45)));
    rows.count(app.db()).await.expect("the outbox can be counted")
}

async fn recipients_that_were_slow_before_hold_up_nobody_else(app: Usher) {
    let sink = Sink::start(Duration::ZERO).await;
    app.delivers_by_smtp(&sink.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let rows = (0..12).map(|number| json!({ "email": format!("silent{number}@example.com") }));
    let slow = alice.invites_many(&acme, rows.collect(), None).await;
    app.loses_the_push().await;
    // As their first attempts leave them.
    let words = "RCPT TO: nothing came within 10.0s";
    app.sql(&format!("UPDATE outbox SET status = 'RETRYING', attempts = 1, last_error = '{words}'")).await;
    app.clock_moves(Duration::from_mins(1));
    alice.invites(&acme, "bob@example.com").await;
    let meanwhile = async {
        eventually("half of the eight connections wait for slow recipients, and Bob has his mail", async || {
            let bob = sink.received().iter().any(|mail| mail.recipient == "bob@example.com");
            (bob && sink.under_way() == 4 && put_back(&app).await == 8).then_some(())
        })
        .await;
        sink.stops();
    };
    tokio::join!(app.run_jobs(), meanwhile);
    let mut attempts = Vec::new();
    for number in 0..12 {
        let invitation = slow.object(&format!("/results/{number}/invitation"));
        attempts.push(alice.sees_delivery(&invitation).await);
        alice.revokes(&invitation).await.succeeds();
    }
    let retrying = |attempts: u64| ("RETRYING".to_owned(), json!(attempts));
    let with = |wanted| attempts.iter().filter(|found| **found == wanted).count();
    assert_eq!(
        (with(retrying(1)), with(retrying(2))),
        (8, 4),
        "whose turn it is not has spent no attempt: {attempts:?}"
    );
    app.ignores_mail().await;
}

async fn a_lost_push_is_found_when_the_lease_ends(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.loses_the_push().await;
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("QUEUED".into(), json!(0)));
    app.clock_moves(Duration::from_mins(1));
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("SENT".into(), json!(1)));
    app.mail_to("bob@example.com");
    // While there is no push, mail is left to the relay at once.
    alice.sends_link(&acme, "carl@example.com").await;
}

async fn a_delivery_that_never_ended_is_taken_up_when_its_lease_ends(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.loses_the_push().await;
    // As a worker leaves it that dies in its SMTP dialogue.
    app.sql("UPDATE outbox SET status = 'SENDING', attempts = 1").await;
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("SENDING".into(), json!(1)));
    app.clock_moves(Duration::from_mins(1));
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("SENT".into(), json!(2)));
    assert_eq!(app.mail_to("bob@example.com").message_id(), invitation.text("/delivery/messageId"));
    app.no_more_mail();
    assert_eq!(told(&alice, &acme).await, ["delivery.retrying", "delivery.sent"]);
}

async fn what_is_no_dialogue_costs_no_attempt(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.sql("ALTER TABLE invitation_locations RENAME TO unreadable").await;
    app.run_jobs().await;
    app.sql("ALTER TABLE unreadable RENAME TO invitation_locations").await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("RETRYING".into(), json!(0)));
    assert_eq!(told(&alice, &acme).await, ["delivery.retrying"]);
    app.sql("UPDATE outbox SET key_id = 0").await;
    let mut events = Vec::new();
    for _ in 0..14 {
        app.clock_moves(Duration::from_secs(36));
        app.run_jobs().await;
        assert_eq!(alice.sees_delivery(&invitation).await, ("RETRYING".into(), json!(0)));
        events.push(app.count::<event::Entity>().await);
    }
    assert_eq!(events.first(), events.last(), "the same again is no news");
    app.sql(&format!("UPDATE outbox SET key_id = {}", app.domain().keys.newest())).await;
    app.clock_moves(Duration::from_secs(36));
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("SENT".into(), json!(1)));
    app.mail_to("bob@example.com");
}

async fn what_cannot_be_begun_for_a_week_has_failed(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    alice.sends_test_mail(&acme).await.succeeds();
    let day = Duration::from_hours(24);
    for (days, status) in [(0, Status::Retrying), (6, Status::Retrying), (1, Status::Failed)] {
        app.clock_moves(day * days);
        // A name of its own: another connection to SQLite may remember that of the last one.
        app.sql(&format!("ALTER TABLE workspaces RENAME TO unreadable_{days}")).await;
        app.run_jobs().await;
        app.sql(&format!("ALTER TABLE unreadable_{days} RENAME TO workspaces")).await;
        let mail = outbox::Entity::find().filter(outbox::Column::Kind.eq(Kind::Test)).one(app.db()).await;
        let mail = mail.expect("the outbox can be read").expect("a mail");
        assert_eq!((mail.status, mail.attempts), (status, 0), "after {days} more days");
        assert_eq!(mail.last_error.as_deref(), Some("the database could not be read"));
    }
    app.no_more_mail();
}

async fn the_week_of_what_cannot_be_begun_begins_after_the_last_dialogue(app: Usher) {
    let refusing = RefusingSmtp::start("450 Later").await;
    app.delivers_by_smtp(&refusing.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let asked = alice.sends_test_mail(&acme).await.object("/testMail");
    app.run_jobs().await;
    app.clock_moves(Duration::from_hours(8 * 24));
    alice.logs_in().await.succeeds();
    app.sql("ALTER TABLE workspaces RENAME TO unreadable").await;
    app.run_jobs().await;
    app.sql("ALTER TABLE unreadable RENAME TO workspaces").await;
    let mail = alice.sees_test_mail(&asked).await;
    assert_eq!((mail.text("/delivery/status"), mail.at("/delivery/attempts")), ("RETRYING", &json!(1)));
    app.ignores_mail().await;
}

async fn a_failed_mail_is_sent_anew_by_resending(app: Usher) {
    let refusing = RefusingSmtp::start("550 No").await;
    app.delivers_by_smtp(&refusing.url());
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    let smtp = Smtp::start();
    app.delivers_by_smtp(&smtp.url());
    let resent = alice.resends(&invitation).await.object("/invitation");
    assert_eq!((resent.text("/delivery/status"), resent.at("/delivery/lastError")), ("QUEUED", &Value::Null));
    assert_ne!(resent.text("/delivery/messageId"), invitation.text("/delivery/messageId"));
    app.run_jobs().await;
    assert_eq!(alice.sees_delivery(&invitation).await, ("SENT".into(), json!(1)));
    assert_eq!(smtp.mails().len(), 1);
}

async fn captured_mail_is_shown(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "<Acme>").await;
    alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    app.clock_moves(Duration::from_secs(1));
    alice.invites(&acme, "carl@example.com").await;
    app.run_jobs().await;
    let (bob, carl) = (app.mail_to("bob@example.com"), app.mail_to("carl@example.com"));
    let get = async |path: String| {
        let page = app.request(Request::get(path).body(Body::empty()).expect("a request")).await;
        assert_eq!(page.status(), 200);
        page.into_body()
    };
    let list: Value = serde_json::from_str(&get("/mail.json".into()).await).expect("JSON");
    let list = list.as_array().expect("a list");
    assert_eq!(list.len(), 2);
    assert_eq!(list[0]["to"], "carl@example.com", "newest first");
    let id = list[1]["id"].clone();
    let expected = json!({
        "id": id, "to": "bob@example.com", "from": "Usher <no-reply@usher.test>", "subject": bob.subject(),
        "text": bob.text(), "html": bob.html(), "messageId": bob.message_id(), "date": "2026-03-02T09:00:00Z",
    });
    assert_eq!(list[1], expected);
    let page = get("/mail".into()).await;
    assert!(page.contains("bob@example.com") && page.contains("&lt;Acme&gt;") && !page.contains("<Acme>"));
    let page = get(format!("/mail/{}", id.as_str().expect("an id"))).await;
    assert!(page.contains("Alice invites you to &lt;Acme&gt;"));
    assert!(carl.link() != bob.link());
}
