//! The outbox: every mail that was ever promised and has not been forgotten, and the heartbeats of those who deliver.

use sea_orm_migration::prelude::*;

use crate::column::{big_integer, id, index, integer, one_of, reference, text, text_null, time, time_null, uuid_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ForeignKeyAction::{Cascade, SetNull};
        manager
            .create_table(
                Table::create()
                    .table("outbox")
                    .col(id("id"))
                    .col(one_of(
                        "kind",
                        &[
                            "INVITATION",
                            "INVITATION_ACCEPTED",
                            "VERIFY_EMAIL",
                            "ADDRESS_IN_USE",
                            "RESET_PASSWORD",
                            "PASSWORD_CHANGED",
                        ],
                    ))
                    .col(one_of("status", &["QUEUED", "SENDING", "SENT", "RETRYING", "FAILED", "CANCELLED"]))
                    .col(text("recipient"))
                    .col(uuid_null("workspace_id"))
                    .col(uuid_null("invitation_id"))
                    .col(integer("generation").default(0))
                    .col(uuid_null("registration_id"))
                    .col(uuid_null("password_reset_id"))
                    .col(uuid_null("user_id"))
                    .col(big_integer("key_id"))
                    .col(text_null("request_id"))
                    .col(integer("claim").check(Expr::col("claim").gte(0)))
                    .col(integer("attempts").check(Expr::col("attempts").gte(0)))
                    .col(time("available_at"))
                    .col(text_null("last_error"))
                    .col(time("created_at"))
                    .col(time_null("finished_at"))
                    .foreign_key(&mut reference("outbox", "workspace_id", "workspaces", Cascade))
                    .foreign_key(&mut reference("outbox", "invitation_id", "invitations", Cascade))
                    .foreign_key(&mut reference("outbox", "registration_id", "registrations", SetNull))
                    .foreign_key(&mut reference("outbox", "password_reset_id", "password_resets", SetNull))
                    .foreign_key(&mut reference("outbox", "user_id", "users", Cascade))
                    .take(),
            )
            .await?;
        let waiting = Expr::col("status").is_in(["QUEUED", "RETRYING", "SENDING"]);
        manager.create_index(index("outbox_waiting", "outbox", &["available_at"]).and_where(waiting).take()).await?;
        // An invitation's current delivery is found by its generation; there is one mail for each.
        manager
            .create_index(
                index("one_mail_a_generation", "outbox", &["invitation_id", "generation"])
                    .unique()
                    .and_where(Expr::col("kind").eq("INVITATION"))
                    .take(),
            )
            .await?;
        // What is deleted when it was used looks for the mails that point to it.
        for (name, column) in
            [("outbox_of_registration", "registration_id"), ("outbox_of_password_reset", "password_reset_id")]
        {
            let used = Expr::col(column).is_not_null();
            manager.create_index(index(name, "outbox", &[column]).and_where(used).take()).await?;
        }
        manager
            .create_table(
                Table::create().table("workers").col(id("id")).col(time("started_at")).col(time("seen_at")).take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["workers", "outbox"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
