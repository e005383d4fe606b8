//! Deleting a workspace: it is there for nobody at once, and deleted for good when its grace has ended. Until then
//! owner and administrators can cancel that, signed in or by the link they were mailed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{
    event, invitation, membership,
    workspace::{Column, Entity, Model},
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use crate::{
    App, Code, Error, Result, db,
    doorbell::Bell,
    event::Event,
    membership::Member,
    outbox::Batch,
    policy::{self, Action},
    rate_limit::{self, Charge, Limit},
    session::Viewer,
    token::{Link, Purpose},
};

/// How long after its end a grace is still not over: no process whose clock is behind cancels what another deletes.
const CLOCKS_DIFFER_BY: Duration = Duration::from_secs(60);
/// How many rows of a workspace one transaction of the sweep deletes.
const DELETED_AT_ONCE: u64 = 500;

/// Which deletion is to be cancelled.
#[derive(Clone, Copy, Debug)]
pub enum Deletion<'a> {
    /// That of a workspace whose owner or administrator the viewer is.
    Of(Uuid),
    /// That of the link in a mail.
    Token(&'a str),
}

fn token_invalid() -> Error {
    Error::user(Code::TokenInvalid, &["token"], "This link is not valid, or no longer.")
}

/// Deletes a workspace: there for nobody from now on, what waits of its mail is cancelled, and owner and administrators
/// are mailed a link that cancels it. Forbidden for anybody but the owner, INVALID_CREDENTIALS at `password`.
pub async fn delete(app: &App, viewer: &Viewer, id: Uuid, password: &SecretString) -> Result<Model> {
    let member = Member::load(app, viewer.user.id, id).await?;
    member.require(Action::DeleteWorkspace)?;
    viewer.confirm(app, password, "password").await?;
    rate_limit::spend(app, &[Charge::one(Limit::DeleteWorkspace, [&viewer.user.id.to_string()])]).await?;
    let now = app.clock.now();
    let deletes_at = now + app.rules.deletion_grace;
    let tx = db::begin_write(&app.db).await?;
    viewer.hold_password(&tx, "password").await?;
    member.hold(&tx, Action::DeleteWorkspace).await?;
    let deleted = Entity::update_many()
        .col_expr(Column::DeletesAt, Expr::value(deletes_at))
        .col_expr(Column::Deletions, Expr::col(Column::Deletions).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::DeletesAt.is_null())
        .exec(&tx)
        .await?;
    if deleted.rows_affected == 0 {
        // Deleted while the password was verified.
        return Err(Error::NotFound);
    }
    let workspace = Entity::find_by_id(id).one(&tx).await?.ok_or(Error::NotFound)?;
    crate::outbox::cancel_of_workspace(&tx, id, now).await?;
    let mut people = super::managers(&tx, id).await?;
    people.retain(|person| person.disabled_at.is_none());
    let mut batch = Batch::new(app, people.len());
    for person in &people {
        batch.workspace_deleted(&workspace, person);
    }
    batch.write(&tx).await?;
    let details = json!({ "name": workspace.name, "before": null, "after": deletes_at });
    crate::event::record(&tx, now, [Event::new("workspace.deleted", id, Some(viewer.user.id), details)]).await?;
    tx.commit().await?;
    batch.post();
    Ok(workspace)
}

/// The deleted workspace that a link takes back, and until when; TOKEN_INVALID when the link is forged, used or over.
pub async fn by_token(app: &App, token: &str) -> Result<Model> {
    let link = app.keys.verify(Purpose::CancelDeletion, token).ok_or_else(token_invalid)?;
    let found = Entity::find_by_id(link.id)
        .filter(Column::Deletions.eq(link.generation))
        .filter(Column::DeletesAt.gt(app.clock.now()))
        .one(&app.db)
        .await?;
    found.ok_or_else(token_invalid)
}

/// The link that takes a deleted workspace back.
pub fn link(workspace: &Model) -> Link {
    Link { id: workspace.id, generation: workspace.deletions }
}

/// The deleted workspaces that the viewer can take back, the one that ends first first.
pub async fn of_viewer(app: &App, viewer: &Viewer) -> Result<Vec<Model>> {
    let own = membership::Entity::find()
        .select_only()
        .column(membership::Column::WorkspaceId)
        .filter(membership::Column::UserId.eq(viewer.user.id))
        .filter(membership::Column::Role.is_in(policy::roles_that_may(Action::CancelDeletion)))
        .into_query();
    Ok(Entity::find()
        .filter(Column::Id.in_subquery(own))
        .filter(Column::DeletesAt.gt(app.clock.now()))
        .order_by_asc(Column::DeletesAt)
        .all(&app.db)
        .await?)
}

/// Takes a deleted workspace back, and with it all its links die. TOKEN_INVALID for a link that is forged, used or over;
/// NotFound for a workspace that the viewer cannot take back. Answers the viewer as a member, if he or she is one.
pub async fn cancel(app: &App, viewer: Option<&Viewer>, deletion: Deletion<'_>) -> Result<(Model, Option<Member>)> {
    let row = match deletion {
        Deletion::Token(token) => by_token(app, token).await?,
        Deletion::Of(id) => {
            let viewer = viewer.ok_or(Error::Unauthenticated)?;
            let own = of_viewer(app, viewer).await?;
            own.into_iter().find(|workspace| workspace.id == id).ok_or(Error::NotFound)?
        }
    };
    let now = app.clock.now();
    let tx = db::begin_write(&app.db).await?;
    if !restore(&tx, &row, now).await? {
        return Err(match deletion {
            Deletion::Token(_) => token_invalid(),
            Deletion::Of(_) => Error::NotFound,
        });
    }
    let actor = viewer.map(|viewer| viewer.user.id);
    crate::invitation::keep(&tx, row.id, actor, now).await?;
    let details = json!({ "name": row.name, "before": row.deletes_at, "after": null });
    let kept = Event::new("workspace.deletion_cancelled", row.id, actor, details);
    crate::event::record(&tx, now, [kept]).await?;
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    let member = match viewer {
        Some(viewer) => Member::find(app, viewer.user.id, row.id).await?,
        None => None,
    };
    Ok((Model { deletes_at: None, ..row }, member))
}

/// The arrow back; false when it was taken back already, or is over.
async fn restore(tx: &DatabaseTransaction, row: &Model, now: DateTime<Utc>) -> Result<bool> {
    let restored = Entity::update_many()
        .col_expr(Column::DeletesAt, Expr::value(None::<DateTime<Utc>>))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Deletions.eq(row.deletions))
        .filter(Column::DeletesAt.gt(now))
        .exec(tx)
        .await?;
    Ok(restored.rows_affected == 1)
}

/// Deletes for good what was deleted and whose grace has ended, some rows a transaction; safe from many workers at once.
/// Answers how many workspaces.
pub async fn sweep(app: &App) -> Result<usize> {
    let over = app.clock.now() - CLOCKS_DIFFER_BY;
    let due = Entity::find().filter(Column::DeletesAt.lte(over)).order_by_asc(Column::DeletesAt).all(&app.db).await?;
    let mut swept = 0;
    for workspace in due {
        delete_rows::<invitation::Entity>(app, invitation::Column::WorkspaceId, workspace.id).await?;
        delete_rows::<event::Entity>(app, event::Column::WorkspaceId, workspace.id).await?;
        let deleted = Entity::delete_by_id(workspace.id).filter(Column::DeletesAt.lte(over)).exec(&app.db).await?;
        if deleted.rows_affected == 1 {
            tracing::info!(workspace = %workspace.id, "a deleted workspace's grace has ended; it is deleted for good");
            swept += 1;
        }
    }
    Ok(swept)
}

/// Deletes the rows of one table that belong to a workspace, some at a time, until there are none.
async fn delete_rows<E: EntityTrait>(app: &App, of: E::Column, workspace_id: Uuid) -> Result<()> {
    loop {
        let some = E::find().filter(of.eq(workspace_id)).limit(DELETED_AT_ONCE);
        let deleted = E::delete_many().filter(db::among(&app.db, some)).exec(&app.db).await?;
        if deleted.rows_affected == 0 {
            return Ok(());
        }
    }
}
