//! The connections against a mail server that says what a test wants.

mod answers;
mod dialogue;
mod fake;
mod kept;
mod let_in;
mod turns;
mod wire;

use std::{future::ready, time::Duration};

use fake::{Fake, Reply};

use super::{Letter, Pool, Server, roots};
use crate::outcome::Outcome;

/// Long enough for a busy machine.
const PATIENT: Duration = Duration::from_secs(20);

fn letter() -> Letter {
    letter_to("bob@example.com")
}

fn letter_to(to: &str) -> Letter {
    let content = b"Subject: Hello\r\n\r\nHello.\r\n".to_vec();
    Letter { from: "usher@example.com".to_owned(), to: to.to_owned(), content }
}

fn pool(fake: &Fake) -> Pool {
    pool_within(fake, PATIENT)
}

fn pool_within(fake: &Fake, timeout: Duration) -> Pool {
    Pool::new(Server::from_url(&fake.url(""), roots::mozilla()).expect("a URL"), timeout, 8)
}

#[track_caller]
fn words(outcome: Outcome) -> String {
    match outcome {
        Outcome::Passing(words) | Outcome::Permanent(words) => words,
        other => panic!("it was not refused: {other:?}"),
    }
}
