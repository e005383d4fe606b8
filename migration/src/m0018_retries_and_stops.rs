//! When a mail is tried again, whoever has claimed it; and when a worker stopped, so that its last heartbeat is kept.

use sea_orm_migration::prelude::*;

use crate::column::time_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("outbox").add_column(time_null("retry_at")).take()).await?;
        let waiting = Query::update()
            .table("outbox")
            .value("retry_at", Expr::col("available_at"))
            .and_where(Expr::col("status").eq("RETRYING"))
            .take();
        manager.get_connection().execute(&waiting).await?;
        manager.alter_table(Table::alter().table("workers").add_column(time_null("stopped_at")).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("workers").drop_column("stopped_at").take()).await?;
        manager.alter_table(Table::alter().table("outbox").drop_column("retry_at").take()).await
    }
}
