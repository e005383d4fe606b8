//! Events: the audit log and the feed of subscriptions.
//!
//! `drawn` is taken when a row is written, `number` is given after the commit; only `number` is an order a cursor can
//! trust, because a later `drawn` can be committed first.

use sea_orm_migration::prelude::*;

use crate::column::{big_integer_null, index, json, one_of_null, reference, text, time, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ForeignKeyAction::{Cascade, SetNull};
        manager
            .create_table(
                Table::create()
                    .table("events")
                    .col(ColumnDef::new("drawn").big_integer().not_null().auto_increment().primary_key())
                    .col(big_integer_null("number").unique_key())
                    .col(uuid("workspace_id"))
                    .col(text("kind"))
                    .col(uuid_null("actor_id"))
                    .col(uuid_null("invitation_id"))
                    .col(one_of_null("status", &["PENDING", "CONFIRMED", "ACCEPTED", "DECLINED", "REVOKED", "EXPIRED"]))
                    .col(one_of_null(
                        "delivery_status",
                        &["QUEUED", "SENDING", "SENT", "RETRYING", "FAILED", "CANCELLED"],
                    ))
                    .col(json("details"))
                    .col(time("occurred_at"))
                    .foreign_key(&mut reference("events", "workspace_id", "workspaces", Cascade))
                    .foreign_key(&mut reference("events", "actor_id", "users", SetNull))
                    .foreign_key(&mut reference("events", "invitation_id", "invitations", Cascade))
                    .take(),
            )
            .await?;
        manager.create_index(index("events_by_workspace", "events", &["workspace_id", "number"])).await?;
        manager
            .create_index(
                index("events_without_number", "events", &["drawn"]).and_where(Expr::col("number").is_null()).take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("events").take()).await
    }
}
