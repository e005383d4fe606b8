//! The two back ends that every story runs on, and a fresh place on one of them for each story.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use domain::db;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::folder;
use crate::servers::{Durability, Postgres, Redis};

/// The migrated database that each story's is copied from.
const TEMPLATE: &str = "usher_template";

/// What a story runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The embedded default: SQLite, and the queue in the process.
    Sqlite,
    /// Production: PostgreSQL and Redis.
    Postgres,
}

impl Backend {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// The name at the beginning of a trial's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// The servers and templates behind all stories. Each is made when the first story needs it; dropping stops the servers.
pub struct Backends {
    sqlite: OnceLock<SqliteTemplate>,
    production: OnceLock<Production>,
    next: AtomicU32,
}

impl Default for Backends {
    fn default() -> Self {
        folder::in_memory();
        Self { sqlite: OnceLock::new(), production: OnceLock::new(), next: AtomicU32::new(0) }
    }
}

impl Backends {
    /// A fresh place for a story. `runtime` is the story's own.
    pub fn place(&self, backend: Backend, runtime: &Runtime) -> Place {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        match backend {
            Backend::Sqlite => self.sqlite.get_or_init(|| SqliteTemplate::new(runtime)).copy(),
            Backend::Postgres => {
                let production = self.production.get_or_init(|| Production::start(runtime));
                runtime.block_on(production.copy(number))
            }
        }
    }
}

/// Where one story happens.
pub struct Place {
    /// The database, migrated and empty.
    pub database_url: SecretString,
    /// The Redis database, empty; none for the queue in the process.
    pub redis_url: Option<SecretString>,
    kept: Kept,
}

/// What has to go when the story is over.
enum Kept {
    Folder(#[expect(dead_code, reason = "dropping it removes the folder")] TempDir),
    Database { server: SecretString, name: String },
}

impl Place {
    /// Removes the database; nobody may be connected to it any more.
    pub async fn remove(self) {
        if let Kept::Database { server, name } = self.kept {
            execute(&server, &format!("DROP DATABASE {name}")).await;
        }
    }
}

struct SqliteTemplate {
    folder: TempDir,
}

impl SqliteTemplate {
    fn new(runtime: &Runtime) -> Self {
        let template = Self { folder: folder::temporary() };
        let url = sqlite_url(&template.file());
        runtime.block_on(migrate(&url));
        template
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join(TEMPLATE)
    }

    fn copy(&self) -> Place {
        let folder = folder::temporary();
        let file = folder.path().join("usher.db");
        fs::copy(self.file(), &file).expect("the migrated file can be copied");
        Place { database_url: sqlite_url(&file), redis_url: None, kept: Kept::Folder(folder) }
    }
}

struct Production {
    postgres: Postgres,
    redis: Redis,
}

impl Production {
    fn start(runtime: &Runtime) -> Self {
        let (postgres, redis) = thread::scope(|scope| {
            let redis = scope.spawn(Redis::start);
            (Postgres::start(Durability::Fast), redis.join().expect("Redis starts"))
        });
        let template = SecretString::from(postgres.url(TEMPLATE));
        runtime.block_on(async {
            execute(&postgres.url("postgres").into(), &format!("CREATE DATABASE {TEMPLATE}")).await;
            migrate(&template).await;
        });
        Self { postgres, redis }
    }

    async fn copy(&self, number: u32) -> Place {
        let name = format!("story_{number}");
        let server = SecretString::from(self.postgres.url("postgres"));
        execute(&server, &format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await;
        Place {
            database_url: self.postgres.url(&name).into(),
            redis_url: Some(self.redis.url(number).into()),
            kept: Kept::Database { server, name },
        }
    }
}

fn sqlite_url(file: &Path) -> SecretString {
    format!("sqlite://{}", file.display()).into()
}

async fn connect(url: &SecretString) -> DatabaseConnection {
    db::connect(url).await.expect("a database that has just been made takes connections")
}

async fn migrate(url: &SecretString) {
    let db = connect(url).await;
    Migrator::up(&db, None).await.expect("the migrations run on an empty database");
    db.close().await.expect("the connections to the template close");
}

async fn execute(server: &SecretString, statement: &str) {
    let db = connect(server).await;
    db.execute_unprepared(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    db.close().await.expect("the connections to the server close");
}
