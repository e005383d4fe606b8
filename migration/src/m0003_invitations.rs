//! Invitations, the locations they name, and the answers kept for repeated bulk sends.

use sea_orm_migration::prelude::*;

use crate::column::{
    bytes, id, index, integer, json, one_of, reference, text, text_null, time, time_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ForeignKeyAction::{Cascade, SetNull};
        let open = || Expr::col("status").is_in(["PENDING", "CONFIRMED"]);
        manager
            .create_table(
                Table::create()
                    .table("invitations")
                    .col(id("id"))
                    .col(uuid("workspace_id"))
                    .col(text("email"))
                    .col(text("email_key"))
                    .col(one_of("role", &["ADMINISTRATOR", "USER"]))
                    .col(text_null("message"))
                    .col(one_of("status", &["PENDING", "CONFIRMED", "ACCEPTED", "DECLINED", "REVOKED", "EXPIRED"]))
                    .col(integer("generation").check(Expr::col("generation").gte(1)))
                    .col(uuid_null("invited_by"))
                    .col(time("created_at"))
                    .col(time("expires_at"))
                    .col(time_null("responded_at"))
                    .foreign_key(&mut reference("invitations", "workspace_id", "workspaces", Cascade))
                    .foreign_key(&mut reference("invitations", "invited_by", "users", SetNull))
                    .take(),
            )
            .await?;
        // The address comes first: the same index finds the open invitations of a person.
        manager
            .create_index(
                index("one_open_invitation", "invitations", &["email_key", "workspace_id"])
                    .unique()
                    .and_where(open())
                    .take(),
            )
            .await?;
        manager.create_index(index("invitations_by_workspace", "invitations", &["workspace_id", "id"])).await?;
        manager
            .create_index(index("open_invitations_by_end", "invitations", &["expires_at"]).and_where(open()).take())
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("invitation_locations")
                    .col(uuid("invitation_id"))
                    .col(uuid("location_id"))
                    .primary_key(Index::create().col("invitation_id").col("location_id"))
                    .foreign_key(&mut reference("invitation_locations", "invitation_id", "invitations", Cascade))
                    .foreign_key(&mut reference("invitation_locations", "location_id", "locations", Cascade))
                    .take(),
            )
            .await?;
        manager.create_index(index("invitations_of_location", "invitation_locations", &["location_id"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("bulk_sends")
                    .col(uuid("workspace_id"))
                    .col(uuid("sender_id"))
                    .col(text("key"))
                    .col(bytes("rows_hash", 32))
                    .col(json("results"))
                    .col(time("created_at"))
                    .primary_key(Index::create().col("workspace_id").col("sender_id").col("key"))
                    .foreign_key(&mut reference("bulk_sends", "workspace_id", "workspaces", Cascade))
                    .foreign_key(&mut reference("bulk_sends", "sender_id", "users", Cascade))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["bulk_sends", "invitation_locations", "invitations"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
