//! Opt-outs: addresses that a workspace may not write to any more.

use sea_orm_migration::prelude::*;

use crate::column::{reference, text, time, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("opt_outs")
                    .col(uuid("workspace_id"))
                    .col(text("email_key"))
                    .col(time("created_at"))
                    .primary_key(Index::create().col("workspace_id").col("email_key"))
                    .foreign_key(&mut reference("opt_outs", "workspace_id", "workspaces", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("opt_outs").take()).await
    }
}
