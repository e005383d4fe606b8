//! What we say, and in which order.

use super::{Fake, Letter, Outcome, Reply, letter, letter_to, pool, ready, words};

const ALL: &str = "250-fake.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10000";

#[tokio::test]
async fn a_plain_server_hears_one_command_at_a_time() {
    let fake = Fake::start(|_, _| None).await;
    assert_eq!(pool(&fake).send(&letter(), None, ready(true)).await, Outcome::Sent);
    let said = &fake.lines()[0];
    let commands = ["EHLO [127.0.0.1]", "MAIL FROM:<usher@example.com>", "RCPT TO:<bob@example.com>", "DATA"];
    assert_eq!(said[..4], commands);
    assert_eq!(said[4..], ["Subject: Hello", "", "Hello.", "."]);
}

#[tokio::test]
async fn the_commands_go_out_together_when_the_server_takes_them_so() {
    // It says nothing before it has heard all three: one command at a time would wait for ever.
    let fake = Fake::start(|_, line| match line.get(..4) {
        Some("EHLO") => Some(Reply::Say(ALL)),
        Some("MAIL" | "RCPT") => Some(Reply::Hold("250 fine")),
        _ => None,
    })
    .await;
    assert_eq!(pool(&fake).send(&letter(), None, ready(true)).await, Outcome::Sent);
    assert_eq!(fake.lines()[0][1], "MAIL FROM:<usher@example.com> SIZE=26");
}

#[tokio::test]
async fn an_international_address_needs_a_server_that_takes_it() {
    let fake = Fake::start(|_, line| line.starts_with("EHLO").then_some(Reply::Say(ALL))).await;
    let international = Letter { content: "To: Jürgen\r\n\r\n".into(), ..letter_to("jürgen@example.com") };
    assert_eq!(pool(&fake).send(&international, None, ready(true)).await, Outcome::Sent);
    assert_eq!(fake.lines()[0][1], "MAIL FROM:<usher@example.com> SIZE=15 BODY=8BITMIME SMTPUTF8");

    let fake = Fake::start(|_, _| None).await;
    let pool = pool(&fake);
    let Outcome::Permanent(words) = pool.send(&international, None, ready(true)).await else {
        panic!("it can never be sent")
    };
    assert!(words.contains("SMTPUTF8"), "{words}");
    let of_ours = Letter { from: "pasts-ž@example.com".to_owned(), ..letter() };
    let Outcome::Passing(words) = pool.send(&of_ours, None, ready(true)).await else {
        panic!("the operator can put it right")
    };
    assert!(words.contains("USHER_MAIL_FROM"), "{words}");
    assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
    assert_eq!(fake.connections(), 1);
}

#[tokio::test]
async fn after_a_refusal_the_connection_is_reset_and_used_again() {
    for offers in ["250 fake.test", ALL] {
        let fake = Fake::start(move |_, line| match line {
            line if line.starts_with("EHLO") => Some(Reply::Say(offers)),
            "RCPT TO:<nobody@example.com>" => Some(Reply::Say("550 5.1.1 no such user")),
            _ => None,
        })
        .await;
        let pool = pool(&fake);
        let refused = pool.send(&letter_to("nobody@example.com"), None, ready(true)).await;
        assert_eq!(refused, Outcome::Permanent("RCPT TO: 550 5.1.1 no such user".to_owned()));
        assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
        let said = fake.lines().concat();
        assert_eq!(fake.connections(), 1);
        let reset = said.iter().position(|line| line == "RSET").expect("a reset");
        assert!(said[reset + 1].starts_with("MAIL FROM"), "{said:?}");
        // A server that asks for the mail of a group whose recipient it refused gets an empty one.
        assert_eq!(said[reset - 1], if offers == ALL { "." } else { "RCPT TO:<nobody@example.com>" });
    }
}

#[tokio::test]
async fn the_first_refusal_of_a_group_counts_even_when_the_server_then_goes_away() {
    let fake = Fake::start(|_, line| match line.get(..4) {
        Some("EHLO") => Some(Reply::Say(ALL)),
        Some("RCPT") => Some(Reply::Last("550 5.1.1 no such user")),
        _ => None,
    })
    .await;
    let pool = pool(&fake);
    assert_eq!(words(pool.send(&letter(), None, ready(true)).await), "RCPT TO: 550 5.1.1 no such user");
    assert_eq!(words(pool.send(&letter(), None, ready(true)).await), "RCPT TO: 550 5.1.1 no such user");
    assert_eq!(fake.connections(), 2, "it was not used again");
}

#[tokio::test]
async fn nothing_in_a_mail_can_end_it() {
    let fake = Fake::start(|_, _| None).await;
    let content = b"Subject: Dots\r\n\r\n.\r\n..\r\n.a\nb\n.\nc\r\n\r\n.".to_vec();
    assert_eq!(pool(&fake).send(&Letter { content, ..letter() }, None, ready(true)).await, Outcome::Sent);
    let said = fake.lines().concat();
    assert_eq!(said[4..], ["Subject: Dots", "", "..", "...", "..a", "b", "..", "c", "", "..", "."]);
}

#[tokio::test]
async fn a_mail_without_an_end_of_line_gets_one() {
    let wire = Letter { content: b"Hello".to_vec(), ..letter() }.to_wire();
    assert_eq!(wire, b"Hello\r\n.\r\n");
    assert_eq!(Letter { content: Vec::new(), ..letter() }.to_wire(), b".\r\n");
}
