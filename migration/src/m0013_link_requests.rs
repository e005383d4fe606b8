//! Requests for a fresh link: at most one an invitation, so that nobody can fill the list.

use sea_orm_migration::prelude::*;

use crate::column::{id, index, reference, time, time_null, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ForeignKeyAction::Cascade;
        manager
            .create_table(
                Table::create()
                    .table("link_requests")
                    .col(id("invitation_id"))
                    .col(uuid("workspace_id"))
                    .col(time("requested_at"))
                    .col(time_null("dismissed_at"))
                    .foreign_key(&mut reference("link_requests", "invitation_id", "invitations", Cascade))
                    .foreign_key(&mut reference("link_requests", "workspace_id", "workspaces", Cascade))
                    .take(),
            )
            .await?;
        let columns = ["workspace_id", "requested_at"];
        manager.create_index(index("link_requests_by_workspace", "link_requests", &columns)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("link_requests").take()).await
    }
}
