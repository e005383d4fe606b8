//! Where the files of the stories lie: in memory, where there is room. PostgreSQL copies a database of 300 files for each
//! story, which takes 20 ms there and 400 ms on a disk.

use std::process::Command;

use tempfile::TempDir;

/// Linux's folder in memory.
const MEMORY: &str = "/dev/shm";
/// PostgreSQL keeps up to a GB of its log, and stories at once have a database each.
const ROOM_KB: u64 = 4 << 20;

/// Makes temporary folders lie in memory from now on, those of servers too, if it has room.
pub(crate) fn in_memory() {
    if available_kb(MEMORY).is_some_and(|room| room >= ROOM_KB) {
        // Only the first call has an effect, and no other is made with another folder.
        let _ = tempfile::env::override_temp_dir(MEMORY.as_ref());
    }
}

/// A temporary folder.
pub(crate) fn temporary() -> TempDir {
    tempfile::Builder::new().prefix("usher-story-").tempdir().expect("a temporary folder")
}

fn available_kb(folder: &str) -> Option<u64> {
    let output = Command::new("df").args(["-k", "--output=avail", folder]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.lines().nth(1)?.trim().parse().ok()
}
