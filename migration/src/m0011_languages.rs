//! Languages: of accounts and of registrations on their way to one, of workspaces, of invitations.

use sea_orm_migration::prelude::*;

use crate::column::text_null;

/// The tables with a language.
const TABLES: [&str; 4] = ["users", "registrations", "workspaces", "invitations"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            // Which ones there are is no matter of the schema: SQLite could not learn of another.
            manager.alter_table(Table::alter().table(table).add_column(text_null("language")).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.alter_table(Table::alter().table(table).drop_column("language").take()).await?;
        }
        Ok(())
    }
}
