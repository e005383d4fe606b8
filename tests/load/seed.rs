//! What the load test starts from: one signed-in owner of 1,000 workspaces.

use domain::{clock::Clock, id::Kind, token};
use entity::{membership, session, user, workspace};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, EntityTrait, IntoActiveModel};
use secrecy::ExposeSecret;

/// The key of links.
pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef-load";

/// Who and what the requests are about.
pub(crate) struct Seed {
    pub(crate) token: String,
    pub(crate) token_hash: Vec<u8>,
    pub(crate) owner: uuid::Uuid,
    pub(crate) workspaces: Vec<String>,
}

/// Makes and fills the database.
pub(crate) async fn fill(server: &str, database: &str) -> Seed {
    let maintenance = Database::connect(server).await.expect("PostgreSQL answers");
    maintenance.execute_unprepared("CREATE DATABASE usher").await.expect("a new database");
    let db = Database::connect(database).await.expect("PostgreSQL answers");
    Migrator::up(&db, None).await.expect("the migrations run");
    let clock = Clock::system();
    let now = clock.now();
    let owner = user::Model {
        id: clock.new_id(),
        email: "owner@example.com".into(),
        email_key: "owner@example.com".into(),
        name: "Owner".into(),
        name_key: "owner".into(),
        password_hash: String::new(),
        created_at: now,
        last_login_at: None,
        last_workspace_id: None,
        language: None,
        disabled_at: None,
    };
    user::Entity::insert(owner.clone().into_active_model()).exec_without_returning(&db).await.expect("a user");
    let token = token::random().expect("random bytes").expose_secret().to_owned();
    let session = session::Model {
        id: clock.new_id(),
        user_id: owner.id,
        token_hash: token::hash(&token),
        workspace_id: None,
        user_agent: None,
        created_at: now,
        last_seen_at: now,
        expires_at: now + std::time::Duration::from_secs(86_400),
    };
    session::Entity::insert(session.into_active_model()).exec_without_returning(&db).await.expect("a session");
    let rows: Vec<_> = (0..super::WORKSPACES)
        .map(|number| workspace::Model {
            id: clock.new_id(),
            name: format!("Workspace {number}"),
            name_key: format!("workspace {number}"),
            created_at: now,
            deletes_at: None,
            deletions: 0,
            language: None,
            seats: None,
        })
        .collect();
    let members = rows.iter().map(|row| membership::Model {
        id: clock.new_id(),
        workspace_id: row.id,
        user_id: owner.id,
        role: membership::Role::Owner,
        joined_at: now,
        invited_by: None,
    });
    let active = rows.iter().cloned().map(IntoActiveModel::into_active_model);
    workspace::Entity::insert_many(active).exec_without_returning(&db).await.expect("workspaces");
    let active = members.map(IntoActiveModel::into_active_model);
    membership::Entity::insert_many(active).exec_without_returning(&db).await.expect("memberships");
    let seed = Seed {
        token_hash: token::hash(&token),
        token,
        owner: owner.id,
        workspaces: rows.iter().map(|row| Kind::Workspace.id(row.id)).collect(),
    };
    analyze(database).await;
    seed
}

/// Tells PostgreSQL how the tables look now: without it a plan may be a scan.
pub(crate) async fn analyze(database: &str) {
    let db = Database::connect(database).await.expect("PostgreSQL answers");
    db.execute_unprepared("ANALYZE").await.expect("statistics");
}
