//! How many attempts of a mail were interrupted: they do not count towards its last one.

use sea_orm_migration::prelude::*;

use crate::column::integer;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let interruptions = integer("interruptions").default(0).take();
        manager.alter_table(Table::alter().table("outbox").add_column(interruptions).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("outbox").drop_column("interruptions").take()).await
    }
}
