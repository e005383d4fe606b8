//! Who subscribes: people with a session each, written into the tables. To let them register would take an hour, and is not
//! what is measured.

use domain::{db, id::Kind};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tests::Object;
use uuid::Uuid;

/// How many of those who are idle share a workspace.
const A_WORKSPACE: usize = 10;
/// The part of an id that is not its number.
const PREFIX: &str = "00000000-0000-4000-8000-";

/// Connects to Usher's database.
pub(crate) async fn database(url: &str) -> DatabaseConnection {
    db::connect(&url.into()).await.expect("PostgreSQL answers")
}

/// The token of a person's session.
pub(crate) fn token(person: usize) -> String {
    format!("the-token-of-person-{person}")
}

/// The global id of the workspace that an idle person follows.
pub(crate) fn workspace(person: usize) -> String {
    let id = format!("{PREFIX}{:012x}", person / A_WORKSPACE);
    Kind::Workspace.id(Uuid::parse_str(&id).expect("an id"))
}

/// Makes the people from 0 on, administrators all: the first `watchers` of `watched`, the `idle` after them of workspaces
/// which ten share.
pub(crate) async fn fill(db: &DatabaseConnection, watched: &Object, watchers: usize, idle: usize) {
    let watched = Kind::Workspace.parse(watched.id()).expect("the id of a workspace");
    let (last, last_workspace) = (watchers + idle - 1, (watchers + idle - 1) / A_WORKSPACE);
    let id = format!("('{PREFIX}' || lpad(to_hex(n), 12, '0'))::uuid");
    let workspace = format!("('{PREFIX}' || lpad(to_hex(n / {A_WORKSPACE}), 12, '0'))::uuid");
    let fill = format!(
        "INSERT INTO workspaces (id, name, name_key, created_at)
           SELECT {id}, 'Workspace ' || n, 'workspace ' || n, now() FROM generate_series(0, {last_workspace}) n;
         INSERT INTO users (id, email, email_key, name, name_key, password_hash, created_at)
           SELECT {id}, 'person-' || n || '@example.com', 'person-' || n || '@example.com', 'Person ' || n, 'person ' || n,
             '', now() FROM generate_series(0, {last}) n;
         INSERT INTO sessions (id, user_id, token_hash, created_at, last_seen_at, expires_at)
           SELECT {id}, {id}, sha256(convert_to('{token}' || n, 'UTF8')), now(), now(), now() + interval '1 day'
           FROM generate_series(0, {last}) n;
         INSERT INTO memberships (id, workspace_id, user_id, role, joined_at)
           SELECT {id}, CASE WHEN n < {watchers} THEN '{watched}'::uuid ELSE {workspace} END, {id}, 'ADMINISTRATOR', now()
           FROM generate_series(0, {last}) n;
         ANALYZE;",
        token = token(0).trim_end_matches('0'),
    );
    db.execute_unprepared(&fill).await.expect("the people are written");
}

/// When the transaction that wrote an invitation was committed, in microseconds since 1970, by PostgreSQL's record.
pub(crate) async fn committed(db: &DatabaseConnection, invitation: &Object) -> i64 {
    let id = Kind::Invitation.parse(invitation.id()).expect("the id of an invitation");
    let query = format!(
        "SELECT (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint AS micros \
         FROM invitations WHERE id = '{id}'"
    );
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, query)).await.expect("PostgreSQL answers");
    row.expect("the invitation").try_get("", "micros").expect("the time of a commit")
}
