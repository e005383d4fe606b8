//! Values that a column made by `one_of` may hold, added and taken back: on PostgreSQL the constraint is replaced, on
//! SQLite, which knows no such statement, the table is made anew. Nothing may point to that table, and the migration has
//! to use a transaction.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

/// Lets `table.column` hold these values too.
pub(crate) async fn values(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
    values: &[&str],
) -> Result<(), DbErr> {
    let postgres = manager.get_database_backend() == DbBackend::Postgres;
    let (opening, kind) = if postgres { ("ARRAY[".to_owned(), "::text") } else { (format!("\"{column}\" IN ("), "") };
    let added: String = values.iter().map(|value| format!("'{value}'{kind}, ")).collect();
    change(manager, table, column, |check| check.replacen(&opening, &format!("{opening}{added}"), 1)).await
}

/// Lets `table.column` hold these values no more; no row may have one of them.
pub(crate) async fn no_more(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
    values: &[&str],
) -> Result<(), DbErr> {
    let kind = if manager.get_database_backend() == DbBackend::Postgres { "::text" } else { "" };
    let without = |check: &str| {
        values.iter().fold(check.to_owned(), |check, value| check.replacen(&format!("'{value}'{kind}, "), "", 1))
    };
    change(manager, table, column, without).await
}

/// Changes the SQL that constrains a column: the check on PostgreSQL, the whole table on SQLite.
async fn change(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
    edit: impl Fn(&str) -> String,
) -> Result<(), DbErr> {
    let name = format!("{table}_{column}_check");
    let postgres = manager.get_database_backend() == DbBackend::Postgres;
    let query = if postgres {
        format!("SELECT pg_get_constraintdef(oid) AS sql FROM pg_constraint WHERE conname = '{name}'")
    } else {
        format!("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{table}'")
    };
    let [old] = &texts(manager, query).await?[..] else {
        return Err(DbErr::Migration(format!("{table}.{column} has no constraint to change")));
    };
    let new = edit(old);
    if new == *old {
        return Err(DbErr::Migration(format!("the constraint of {table}.{column} is not as expected: {old}")));
    }
    if postgres {
        let replace = format!("ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {new}");
        return manager.get_connection().execute_unprepared(&replace).await.map(drop);
    }
    make_anew(manager, table, &new).await
}

/// Makes a table of SQLite anew as `sql` says, with its rows and its indexes.
async fn make_anew(manager: &SchemaManager<'_>, table: &str, sql: &str) -> Result<(), DbErr> {
    let indexes = texts(
        manager,
        format!("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = '{table}' AND sql IS NOT NULL"),
    )
    .await?;
    let created = sql.replacen(&format!("\"{table}\""), &format!("\"{table}_new\""), 1);
    let copy = [
        created,
        format!("INSERT INTO {table}_new SELECT * FROM {table}"),
        format!("DROP TABLE {table}"),
        format!("ALTER TABLE {table}_new RENAME TO {table}"),
    ];
    for statement in copy.into_iter().chain(indexes) {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

async fn texts(manager: &SchemaManager<'_>, query: String) -> Result<Vec<String>, DbErr> {
    let rows =
        manager.get_connection().query_all_raw(Statement::from_string(manager.get_database_backend(), query)).await?;
    rows.iter().map(|row| row.try_get("", "sql")).collect()
}
