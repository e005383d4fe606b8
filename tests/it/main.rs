//! The stories of Usher. Each runs on both back ends, as `sqlite::…` and as `postgres::…`.

mod accounts;
mod inviting;
mod joining;
mod states;

use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use libtest_mimic::Arguments;
use tests::{Backends, trials};

/// More stories at once only wait for each other.
const THREADS: usize = 8;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let processors = thread::available_parallelism().map_or(1, usize::from);
    arguments.test_threads.get_or_insert(processors.min(THREADS));
    // Dropped before the end: that stops the servers.
    let backends = Arc::new(Backends::default());
    let modules = [
        ("accounts", accounts::STORIES),
        ("inviting", inviting::STORIES),
        ("joining", joining::STORIES),
        ("states", states::STORIES),
    ];
    let trials = modules.iter().flat_map(|(module, stories)| trials(&backends, module, stories)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
