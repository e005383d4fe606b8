//! Connections that are kept: used again, replaced when they have died, limited, closed politely.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures::future::join_all;

use super::{Fake, Outcome, PATIENT, Pool, Reply, Server, letter, letter_to, pool, pool_within, ready, roots, words};

fn limited(fake: &Fake, connections: usize, kept: Duration) -> Pool {
    Pool::with_limits(Server::from_url(&fake.url(""), roots::mozilla()).expect("a URL"), PATIENT, connections, kept)
}

#[tokio::test]
async fn one_connection_carries_a_hundred_mails_and_says_quit() {
    let fake = Fake::start(|_, _| None).await;
    let pool = pool(&fake);
    for _ in 0..101 {
        assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
    }
    assert_eq!(fake.connections(), 2);
    drop(pool);
    fake.is_left_alone().await;
    for said in fake.lines() {
        assert_eq!(said.last().expect("a line"), "QUIT");
    }
}

#[tokio::test]
async fn a_kept_connection_that_has_ended_is_replaced() {
    for farewell in ["250 taken", "250 taken\r\n421 4.4.2 idle for too long"] {
        let fake = Fake::start(move |number, line| (number == 0 && line == ".").then_some(Reply::Last(farewell))).await;
        let pool = pool(&fake);
        assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
        fake.is_left_alone().await;
        assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
        assert_eq!(fake.connections(), 2);
    }
}

#[tokio::test]
async fn a_connection_that_says_more_than_it_was_asked_is_not_used_again() {
    // Its answers would be taken for those to other commands.
    let fake = Fake::start(|_, line| (line == ".").then_some(Reply::Say("250 taken\r\n250 taken again"))).await;
    let pool = pool(&fake);
    for _ in 0..2 {
        assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
    }
    assert_eq!(fake.connections(), 2);
}

#[tokio::test]
async fn a_kept_connection_that_ends_at_the_next_mail_is_replaced() {
    for (place, text) in [("MAIL", None), ("RCPT", Some("421 4.3.2 closing"))] {
        let what = move || text.map_or(Reply::Close, Reply::Last);
        let taken = AtomicUsize::new(0);
        let fake = Fake::start(move |number, line| {
            let taken = taken.fetch_add(usize::from(line == "."), Ordering::SeqCst);
            (number == 0 && taken > 0 && line.starts_with(place)).then(what)
        })
        .await;
        let pool = pool(&fake);
        assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
        assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
        assert_eq!(fake.connections(), 2);
    }
}

#[tokio::test]
async fn a_kept_connection_that_does_not_answer_is_replaced_in_time() {
    let fake = Fake::start(|number, line| match line {
        "RCPT TO:<nobody@example.com>" => Some(Reply::Say("550 5.1.1 no such user")),
        "RSET" if number == 0 => Some(Reply::Silence),
        _ => None,
    })
    .await;
    let pool = pool_within(&fake, Duration::from_secs(2));
    assert_eq!(
        words(pool.send(&letter_to("nobody@example.com"), None, ready(true)).await),
        "RCPT TO: 550 5.1.1 no such user"
    );
    assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
    assert_eq!(fake.connections(), 2);
}

#[tokio::test]
async fn a_mail_whose_content_has_left_is_not_sent_twice() {
    let ends = AtomicUsize::new(0);
    let fake =
        Fake::start(move |_, line| (line == "." && ends.fetch_add(1, Ordering::SeqCst) == 1).then_some(Reply::Close))
            .await;
    let pool = pool(&fake);
    assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
    assert!(words(pool.send(&letter(), None, ready(true)).await).starts_with("end of DATA: "));
    assert_eq!(fake.connections(), 1);
}

#[tokio::test]
async fn no_more_connections_than_allowed_and_nobody_starves() {
    let fake = Fake::start(|_, line| (line == ".").then_some(Reply::Late("250 taken"))).await;
    let pool = limited(&fake, 3, PATIENT);
    let letters: Vec<_> = (0..30).map(|number| letter_to(&format!("bob{number}@example.com"))).collect();
    let outcomes = join_all(letters.iter().map(|letter| pool.send(letter, None, ready(true)))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Sent), "{outcomes:?}");
    assert_eq!((fake.connections(), fake.most()), (3, 3));
}

#[tokio::test]
async fn a_slow_recipient_holds_up_nobody() {
    let fake = Fake::start(|_, line| line.starts_with("RCPT TO:<slow").then_some(Reply::Silence)).await;
    let pool = pool_within(&fake, Duration::from_secs(3));
    let slow = letter_to("slow@example.com");
    let others = async {
        for _ in 0..20 {
            assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
        }
    };
    tokio::select! {
        outcome = pool.send(&slow, None, ready(true)) => panic!("{outcome:?}"),
        () = others => {}
    }
}

#[tokio::test]
async fn who_waits_too_long_for_a_connection_is_told_so() {
    let fake = Fake::start(|_, line| line.starts_with("RCPT").then_some(Reply::Silence)).await;
    let server = Server::from_url(&fake.url(""), roots::mozilla()).expect("a URL");
    let pool = Pool::with_limits(server, Duration::from_millis(300), 1, PATIENT);
    let letter = letter();
    let outcomes = join_all((0..3).map(|_| pool.send(&letter, None, ready(true)))).await;
    let Outcome::NotBegun(words) = &outcomes[2] else { panic!("no dialogue was begun: {:?}", outcomes[2]) };
    assert!(words.starts_with("waiting for a connection: nothing came within "));
}

#[tokio::test]
async fn a_mail_that_is_given_up_closes_its_connection() {
    let fake = Fake::start(|number, line| (number == 0 && line == ".").then_some(Reply::Silence)).await;
    let pool = limited(&fake, 1, PATIENT);
    assert!(tokio::time::timeout(Duration::from_millis(200), pool.send(&letter(), None, ready(true))).await.is_err());
    // Its slot is free again, and what follows has a connection of its own.
    assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
    assert_eq!(fake.connections(), 2);
}

#[tokio::test]
async fn a_connection_at_rest_for_too_long_says_quit() {
    let fake = Fake::start(|_, _| None).await;
    let pool = limited(&fake, 2, Duration::from_millis(50));
    assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
    fake.is_left_alone().await;
    assert_eq!(fake.lines()[0].last().expect("a line"), "QUIT");
    assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
}
