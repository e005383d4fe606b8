//! Following live events, the whole of it: 5,000 changes by 16 writers, told to 50 followers who come and go while a server
//! is killed and Redis restarts. Prints what they were told, and fails when an event is missing, came twice, or came to
//! somebody in another order.
//!
//! `cargo build && cargo run -p tests --bin following [seed]`

#![expect(clippy::print_stdout, reason = "its table is what it is for")]

use std::process::ExitCode;
use std::time::Instant;

use tests::following::Following;

#[tokio::main]
async fn main() -> ExitCode {
    let seed = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1);
    let begun = Instant::now();
    let verdict = Following::full(seed).run().await;
    println!("{verdict}within {:.0?}", begun.elapsed());
    if verdict.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
