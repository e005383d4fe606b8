//! Workspaces: create, change, switch to, delete.

mod deletion;
pub(crate) mod seats;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    language::Language,
    membership::{self, Role},
    session, user,
    workspace::{self, Column, Model},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement},
};
use serde_json::{Value, json};
use uuid::Uuid;

pub use deletion::{
    Deletion, by_token as deleted_by_token, cancel as cancel_deletion, delete, link as deletion_link,
    of_viewer as deletions_of, sweep,
};
pub use seats::used as seats_used;

use crate::{
    App, Error, Result, db,
    doorbell::Bell,
    event::{self, Event},
    membership::Member,
    policy::{self, Action},
    session::Viewer,
    text,
};

/// Creates a workspace whose owner is the viewer, and switches the session to it. INVALID_NAME at `name`.
pub async fn create(app: &App, viewer: &Viewer, name: &str) -> Result<Member> {
    let name = text::name(name, &["name"])?;
    let now = app.clock.now();
    let workspace = Model {
        id: app.clock.new_id(),
        name_key: text::key(&name),
        name,
        created_at: now,
        deletes_at: None,
        deletions: 0,
        language: None,
        seats: app.rules.seats,
    };
    let membership = membership::Model {
        id: app.clock.new_id(),
        workspace_id: workspace.id,
        user_id: viewer.user.id,
        role: Role::Owner,
        joined_at: now,
        invited_by: None,
    };
    let tx = db::begin_write(&app.db).await?;
    workspace::Entity::insert(workspace.clone().into_active_model()).exec_without_returning(&tx).await?;
    membership::Entity::insert(membership.clone().into_active_model()).exec_without_returning(&tx).await?;
    let details = json!({ "name": workspace.name });
    let created = Event::new("workspace.created", workspace.id, Some(viewer.user.id), details);
    event::record(&tx, now, [created.changing(Value::Null, workspace.name.as_str())]).await?;
    point_session(&tx, viewer, workspace.id).await?;
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    Ok(Member { workspace, membership })
}

/// Changes name and language of a workspace; what is not given stays as it is. INVALID_NAME at `name`.
pub async fn update(
    app: &App,
    viewer: &Viewer,
    id: Uuid,
    name: Option<&str>,
    language: Option<Option<Language>>,
) -> Result<Member> {
    let mut member = Member::load(app, viewer.user.id, id).await?;
    member.require(Action::EditWorkspace)?;
    let name = name.map(|name| text::name(name, &["name"])).transpose()?;
    let tx = db::begin_write(&app.db).await?;
    member.hold(&tx, Action::EditWorkspace).await?;
    let before = db::hold(&tx, workspace::Entity::find_by_id(id)).await?.ok_or(Error::NotFound)?;
    let name = name.unwrap_or_else(|| before.name.clone());
    let language = language.unwrap_or(before.language);
    let after = Model { name_key: text::key(&name), name, language, ..before.clone() };
    workspace::Entity::update_many()
        .col_expr(Column::Name, Expr::value(after.name.as_str()))
        .col_expr(Column::NameKey, Expr::value(after.name_key.as_str()))
        .col_expr(Column::Language, Expr::value(after.language))
        .filter(Column::Id.eq(id))
        .exec(&tx)
        .await?;
    event::record(&tx, app.clock.now(), changes(viewer, &before, &after)).await?;
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    member.workspace = after;
    Ok(member)
}

/// What the audit log says of a change; nothing of what stayed as it was.
fn changes(viewer: &Viewer, before: &Model, after: &Model) -> Vec<Event> {
    let event = |kind| Event::new(kind, after.id, Some(viewer.user.id), json!({}));
    let mut changes = Vec::new();
    if before.name != after.name {
        changes.push(event("workspace.renamed").changing(before.name.as_str(), after.name.as_str()));
    }
    if before.language != after.language {
        let [before, after] = [before, after].map(|row| row.language.map(Language::tag));
        changes.push(event("workspace.language_changed").changing(before, after));
    }
    changes
}

/// Switches the viewer's session to a workspace he or she belongs to.
pub async fn switch(app: &App, viewer: &Viewer, id: Uuid) -> Result<Member> {
    let member = Member::load(app, viewer.user.id, id).await?;
    let tx = db::begin_write(&app.db).await?;
    point_session(&tx, viewer, id).await?;
    tx.commit().await?;
    Ok(member)
}

/// The names of workspaces, by their ids.
pub async fn names(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    let rows = workspace::Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Owner and administrators of a workspace, deleted or not.
pub(crate) async fn managers(db: &impl ConnectionTrait, id: Uuid) -> Result<Vec<user::Model>> {
    let found = membership::Entity::find()
        .filter(membership::Column::WorkspaceId.eq(id))
        .filter(membership::Column::Role.is_in(policy::roles_that_may(Action::CancelDeletion)))
        .find_also_related(user::Entity)
        .all(db)
        .await?;
    Ok(found.into_iter().filter_map(|(_, user)| user).collect())
}

/// The ids of deleted workspaces, which are there for nobody although they can still be taken back.
pub(crate) fn deleted() -> SelectStatement {
    workspace::Entity::find().select_only().column(Column::Id).filter(Column::DeletesAt.is_not_null()).into_query()
}

/// Those of `ids` that are deleted.
pub async fn deleted_among(db: &impl ConnectionTrait, ids: HashSet<Uuid>) -> Result<HashSet<Uuid>> {
    let deleted = workspace::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(ids))
        .filter(Column::DeletesAt.is_not_null());
    Ok(deleted.into_tuple().all(db).await?.into_iter().collect())
}

/// Points the session, and the person's next one, to a workspace.
pub(crate) async fn point_session(tx: &impl ConnectionTrait, viewer: &Viewer, workspace_id: Uuid) -> Result<()> {
    // The account before its session, as whoever sets a new password goes, so that the two wait for each other once.
    remember(tx, viewer.user.id, workspace_id).await?;
    session::Entity::update_many()
        .col_expr(session::Column::WorkspaceId, Expr::value(workspace_id))
        .filter(session::Column::Id.eq(viewer.session.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Keeps the workspace a person used last, for the next login.
pub(crate) async fn remember(tx: &impl ConnectionTrait, user_id: Uuid, workspace_id: Uuid) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::LastWorkspaceId, Expr::value(workspace_id))
        .filter(user::Column::Id.eq(user_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The workspace a login opens when no invitation says otherwise: the one joined since the last login, else the one
/// used last, as long as the person still belongs to it.
pub(crate) async fn for_login(
    app: &App,
    user: &user::Model,
    last_login: Option<DateTime<Utc>>,
) -> Result<Option<Uuid>> {
    use sea_orm::QueryOrder;
    let newest = membership::Entity::find()
        .filter(membership::Column::UserId.eq(user.id))
        .filter(membership::Column::Role.ne(Role::Owner))
        .filter(membership::Column::WorkspaceId.not_in_subquery(deleted()))
        .order_by_desc(membership::Column::JoinedAt)
        .one(&app.db)
        .await?;
    if let Some(newest) = newest.filter(|newest| last_login.is_none_or(|last| newest.joined_at > last)) {
        return Ok(Some(newest.workspace_id));
    }
    let Some(last) = user.last_workspace_id else { return Ok(None) };
    Ok(Member::find(app, user.id, last).await?.map(|member| member.workspace.id))
}
