//! Locations: create, change, delete.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use domain::{Error, id::Kind, location};
use uuid::Uuid;

use crate::graphql::{
    context::RequestContext,
    error::{answer_of, payload, read_id, shown_at},
    object::Location,
};

/// A new location.
#[derive(Debug, InputObject)]
struct CreateLocationInput {
    /// The workspace it belongs to.
    workspace_id: ID,
    /// Its name.
    name: String,
    /// Where it is.
    address: Option<String>,
}

/// What is changed of a location.
#[derive(Debug, InputObject)]
struct UpdateLocationInput {
    /// The location.
    location_id: ID,
    /// The new name; unchanged when absent.
    name: Option<String>,
    /// The new address; unchanged when absent, removed when null or empty.
    address: MaybeUndefined<String>,
}

/// Which location is deleted.
#[derive(Debug, InputObject)]
struct DeleteLocationInput {
    /// The location.
    location_id: ID,
}

payload! {
    /// What came of creating a location.
    CreateLocationPayload {
        /// The new location.
        location: Location,
    }
}

payload! {
    /// What came of changing a location.
    UpdateLocationPayload {
        /// The location as it is now.
        location: Location,
    }
}

payload! {
    /// What came of deleting a location.
    DeleteLocationPayload {
        /// The id it had.
        deleted_location_id: ID,
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LocationMutation;

#[Object]
impl LocationMutation {
    /// Creates a location; for owner and administrators.
    async fn create_location(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new location.")] input: CreateLocationInput,
    ) -> Result<CreateLocationPayload> {
        let viewer = ctx.signed_in()?;
        let workspace_id = read_id(Kind::Workspace, "workspaceId", &input.workspace_id)?;
        let created = location::create(ctx.app(), viewer, workspace_id, &input.name, input.address.as_deref()).await;
        answer_of("workspaceId", created, |row| CreateLocationPayload {
            location: Some(Location(row)),
            ..Default::default()
        })
    }

    /// Changes a location; for owner and administrators.
    async fn update_location(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is changed.")] input: UpdateLocationInput,
    ) -> Result<UpdateLocationPayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Location, "locationId", &input.location_id)?;
        let address = input.address.as_opt_deref();
        let updated = location::update(ctx.app(), viewer, id, input.name.as_deref(), address).await;
        answer_of("locationId", updated, |row| UpdateLocationPayload {
            location: Some(Location(row)),
            ..Default::default()
        })
    }

    /// Deletes a location; members and open invitations that name it lose it. For owner and administrators.
    async fn delete_location(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DeleteLocationInput,
    ) -> Result<DeleteLocationPayload> {
        let viewer = ctx.signed_in()?;
        let id = read_id(Kind::Location, "locationId", &input.location_id)?;
        let deleted = location::delete(ctx.app(), viewer, id).await;
        answer_of("locationId", deleted, |()| DeleteLocationPayload {
            deleted_location_id: Some(input.location_id),
            ..Default::default()
        })
    }
}

/// The ids of locations at this path of the input, as the domain takes them. An id of another type is an id of no
/// location, which the domain tells at its field; one that cannot be read is BAD_USER_INPUT.
pub(super) fn ids(path: &[&str], ids: Vec<ID>) -> Result<Vec<Uuid>> {
    let read = |id: ID| match Kind::Location.parse(&id) {
        Err(Error::NotFound) => Ok(Uuid::nil()),
        read => read.map_err(|error| shown_at(path, error)),
    };
    ids.into_iter().map(read).collect()
}
