//! The control: pgbench runs the statements of one request, with as many clients, on the same database.

use std::{fmt::Write, process::Command};

use crate::{CLIENTS, seed::Seed};

/// What sendInvitation asks the database: who is it, may he or she, is the person a member, and the write.
pub(crate) const SEND: &str = "
SELECT s.*, u.* FROM sessions s LEFT JOIN users u ON s.user_id = u.id WHERE s.token_hash = '\\x{hash}' AND s.expires_at > now() LIMIT 1;
SELECT m.*, w.* FROM memberships m LEFT JOIN workspaces w ON m.workspace_id = w.id WHERE m.user_id = '{owner}' AND m.workspace_id = (SELECT id FROM bench_workspaces WHERE n = :n) LIMIT 1;
SELECT m.* FROM memberships m JOIN users u ON m.user_id = u.id WHERE m.workspace_id = (SELECT id FROM bench_workspaces WHERE n = :n) AND u.email_key = 'bench-' || :k LIMIT 1;
WITH i AS (INSERT INTO invitations (id, workspace_id, email, email_key, role, message, status, generation, invited_by, created_at, expires_at)
  SELECT gen_random_uuid(), id, 'bench-' || :k, 'bench-' || :k || :r, 'USER', NULL, 'PENDING', 1, '{owner}', now(), now() + interval '7 days' FROM bench_workspaces WHERE n = :n RETURNING id, workspace_id),
o AS (INSERT INTO outbox (id, kind, status, recipient, workspace_id, invitation_id, generation, key_id, claim, attempts, available_at, created_at)
  SELECT gen_random_uuid(), 'INVITATION', 'QUEUED', 'bench-' || :k, workspace_id, id, 1, 1, 0, 0, now(), now() FROM i)
INSERT INTO events (workspace_id, kind, actor_id, invitation_id, status, delivery_status, details, occurred_at)
  SELECT workspace_id, 'invitation.sent', '{owner}', id, 'PENDING', 'QUEUED', '{}', now() FROM i;
";

/// What a page of invitations asks the database.
pub(crate) const LIST: &str = "
SELECT s.*, u.* FROM sessions s LEFT JOIN users u ON s.user_id = u.id WHERE s.token_hash = '\\x{hash}' AND s.expires_at > now() LIMIT 1;
SELECT m.*, w.* FROM memberships m LEFT JOIN workspaces w ON m.workspace_id = w.id WHERE m.user_id = '{owner}' AND m.workspace_id = (SELECT id FROM bench_workspaces WHERE n = :n) LIMIT 1;
SELECT i.*, o.* FROM invitations i JOIN outbox o ON o.invitation_id = i.id AND o.generation = i.generation AND o.kind = 'INVITATION'
  WHERE i.workspace_id = (SELECT id FROM bench_workspaces WHERE n = :n) ORDER BY i.id DESC LIMIT 51;
";

/// Transactions a second.
pub(crate) fn run(database: &str, statements: &str, seconds: u64, seed: &Seed) -> f64 {
    let hash = seed.token_hash.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let script = statements.replace("{hash}", &hash).replace("{owner}", &seed.owner.to_string());
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let random = "\\set n random(1, 1000)\n\\set k random(1, 1000000000)\n\\set r random(1, 1000000000)\n";
    std::fs::write(file.path(), format!("{random}{script}")).expect("the script is written");
    let setup = "CREATE TABLE IF NOT EXISTS bench_workspaces AS SELECT row_number() OVER ()::int AS n, id FROM workspaces; \
                 CREATE UNIQUE INDEX IF NOT EXISTS bench_n ON bench_workspaces (n);";
    let made =
        Command::new("psql").args(["-qd", database, "-c", setup]).status().expect("psql, from postgresql-client");
    assert!(made.success(), "the control's table is made");
    let clients = CLIENTS.to_string();
    let output = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-j", "2", "-c", &clients, "-T", &seconds.to_string(), "-f"])
        .arg(file.path())
        .arg(database)
        .output()
        .expect("pgbench, from postgresql-contrib or postgresql");
    let text = String::from_utf8_lossy(&output.stdout);
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    tps.unwrap_or_else(|| panic!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)))
}
