//! What operators see of mail: the test mail, the failures behind a delivery, and an index for forgetting old mail.

use sea_orm_migration::prelude::*;

use crate::{
    allow,
    column::{index, json_null},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// On SQLite too, where a table is made anew: all of it on one connection, or nothing.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        allow::values(manager, "outbox", "kind", &["TEST"]).await?;
        manager.alter_table(Table::alter().table("outbox").add_column(json_null("failures")).take()).await?;
        // Mail of invitations is not in it: that of the present generation is kept, and would be passed over each time.
        let forgettable = Expr::col("finished_at").is_not_null().and(Expr::col("kind").ne("INVITATION"));
        manager
            .create_index(index("outbox_finished", "outbox", &["finished_at"]).and_where(forgettable).take())
            .await?;
        // Those that were sent again have mail of earlier generations.
        let resent = Expr::col("generation").gt(1);
        manager.create_index(index("invitations_resent", "invitations", &["id"]).and_where(resent).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in [("invitations_resent", "invitations"), ("outbox_finished", "outbox")] {
            manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
        }
        manager.alter_table(Table::alter().table("outbox").drop_column("failures").take()).await?;
        let gone = Query::delete().from_table("outbox").and_where(Expr::col("kind").eq("TEST")).take();
        manager.get_connection().execute(&gone).await?;
        allow::no_more(manager, "outbox", "kind", &["TEST"]).await
    }
}
