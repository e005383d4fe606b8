//! Mails about which the server is silent: how many are waited for at once, and that the others go past them.

use std::time::Duration;

use futures::{FutureExt, StreamExt, future::join_all, stream::FuturesUnordered};

use super::{Fake, Letter, Outcome, PATIENT, Pool, Reply, Server, letter, letter_to, ready, roots};

/// Long enough that nobody waits for the end of it.
const LONG: Duration = Duration::from_secs(60);

async fn silent_at(place: &'static str) -> Fake {
    // The content's end names nobody: a server silent there is so to all but the first connection's mails.
    Fake::start(move |number, line| {
        let silent = line.starts_with(place) && (line.contains("slow") || line == "." && number > 0);
        silent.then_some(Reply::Silence)
    })
    .await
}

fn pool(fake: &Fake, timeout: Duration, connections: usize) -> Pool {
    let server = Server::from_url(&fake.url(""), roots::mozilla()).expect("a URL");
    Pool::with_limits(server, timeout, connections, PATIENT)
}

fn slow(count: usize) -> Vec<Letter> {
    (0..count).map(|number| letter_to(&format!("slow{number}@example.com"))).collect()
}

#[tokio::test]
async fn many_that_are_slow_for_the_first_time_leave_half_of_the_connections() {
    let fake = silent_at("RCPT").await;
    let pool = pool(&fake, Duration::from_secs(6), 8);
    let letters = slow(20);
    let (outcomes, ()) =
        tokio::join!(join_all(letters.iter().map(|letter| pool.send(letter, None, ready(true)))), async {
            assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent, "behind all of them");
        });
    let silent = |words: &str| words.starts_with("RCPT TO: nothing came within ");
    let put_back = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::NotBegun(words) if silent(words)));
    let waited_for = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Passing(words) if silent(words)));
    assert_eq!((put_back.count(), waited_for.count()), (16, 4), "{outcomes:?}");
}

#[tokio::test]
async fn those_that_were_slow_before_take_no_more_than_half_of_the_jobs() {
    for (connections, waited_for) in [(1, 1), (2, 1), (8, 4), (32, 4)] {
        let fake = silent_at("RCPT").await;
        let pool = pool(&fake, LONG, connections);
        let letters = slow(12);
        let words = "RCPT TO: nothing came within 10.0s";
        let mut attempts: FuturesUnordered<_> =
            letters.iter().map(|letter| pool.send(letter, Some(words), ready(true))).collect();
        for _ in waited_for..12 {
            assert_eq!(attempts.next().await, Some(Outcome::NotBegun(words.to_owned())));
        }
        assert_eq!(attempts.next().now_or_never(), None, "with {connections} connections");
    }
}

#[tokio::test]
async fn those_that_only_look_slow_all_pass_when_the_server_answers() {
    let fake = Fake::start(|_, _| None).await;
    let pool = pool(&fake, LONG, 2);
    let letters = slow(12);
    let words = "MAIL FROM: nothing came within 10.0s";
    let outcomes = join_all(letters.iter().map(|letter| pool.send(letter, Some(words), ready(true)))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Sent), "{outcomes:?}");
}

#[tokio::test]
async fn a_mail_whose_content_has_left_is_waited_for_whoever_else_is() {
    let fake = silent_at(".").await;
    let pool = pool(&fake, Duration::from_secs(3), 4);
    let letters = slow(4);
    let outcomes = join_all(letters.iter().map(|letter| pool.send(letter, None, ready(true)))).await;
    let silent = |words: &str| words.starts_with("end of DATA: nothing came within ");
    let waited_for = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Passing(words) if silent(words)));
    assert_eq!(waited_for.count(), 3, "{outcomes:?}");
}

#[tokio::test]
async fn a_turn_is_free_again_when_its_mail_is_done() {
    let fake = Fake::start(|number, line| (number == 0 && line.starts_with("RCPT")).then_some(Reply::Silence)).await;
    let pool = pool(&fake, Duration::from_millis(900), 1);
    let slow = "RCPT TO: nothing came within 0.3s";
    let Outcome::Passing(words) = pool.send(&letter(), Some(slow), ready(true)).await else {
        panic!("it was waited for")
    };
    assert!(words.starts_with("RCPT TO: nothing came within "));
    assert_eq!(pool.send(&letter(), Some(slow), ready(true)).await, Outcome::Sent);
}
