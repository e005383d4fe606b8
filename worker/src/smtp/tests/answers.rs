//! What an answer, an end or a silence means, at each place of the dialogue.

use std::time::Duration;

use super::{Fake, Outcome, PATIENT, Reply, letter, pool, pool_within, ready, words};

/// Where the server can say no, and how we name it.
const STAGES: [(&str, &str); 6] = [
    ("connect", "greeting"),
    ("EHLO", "EHLO"),
    ("MAIL", "MAIL FROM"),
    ("RCPT", "RCPT TO"),
    ("DATA", "DATA"),
    (".", "end of DATA"),
];

/// A server that says `what` at the line that begins with `place`, with and without pipelining.
async fn fake(place: &'static str, has_pipelining: bool, what: fn() -> Reply) -> Fake {
    Fake::start(move |_, line| match line {
        line if line.starts_with(place) => Some(what()),
        line if line.starts_with("EHLO") && has_pipelining => Some(Reply::Say("250-fake.test\r\n250 PIPELINING")),
        "DATA" if matches!(place, "MAIL" | "RCPT") => Some(Reply::Say("503 5.5.1 no recipients")),
        _ => None,
    })
    .await
}

async fn outcomes(place: &'static str, what: fn() -> Reply, timeout: Duration) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for has_pipelining in [false, true] {
        let fake = fake(place, has_pipelining, what).await;
        outcomes.push(pool_within(&fake, timeout).send(&letter(), None, ready(true)).await);
    }
    outcomes
}

#[tokio::test]
async fn a_no_for_now_is_passing_everywhere() {
    for (place, name) in STAGES {
        for outcome in outcomes(place, || Reply::Say("451 4.3.0 later"), PATIENT).await {
            assert_eq!(outcome, Outcome::Passing(format!("{name}: 451 4.3.0 later")));
        }
        for outcome in outcomes(place, || Reply::Last("421 4.3.2 closing"), PATIENT).await {
            assert_eq!(outcome, Outcome::Passing(format!("{name}: 421 4.3.2 closing")));
        }
    }
}

#[tokio::test]
async fn a_no_for_good_is_permanent_only_when_it_is_about_the_mail() {
    for (place, name) in STAGES {
        for outcome in outcomes(place, || Reply::Say("554 5.7.1 no"), PATIENT).await {
            let words = format!("{name}: 554 5.7.1 no");
            let is_about_the_mail = matches!(place, "RCPT" | "DATA" | ".");
            assert_eq!(outcome, if is_about_the_mail { Outcome::Permanent(words) } else { Outcome::Passing(words) });
        }
    }
    for outcome in outcomes("MAIL", || Reply::Say("552 5.3.4 too big"), PATIENT).await {
        assert_eq!(outcome, Outcome::Permanent("MAIL FROM: 552 5.3.4 too big".to_owned()));
    }
    for outcome in outcomes("RCPT", || Reply::Say("530 5.7.0 log in first"), PATIENT).await {
        assert_eq!(outcome, Outcome::Passing("RCPT TO: 530 5.7.0 log in first".to_owned()));
    }
}

#[tokio::test]
async fn an_end_is_passing_everywhere() {
    for (place, name) in STAGES {
        for outcome in outcomes(place, || Reply::Close, PATIENT).await {
            let Outcome::Passing(words) = outcome else { panic!("{place}: {outcome:?}") };
            assert!(words.starts_with(&format!("{name}: ")) || words.starts_with("MAIL FROM: "), "{place}: {words}");
            assert_eq!(words.ends_with("; the mail may have been taken"), place == ".", "{words}");
        }
    }
}

#[tokio::test]
async fn a_silence_is_passing_everywhere_and_ends_in_time() {
    for (place, name) in STAGES {
        let begun = tokio::time::Instant::now();
        for outcome in outcomes(place, || Reply::Silence, Duration::from_millis(300)).await {
            let Outcome::Passing(words) = outcome else { panic!("{place}: {outcome:?}") };
            assert!(words.starts_with(&format!("{name}: nothing came within ")), "{place}: {words}");
        }
        assert!(begun.elapsed() < Duration::from_secs(3));
    }
}

#[tokio::test]
async fn nobody_there_is_passing() {
    let fake = Fake::start(|_, _| None).await;
    let pool = pool(&fake);
    drop(fake);
    let Outcome::Passing(words) = pool.send(&letter(), None, ready(true)).await else { panic!("somebody answered") };
    assert!(words.starts_with("connect: "), "{words}");
}

#[tokio::test]
async fn the_words_are_the_servers_own_in_one_line() {
    let fake = Fake::start(|_, line| {
        line.starts_with("RCPT").then_some(Reply::Say("550-5.1.1 no such user\r\n550-5.1.1  here\r\n550 5.1.1 bye"))
    })
    .await;
    let outcome = pool(&fake).send(&letter(), None, ready(true)).await;
    assert_eq!(outcome, Outcome::Permanent("RCPT TO: 550 5.1.1 no such user 5.1.1  here 5.1.1 bye".to_owned()));
}

#[tokio::test]
async fn what_is_not_smtp_is_passing() {
    for nonsense in ["hello", "25 fine", "250_fine", "999 fine", "\u{fffd}\u{fffd}"] {
        let fake = Fake::start(move |_, line| line.starts_with("MAIL").then_some(Reply::Say(nonsense))).await;
        let outcome = pool(&fake).send(&letter(), None, ready(true)).await;
        assert_eq!(outcome, Outcome::Passing("MAIL FROM: what the server says is not SMTP".to_owned()));
    }
    let endless: &'static str = "250 ".repeat(5_000).leak();
    let fake = Fake::start(move |_, line| line.starts_with("MAIL").then_some(Reply::Say(endless))).await;
    assert_eq!(
        words(pool(&fake).send(&letter(), None, ready(true)).await),
        "MAIL FROM: what the server says is not SMTP"
    );
}
