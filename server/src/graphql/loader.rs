//! The loader: what the rows of a page point to is read in one statement for all of them. Made anew for each request.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Result};
use domain::{
    App, Error, event,
    invitation::{self, Invitation},
    membership::{self, Sight},
};
use entity::{location, user, workspace};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{batches::Batches, context::RequestContext, error::shown, object::User, rounds::Rounds};

/// The batches of one request.
pub(crate) struct Loader {
    rounds: Rounds,
    people: Batches<Uuid, user::Model>,
    workspaces: Batches<Uuid, workspace::Model>,
    invitations: Batches<Uuid, Invitation>,
    invitation_locations: Batches<Uuid, Vec<location::Model>>,
    dropped_locations: Batches<Uuid, Vec<String>>,
    suspended: Batches<Uuid, ()>,
    member_locations: Batches<Sight, Vec<location::Model>>,
}

impl Default for Loader {
    fn default() -> Self {
        let rounds = Rounds::default();
        Self {
            people: Batches::new(&rounds),
            workspaces: Batches::new(&rounds),
            invitations: Batches::new(&rounds),
            invitation_locations: Batches::new(&rounds),
            member_locations: Batches::new(&rounds),
            dropped_locations: Batches::new(&rounds),
            suspended: Batches::new(&rounds),
            rounds,
        }
    }
}

/// Reads what is in no batch. Batches wait for it, because of what may be asked for below its answer; so `read` must not
/// wait for one.
pub(crate) async fn reads<T>(ctx: &Context<'_>, read: impl Future<Output = T>) -> T {
    let _reading = of(ctx).rounds.read();
    read.await
}

/// The person with this id, as a nullable field shows it.
pub(crate) async fn person(ctx: &Context<'_>, id: Option<Uuid>) -> Option<Result<User>> {
    let app = ctx.app().clone();
    let read = async move |ids: Vec<Uuid>| invitation::people(&app.db, &ids).await;
    nullable(of(ctx).people.load(id?, read).await).map(|found| found.map(User))
}

/// The workspace with this id.
pub(crate) async fn workspace(ctx: &Context<'_>, id: Uuid) -> Result<Option<workspace::Model>> {
    let app = ctx.app().clone();
    of(ctx).workspaces.load(id, async move |ids| workspaces(&app, ids).await).await.map_err(failed)
}

/// The invitation with this id, as a nullable field shows it.
pub(crate) async fn invitation(ctx: &Context<'_>, id: Uuid) -> Option<Result<Invitation>> {
    let app = ctx.app().clone();
    let read = async move |ids: Vec<Uuid>| invitation::load(&app.db, &ids).await;
    nullable(of(ctx).invitations.load(id, read).await)
}

/// The locations of an invitation, by its id.
pub(crate) async fn invitation_locations(ctx: &Context<'_>, id: Uuid) -> Result<Vec<location::Model>> {
    let app = ctx.app().clone();
    let read = async move |ids: Vec<Uuid>| invitation::locations(&app.db, &ids).await;
    Ok(of(ctx).invitation_locations.load(id, read).await.map_err(failed)?.unwrap_or_default())
}

/// The names of the locations that were deleted while an invitation named them, by its id.
pub(crate) async fn dropped_locations(ctx: &Context<'_>, id: Uuid) -> Result<Vec<String>> {
    let app = ctx.app().clone();
    let read = async move |ids: Vec<Uuid>| event::dropped_locations(&app.db, &ids).await;
    Ok(of(ctx).dropped_locations.load(id, read).await.map_err(failed)?.unwrap_or_default())
}

/// Whether an invitation is suspended, by its id.
pub(crate) async fn is_suspended(ctx: &Context<'_>, id: Uuid) -> Result<bool> {
    let app = ctx.app().clone();
    let read = async move |ids: Vec<Uuid>| {
        let suspended = invitation::suspended_among(&app, &ids).await?;
        Ok(suspended.into_iter().map(|id| (id, ())).collect())
    };
    Ok(of(ctx).suspended.load(id, read).await.map_err(failed)?.is_some())
}

/// The locations of a member, as somebody sees them.
pub(crate) async fn member_locations(ctx: &Context<'_>, sight: Sight) -> Result<Vec<location::Model>> {
    let app = ctx.app().clone();
    let read = async move |sights: Vec<Sight>| membership::locations(&app.db, &sights).await;
    Ok(of(ctx).member_locations.load(sight, read).await.map_err(failed)?.unwrap_or_default())
}

fn of<'a>(ctx: &Context<'a>) -> &'a Loader {
    ctx.data_unchecked()
}

fn nullable<V>(found: std::result::Result<Option<V>, Arc<DbErr>>) -> Option<Result<V>> {
    found.map_err(failed).transpose()
}

fn failed(error: Arc<DbErr>) -> async_graphql::Error {
    shown(Error::internal(error))
}

async fn workspaces(app: &App, ids: Vec<Uuid>) -> std::result::Result<HashMap<Uuid, workspace::Model>, DbErr> {
    let rows = workspace::Entity::find().filter(workspace::Column::Id.is_in(ids)).all(&app.db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
