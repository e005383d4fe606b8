//! The database: connecting, writing, and what differs between SQLite and PostgreSQL.

use std::time::Duration;

use futures::TryFutureExt;
use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::{Connection, Error as SqlxError, Executor};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select, SqlErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
    sea_query::{
        Alias, CommonTableExpression, Expr, ExprTrait, Func, InsertStatement, LockBehavior, LockType, Query,
        SelectStatement, SubQueryStatement, extension::postgres::PgFunc,
    },
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use uuid::Uuid;

/// How long a statement waits for a connection, or SQLite for its one writer, before it fails.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection whose statement was given up waits for that answer before it is closed.
const GIVEN_UP: Duration = Duration::from_secs(3);
/// The lock of whoever migrates; any number that nothing else uses.
const MIGRATION: i64 = 0x6d69_6772;

/// Connects a pool to `sqlite://…` or `postgres://…`. Fails when the address cannot be used or nobody answers.
pub async fn connect(url: &SecretString) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url.expose_secret());
    options.sqlx_logging(false).acquire_timeout(PATIENCE).connect_timeout(PATIENCE);
    if url.expose_secret().starts_with("sqlite:") {
        // FULL: with NORMAL the last commits before a power failure are gone, and the mails they promised with them.
        options.max_connections(8).map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .foreign_keys(true)
                .busy_timeout(PATIENCE)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
        });
    } else {
        // Five processes fit into the 100 connections that PostgreSQL has by default.
        options.max_connections(19).min_connections(2).test_before_acquire(false);
        options.map_sqlx_postgres_pool_opts(|pool| {
            pool.after_connect(|connection, _| {
                // A host that went away in the middle of a transaction holds its rows until the system gives up the connection,
                // after hours; others wait for them for less than a lease.
                Box::pin(connection.execute("SET idle_in_transaction_session_timeout = '20s'").map_ok(drop))
            })
            .after_release(|connection, _| {
                // When no answer is due this costs nothing. A database that is gone without a word sends none: without a limit its
                // connections would fill the pool.
                Box::pin(async {
                    let answered = timeout(GIVEN_UP, connection.flush()).await;
                    answered.unwrap_or_else(|_| Err(SqlxError::PoolTimedOut)).map(|()| true)
                })
            })
        });
    }
    Database::connect(options).await
}

/// Waits for the database, but not beyond `limit`. One that is gone without a word would be waited for as long as the system
/// believes in its connections; so it is an error, and can be asked again over another one.
pub fn in_time<T>(
    limit: Duration,
    answer: impl Future<Output = crate::Result<T>>,
) -> impl Future<Output = crate::Result<T>> {
    let answered = timeout(limit, Box::pin(answer));
    async { answered.await.unwrap_or_else(|_| Err(crate::Error::internal("the database does not answer"))) }
}

/// Begins a transaction that will write. On SQLite it takes the writer at once: one that reads first and writes later
/// fails under load instead of waiting.
pub async fn begin_write(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    db.begin_with_options(TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    })
    .await
}

/// Brings the database up to date. Several processes may do it at once: the first does the work and the others wait.
pub async fn migrate(db: &DatabaseConnection) -> Result<(), DbErr> {
    let tx = begin_write(db).await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION})")).await?;
    }
    Migrator::up(&tx, None).await?;
    tx.commit().await
}

/// Commits all of `inserts` or none, in order. On PostgreSQL they travel as one statement, because round trips inside a
/// transaction are what a request costs; SQLite knows no such statement and has no round trips.
pub async fn insert_all(db: &DatabaseConnection, inserts: Vec<InsertStatement>) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        let mut with = Query::with();
        for (position, insert) in inserts.into_iter().enumerate() {
            let mut cte = CommonTableExpression::new();
            cte.query(insert).table_name(Alias::new(format!("w{position}")));
            with.cte(cte);
        }
        return db.execute(&with.to_owned().query(Query::select().expr(Expr::val(1)).take())).await.map(drop);
    }
    let tx = begin_write(db).await?;
    for insert in &inserts {
        tx.execute(insert).await?;
    }
    tx.commit().await
}

/// Lets a select that claims rows pass over those another process is claiming. SQLite has one writer and needs nothing.
pub fn skip_locked(db: &impl ConnectionTrait, select: &mut SelectStatement) {
    if db.get_database_backend() == DbBackend::Postgres {
        select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
}

/// The condition that a row is one of `some`, at most as many as that select's limit; rows that another process is claiming are
/// not among them. For an update or a delete of the same table.
pub fn among<E: EntityTrait>(db: &impl ConnectionTrait, some: Select<E>) -> Expr {
    let mut some = some.into_query();
    // Where the row lies, which every table knows, whatever its key.
    let place = match db.get_database_backend() {
        DbBackend::Postgres => Expr::cust("ctid"),
        _ => Expr::cust("rowid"),
    };
    some.clear_selects().expr(place.clone());
    if db.get_database_backend() != DbBackend::Postgres {
        return place.in_subquery(some);
    }
    skip_locked(db, &mut some);
    // An array is made once. A list of rows may be read again for each row that is compared with it, and then finds those
    // which the statement has not claimed yet: the limit would not hold.
    place.eq(PgFunc::any(Func::cust("ARRAY").arg(SubQueryStatement::from(some))))
}

/// The condition that a column has one of `ids`, of which there may be a thousand. PostgreSQL is given them as one table: a
/// thousand parameters take longer to plan than to look up, and an array is searched from its beginning for each row.
pub fn is_one_of(db: &impl ConnectionTrait, column: impl ColumnTrait, ids: impl IntoIterator<Item = Uuid>) -> Expr {
    if db.get_database_backend() != DbBackend::Postgres {
        return column.is_in(ids);
    }
    let ids: Vec<Uuid> = ids.into_iter().collect();
    column.in_subquery(Query::select().expr(Func::cust("unnest").arg(ids)).take())
}

/// How many of `ids`, given as `key`, are rows for which `holds` does. Each is looked up by itself: PostgreSQL, left to choose,
/// reads whole tables for a thousand.
pub async fn count_of<E: EntityTrait<Model: Send + Sync>>(
    db: &impl ConnectionTrait,
    key: E::Column,
    ids: Vec<Uuid>,
    holds: Expr,
) -> Result<u64, DbErr> {
    let rows = E::find().filter(holds);
    if db.get_database_backend() != DbBackend::Postgres {
        return rows.filter(key.is_in(ids)).count(db).await;
    }
    let mut row = rows.into_query();
    row.clear_selects().expr(Expr::cust("1")).and_where(Expr::col((E::default(), key)).equals(("ids", "ids")));
    let found = Func::count(SubQueryStatement::from(row));
    let count = Query::select().expr(found).from_function(Func::cust("unnest").arg(ids), "ids").take();
    let count: i64 = db.query_one(&count).await?.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(count.unsigned_abs())
}

/// Reads a row and holds it until the commit, as an UPDATE of it would. SQLite's writer is that lock.
pub async fn hold<E: EntityTrait>(tx: &DatabaseTransaction, mut select: Select<E>) -> Result<Option<E::Model>, DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        select = select.lock(LockType::NoKeyUpdate);
    }
    select.one(tx).await
}

/// Which constraint a statement ran into, if it was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Something that may exist once exists already.
    Unique,
    /// Something it points to is gone.
    Reference,
}

/// The constraint behind `error`, on either database.
pub fn conflict(error: &DbErr) -> Option<Conflict> {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Some(Conflict::Unique),
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => Some(Conflict::Reference),
        _ => None,
    }
}

/// How the connections of this process stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Open and at nobody's use.
    pub idle: u32,
    /// At somebody's use.
    pub in_use: u32,
    /// The most there can be.
    pub max: u32,
}

/// How the connections of `db` stand now.
pub fn pool(db: &DatabaseConnection) -> Pool {
    let (size, idle, max) = if db.get_database_backend() == DbBackend::Postgres {
        let pool = db.get_postgres_connection_pool();
        (pool.size(), pool.num_idle(), pool.options().get_max_connections())
    } else {
        let pool = db.get_sqlite_connection_pool();
        (pool.size(), pool.num_idle(), pool.options().get_max_connections())
    };
    let idle = Ord::min(u32::try_from(idle).unwrap_or(size), size);
    Pool { idle, in_use: size - idle, max }
}
