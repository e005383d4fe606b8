//! How many attempts of a mail ended without an answer of the mail server: they are counted apart from its refusals.

use sea_orm_migration::prelude::*;

use crate::column::integer;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let unanswered = integer("unanswered").default(0).take();
        manager.alter_table(Table::alter().table("outbox").add_column(unanswered).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("outbox").drop_column("unanswered").take()).await
    }
}
