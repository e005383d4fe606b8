//! Deleted workspaces that can still be taken back, and the mail that tells of it.

use sea_orm_migration::prelude::*;

use crate::{
    allow,
    column::{index, integer, time_null},
};

/// One mail a generation as before, and every mail of an invitation: what is deleted for good looks for them.
const BY_INVITATION: &str = "CREATE UNIQUE INDEX one_mail_a_generation ON outbox \
     (invitation_id, (CASE WHEN kind = 'INVITATION' THEN generation END)) WHERE invitation_id IS NOT NULL";
const BY_GENERATION: &str = "CREATE UNIQUE INDEX one_mail_a_generation ON outbox (invitation_id, generation) \
     WHERE kind = 'INVITATION'";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// On SQLite too, where a table is made anew: all of it on one connection, or nothing.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in [time_null("deletes_at"), integer("deletions").default(0).take()] {
            manager.alter_table(Table::alter().table("workspaces").add_column(&mut column).take()).await?;
        }
        let deleted = Expr::col("deletes_at").is_not_null();
        manager
            .create_index(index("deleted_workspaces", "workspaces", &["deletes_at"]).and_where(deleted).take())
            .await?;
        allow::values(manager, "outbox", "kind", &["WORKSPACE_DELETED"]).await?;
        replace_index(manager, BY_INVITATION).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace_index(manager, BY_GENERATION).await?;
        let gone = Query::delete().from_table("outbox").and_where(Expr::col("kind").eq("WORKSPACE_DELETED")).take();
        manager.get_connection().execute(&gone).await?;
        allow::no_more(manager, "outbox", "kind", &["WORKSPACE_DELETED"]).await?;
        manager.drop_index(Index::drop().name("deleted_workspaces").table("workspaces").to_owned()).await?;
        for column in ["deletions", "deletes_at"] {
            manager.alter_table(Table::alter().table("workspaces").drop_column(column).take()).await?;
        }
        Ok(())
    }
}

async fn replace_index(manager: &SchemaManager<'_>, created: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared("DROP INDEX one_mail_a_generation").await?;
    manager.get_connection().execute_unprepared(created).await.map(drop)
}
