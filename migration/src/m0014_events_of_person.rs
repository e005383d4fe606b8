//! Indexes for the events of the invitations addressed to a person, in whatever state they are.

use sea_orm_migration::prelude::*;

use crate::column::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index("invitations_by_address", "invitations", &["email_key"])).await?;
        manager.create_index(index("events_of_invitation", "events", &["invitation_id", "number"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("events_of_invitation").to_owned()).await?;
        manager.drop_index(Index::drop().name("invitations_by_address").to_owned()).await
    }
}
