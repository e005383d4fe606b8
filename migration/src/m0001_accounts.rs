//! Accounts, the registrations that wait to become one, the password resets that were asked for, and sessions; and the
//! workspaces that these point to.

use sea_orm_migration::prelude::*;

use crate::column::{bytes, id, index, reference, text, text_null, time, time_null, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ForeignKeyAction::{Cascade, SetNull};
        manager
            .create_table(
                Table::create()
                    .table("workspaces")
                    .col(id("id"))
                    .col(text("name"))
                    .col(text("name_key"))
                    .col(time("created_at"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("users")
                    .col(id("id"))
                    .col(text("email"))
                    .col(text("email_key").unique_key())
                    .col(text("name"))
                    .col(text("name_key"))
                    .col(text("password_hash"))
                    .col(time("created_at"))
                    .col(time_null("last_login_at"))
                    .col(uuid_null("last_workspace_id"))
                    .foreign_key(&mut reference("users", "last_workspace_id", "workspaces", SetNull))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("registrations")
                    .col(id("id"))
                    .col(text("email"))
                    .col(text("email_key"))
                    .col(text("name"))
                    .col(text("password_hash"))
                    .col(time("created_at"))
                    .col(time("expires_at"))
                    .take(),
            )
            .await?;
        manager.create_index(index("registrations_by_address", "registrations", &["email_key"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("password_resets")
                    .col(id("id"))
                    .col(uuid("user_id"))
                    .col(time("created_at"))
                    .col(time("expires_at"))
                    .foreign_key(&mut reference("password_resets", "user_id", "users", Cascade))
                    .take(),
            )
            .await?;
        manager.create_index(index("password_resets_by_user", "password_resets", &["user_id"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("sessions")
                    .col(id("id"))
                    .col(uuid("user_id"))
                    .col(bytes("token_hash", 32).unique_key())
                    .col(uuid_null("workspace_id"))
                    .col(text_null("user_agent"))
                    .col(time("created_at"))
                    .col(time("last_seen_at"))
                    .col(time("expires_at"))
                    .foreign_key(&mut reference("sessions", "user_id", "users", Cascade))
                    .foreign_key(&mut reference("sessions", "workspace_id", "workspaces", SetNull))
                    .take(),
            )
            .await?;
        manager.create_index(index("sessions_by_user", "sessions", &["user_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["sessions", "password_resets", "registrations", "users", "workspaces"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
