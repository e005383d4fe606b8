//! Who belongs to a workspace, and its locations.

use sea_orm_migration::prelude::*;

use crate::column::{id, index, one_of, reference, text, text_null, time, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ForeignKeyAction::{Cascade, SetNull};
        manager
            .create_table(
                Table::create()
                    .table("memberships")
                    .col(id("id"))
                    .col(uuid("workspace_id"))
                    .col(uuid("user_id"))
                    .col(one_of("role", &["OWNER", "ADMINISTRATOR", "USER"]))
                    .col(time("joined_at"))
                    .col(uuid_null("invited_by"))
                    .foreign_key(&mut reference("memberships", "workspace_id", "workspaces", Cascade))
                    .foreign_key(&mut reference("memberships", "user_id", "users", Cascade))
                    .foreign_key(&mut reference("memberships", "invited_by", "users", SetNull))
                    .take(),
            )
            .await?;
        manager
            .create_index(index("one_membership_a_person", "memberships", &["user_id", "workspace_id"]).unique().take())
            .await?;
        manager
            .create_index(
                index("one_owner_a_workspace", "memberships", &["workspace_id"])
                    .unique()
                    .and_where(Expr::col("role").eq("OWNER"))
                    .take(),
            )
            .await?;
        manager.create_index(index("memberships_by_workspace", "memberships", &["workspace_id"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("locations")
                    .col(id("id"))
                    .col(uuid("workspace_id"))
                    .col(text("name"))
                    .col(text("name_key"))
                    .col(text_null("address"))
                    .col(time("created_at"))
                    .foreign_key(&mut reference("locations", "workspace_id", "workspaces", Cascade))
                    .take(),
            )
            .await?;
        manager.create_index(index("locations_by_workspace", "locations", &["workspace_id", "name_key"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("membership_locations")
                    .col(uuid("membership_id"))
                    .col(uuid("location_id"))
                    .primary_key(Index::create().col("membership_id").col("location_id"))
                    .foreign_key(&mut reference("membership_locations", "membership_id", "memberships", Cascade))
                    .foreign_key(&mut reference("membership_locations", "location_id", "locations", Cascade))
                    .take(),
            )
            .await?;
        manager.create_index(index("memberships_of_location", "membership_locations", &["location_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["membership_locations", "locations", "memberships"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
