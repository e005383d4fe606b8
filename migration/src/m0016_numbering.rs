//! How far events have been numbered: a workspace that is deleted for good takes its events with it, and their numbers are
//! not given again.

use sea_orm_migration::prelude::*;

use crate::column::big_integer;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create().table("numbering").col(big_integer("reached").primary_key()).take();
        manager.create_table(table).await?;
        let begin = "INSERT INTO numbering (reached) SELECT coalesce(max(number), 0) FROM events";
        manager.get_connection().execute_unprepared(begin).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("numbering").take()).await
    }
}
