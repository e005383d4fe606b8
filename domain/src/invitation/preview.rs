//! What the holder of a link sees before anything is decided. Looking changes nothing: mail scanners look too.

use chrono::{DateTime, Utc};
use entity::{
    invitation::{Column, Entity, InvitableRole, Model, Status},
    language::Language,
    user, workspace,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::status_at;
use crate::{App, Error, Result, token::Purpose};

/// What the holder of a link may see before signing in.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The workspace's name.
    pub workspace_name: String,
    /// The inviter's name, as long as there is an account.
    pub invited_by_name: Option<String>,
    /// The invited address, as typed.
    pub email: String,
    /// The role it grants.
    pub role: InvitableRole,
    /// The names of the locations it grants.
    pub location_names: Vec<String>,
    /// A word from the inviter.
    pub message: Option<String>,
    /// Where it stands now.
    pub status: Status,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// The language it was sent in.
    pub language: Option<Language>,
    /// The language of the account that the address has, if it chose one.
    pub account_language: Option<Language>,
}

/// The invitation a link was made for, whatever its state; none for a link that never was, or whose workspace is deleted.
pub(super) async fn find(app: &App, token: &str) -> Result<Option<Model>> {
    let Some(link) = app.keys.verify(Purpose::Invitation, token) else { return Ok(None) };
    let there = Column::WorkspaceId.not_in_subquery(crate::workspace::deleted());
    let row = Entity::find_by_id(link.id).filter(there).one(&app.db).await?;
    Ok(row.filter(|row| link.generation <= row.generation))
}

/// What the holder of a link may see; none for a link that never was. Changes nothing.
pub async fn preview(app: &App, token: &str) -> Result<Option<Preview>> {
    match find(app, token).await? {
        Some(row) => Ok(Some(describe(app, row).await?)),
        None => Ok(None),
    }
}

/// What the holder of its link may see of an invitation.
pub(super) async fn describe(app: &App, row: Model) -> Result<Preview> {
    let workspace = workspace::Entity::find_by_id(row.workspace_id).one(&app.db).await?.ok_or(Error::NotFound)?;
    // Who invited, and the account of the address, in one statement.
    let inviter = row.invited_by.map(|id| user::Column::Id.eq(id));
    let either = Condition::any().add_option(inviter).add(user::Column::EmailKey.eq(&row.email_key));
    let people = user::Entity::find().filter(either).all(&app.db).await?;
    let account = people.iter().find(|person| person.email_key == row.email_key);
    let account_language = account.and_then(|account| account.language);
    let inviter = people.into_iter().find(|person| Some(person.id) == row.invited_by);
    let locations = super::locations(&app.db, &[row.id]).await?.remove(&row.id).unwrap_or_default();
    Ok(Preview {
        status: status_at(&row, app.clock.now()),
        workspace_name: workspace.name,
        invited_by_name: inviter.map(|inviter| inviter.name),
        email: row.email,
        role: row.role,
        location_names: locations.into_iter().map(|location| location.name).collect(),
        message: row.message,
        expires_at: row.expires_at,
        language: row.language,
        account_language,
    })
}
