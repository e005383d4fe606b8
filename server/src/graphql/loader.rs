//! DataLoaders: what the rows of a page point to is read in one statement for all of them. Made anew for each request.

use std::collections::HashMap;

use async_graphql::{
    Context,
    dataloader::{DataLoader, Loader},
};
use domain::{App, Error, invitation};
use entity::{location, user, workspace};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{error::shown, object::User};

/// Why a batch could not be read: shared by everybody who waited for it.
pub(crate) type LoadError = std::sync::Arc<DbErr>;

/// Reads batches from the database.
pub(crate) struct Rows(App);

/// The loader of one request.
pub(crate) fn loader(app: &App) -> DataLoader<Rows> {
    DataLoader::new(Rows(app.clone()), |batch| {
        #[expect(clippy::disallowed_methods, reason = "a batch lives as long as the request that waits for it")]
        tokio::spawn(batch)
    })
}

/// A person by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PersonId(Uuid);

/// The person with this id, as a nullable field shows it.
pub(crate) async fn person(ctx: &Context<'_>, id: Option<Uuid>) -> Option<async_graphql::Result<User>> {
    let found = ctx.data_unchecked::<DataLoader<Rows>>().load_one(PersonId(id?)).await;
    found.map_err(|error| shown(Error::internal(error))).transpose().map(|found| found.map(User))
}

/// A workspace by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WorkspaceId(pub(crate) Uuid);

/// The locations of an invitation, by the invitation's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LocationsOfInvitation(pub(crate) Uuid);

impl Loader<PersonId> for Rows {
    type Value = user::Model;
    type Error = LoadError;

    async fn load(&self, keys: &[PersonId]) -> Result<HashMap<PersonId, user::Model>, LoadError> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let people = invitation::people(&self.0.db, &ids).await?;
        Ok(people.into_iter().map(|(id, person)| (PersonId(id), person)).collect())
    }
}

impl Loader<WorkspaceId> for Rows {
    type Value = workspace::Model;
    type Error = LoadError;

    async fn load(&self, keys: &[WorkspaceId]) -> Result<HashMap<WorkspaceId, workspace::Model>, LoadError> {
        let ids = keys.iter().map(|key| key.0);
        let rows = workspace::Entity::find().filter(workspace::Column::Id.is_in(ids)).all(&self.0.db).await?;
        Ok(rows.into_iter().map(|row| (WorkspaceId(row.id), row)).collect())
    }
}

impl Loader<LocationsOfInvitation> for Rows {
    type Value = Vec<location::Model>;
    type Error = LoadError;

    async fn load(
        &self,
        keys: &[LocationsOfInvitation],
    ) -> Result<HashMap<LocationsOfInvitation, Vec<location::Model>>, LoadError> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let found = invitation::locations(&self.0.db, &ids).await?;
        Ok(found.into_iter().map(|(id, locations)| (LocationsOfInvitation(id), locations)).collect())
    }
}
