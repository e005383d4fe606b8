//! What the operator does, past every member's rights: accounts, limits, and the audit log of all workspaces.

use chrono::{DateTime, Utc};
use entity::{
    event, user,
    workspace::{self, Model},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use crate::{
    App, Code, Error, Result, db, doorbell::Bell, email_address::EmailAddress, event::Event, outbox::Batch, password,
    user::end_access, workspace::seats_used,
};

/// How many rows are read at once.
const READ_AT_ONCE: u64 = 500;

async fn account(app: &App, email: &str) -> Result<user::Model> {
    let email = EmailAddress::parse(email, &["email"])?;
    let found = crate::user::by_email(&app.db, email.key()).await?;
    found.ok_or_else(|| Error::user(Code::InvalidInput, &["email"], "There is no account with this address."))
}

/// Sets the password of an account: its sessions and the links that set one end, and a mail tells its owner.
/// INVALID_PASSWORD, or INVALID_INPUT when there is no such account.
pub async fn reset_password(app: &App, email: &str, new: &SecretString) -> Result<user::Model> {
    password::check(new, &["password"])?;
    let user = account(app, email).await?;
    let hash = app.passwords.hash(new).await?;
    let mut batch = Batch::new(app, 1);
    batch.password_changed(&user);
    let tx = db::begin_write(&app.db).await?;
    crate::user::set_password(&tx, user.id, &hash, None).await?;
    end_access(&tx, user.id, None).await?;
    batch.write(&tx).await?;
    tx.commit().await?;
    batch.post();
    Ok(user)
}

/// Disables an account or enables it again. Disabled, it cannot log in, its sessions end, and the invitations it sent
/// are suspended until somebody adopts them. INVALID_INPUT when there is no such account.
pub async fn set_disabled(app: &App, email: &str, disabled: bool) -> Result<user::Model> {
    let mut user = account(app, email).await?;
    user.disabled_at = disabled.then(|| app.clock.now());
    let tx = db::begin_write(&app.db).await?;
    user::Entity::update_many()
        .col_expr(user::Column::DisabledAt, Expr::value(user.disabled_at))
        .filter(user::Column::Id.eq(user.id))
        .exec(&tx)
        .await?;
    if disabled {
        end_access(&tx, user.id, None).await?;
    }
    tx.commit().await?;
    Ok(user)
}

/// A workspace and how many of its seats are taken, by members and open invitations.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The workspace, deleted or not.
    pub workspace: Model,
    /// How many seats are taken.
    pub used: u64,
}

/// All workspaces, oldest first, also those that are deleted and can still be kept.
pub async fn workspaces(app: &App) -> Result<Vec<Overview>> {
    let rows = workspace::Entity::find().order_by_asc(workspace::Column::Id).all(&app.db).await?;
    let mut found = Vec::with_capacity(rows.len());
    for workspace in rows {
        found.push(Overview { used: seats_used(app, &app.db, workspace.id).await?, workspace });
    }
    Ok(found)
}

/// One workspace, deleted or not, and the owner and administrators.
pub async fn workspace(app: &App, id: Uuid) -> Result<(Overview, Vec<user::Model>)> {
    let workspace = workspace::Entity::find_by_id(id).one(&app.db).await?.ok_or(Error::NotFound)?;
    let managers = crate::workspace::managers(&app.db, id).await?;
    Ok((Overview { used: seats_used(app, &app.db, id).await?, workspace }, managers))
}

/// Limits the seats of a workspace, or lifts the limit. One below what is taken removes nobody and lets nobody in.
pub async fn set_seats(app: &App, id: Uuid, seats: Option<u32>) -> Result<Overview> {
    let wrong = |_| Error::BadInput("So many seats cannot be counted.".to_owned());
    let seats = seats.map(i32::try_from).transpose().map_err(wrong)?;
    let tx = db::begin_write(&app.db).await?;
    let before = db::hold(&tx, workspace::Entity::find_by_id(id)).await?.ok_or(Error::NotFound)?.seats;
    workspace::Entity::update_many()
        .col_expr(workspace::Column::Seats, Expr::value(seats))
        .filter(workspace::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    if before != seats {
        let changed = Event::new("workspace.seats_changed", id, None, json!({})).changing(before, seats);
        crate::event::record(&tx, app.clock.now(), [changed]).await?;
    }
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    Ok(workspace(app, id).await?.0)
}

/// An event and whoever did it.
pub type Told = (event::Model, Option<user::Model>);

/// A part of the audit log of one workspace or of all, in order: what has a number greater than `after` and did not
/// happen before `since`. An empty part is the end.
pub async fn audit(
    app: &App,
    workspace_id: Option<Uuid>,
    since: Option<DateTime<Utc>>,
    after: i64,
) -> Result<Vec<Told>> {
    let mut query = event::Entity::find().filter(event::Column::Number.gt(after));
    if let Some(workspace_id) = workspace_id {
        query = query.filter(event::Column::WorkspaceId.eq(workspace_id));
    }
    if let Some(since) = since {
        query = query.filter(event::Column::OccurredAt.gte(since));
    }
    let rows = query.order_by_asc(event::Column::Number).limit(READ_AT_ONCE).all(&app.db).await?;
    let mut ids: Vec<Uuid> = rows.iter().filter_map(|row| row.actor_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let people = crate::invitation::people(&app.db, &ids).await?;
    let told = rows.into_iter().map(|row| {
        let actor = row.actor_id.and_then(|id| people.get(&id).cloned());
        (row, actor)
    });
    Ok(told.collect())
}
