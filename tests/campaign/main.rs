//! The whole campaign: 2,000 invitations and some sixty faults, with one server and one worker, and again with two and
//! three. Prints what became of the mails, and fails when a promise was broken. `small` runs those of `./test` instead.
//!
//! `cargo build && cargo run -p tests --bin campaign [seed] [small]`

#![expect(clippy::print_stdout, reason = "its table is what it is for")]

use std::process::ExitCode;

use tests::campaign::Plan;

#[tokio::main]
async fn main() -> ExitCode {
    let seed = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1);
    let plan = if std::env::args().nth(2).as_deref() == Some("small") { Plan::small(seed) } else { Plan::full(seed) };
    let mut is_good = true;
    for plan in [plan.clone(), plan.with_many_processes()] {
        let verdict = plan.run().await;
        println!("{verdict}");
        is_good &= verdict.is_good();
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
