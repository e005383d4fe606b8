//! What mails speak of, read for all the mails of a job at once, and whether they are still wanted.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{Result, invitation as invitations};
use entity::{
    invitation,
    language::Language,
    location,
    outbox::{Kind, Model},
    password_reset, registration, user, workspace,
};
use futures::try_join;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, sea_query::ExprTrait};
use uuid::Uuid;

/// What the mails of a job speak of.
#[derive(Debug)]
pub(crate) struct Subjects {
    invitations: HashMap<Uuid, invitation::Model>,
    /// Those that invitations name, by the invitation's id.
    pub(crate) locations: HashMap<Uuid, Vec<location::Model>>,
    pub(crate) workspaces: HashMap<Uuid, workspace::Model>,
    registrations: HashMap<Uuid, registration::Model>,
    resets: HashMap<Uuid, password_reset::Model>,
    pub(crate) users: HashMap<Uuid, user::Model>,
}

impl Subjects {
    /// Reads what `rows` speak of: a fixed number of statements, however many rows there are, and side by side where none
    /// needs the other's answer.
    pub(crate) async fn load(db: &impl ConnectionTrait, rows: &[Model]) -> Result<Self> {
        let invited = ids(rows.iter().map(|row| row.invitation_id));
        let invitations_and_users = async {
            let invitations =
                read::<invitation::Entity>(db, invitation::Column::Id, invited.clone(), |row| row.id).await?;
            let users = users(db, rows, &invitations).await?;
            Ok((invitations, users))
        };
        let locations =
            async { if invited.is_empty() { Ok(HashMap::new()) } else { invitations::locations(db, &invited).await } };
        let workspaces = ids(rows.iter().map(|row| row.workspace_id));
        let registrations = ids(rows.iter().map(|row| row.registration_id));
        let resets = ids(rows.iter().map(|row| row.password_reset_id));
        let ((invitations, users), locations, workspaces, registrations, resets) = try_join!(
            invitations_and_users,
            locations,
            read::<workspace::Entity>(db, workspace::Column::Id, workspaces, |row| row.id),
            read::<registration::Entity>(db, registration::Column::Id, registrations, |row| row.id),
            read::<password_reset::Entity>(db, password_reset::Column::Id, resets, |row| row.id),
        )?;
        Ok(Self { invitations, locations, workspaces, registrations, resets, users })
    }

    /// Whether a mail is still wanted: not when what it speaks of is gone, answered, taken back or over. Somebody who
    /// pressed JOIN and never registered is sent the invitation anew; what waited before that press was cancelled by it.
    pub(crate) fn wants(&self, row: &Model, now: DateTime<Utc>) -> bool {
        match row.kind {
            Kind::Invitation if self.is_deleted(row) => false,
            Kind::Invitation => self.invitation(row).is_some_and(|invitation| {
                invitations::OPEN.contains(&invitations::status_at(invitation, now))
                    && invitation.generation == row.generation
            }),
            Kind::InvitationAccepted => {
                !self.is_deleted(row) && self.invitation(row).is_some() && self.user(row).is_some()
            }
            Kind::VerifyEmail => self.registration(row).is_some_and(|registration| registration.expires_at > now),
            Kind::ResetPassword => {
                self.reset(row).is_some_and(|reset| reset.expires_at > now) && self.user(row).is_some()
            }
            // The link is that of one deletion, which may have been cancelled.
            Kind::WorkspaceDeleted => {
                self.user(row).is_some()
                    && self.workspace(row).is_some_and(|workspace| {
                        workspace.deletions == row.generation && workspace.deletes_at.is_some_and(|end| end > now)
                    })
            }
            Kind::AddressInUse | Kind::PasswordChanged | Kind::Test => self.user(row).is_some(),
        }
    }

    /// The language of a mail: its reader's, else that of the invitation, else the workspace's.
    pub(crate) fn language(&self, row: &Model) -> Language {
        let reader = match row.kind {
            Kind::Invitation => self.invitation(row).and_then(|invitation| self.language_of_invited(invitation)),
            Kind::VerifyEmail => self.registration(row).and_then(|registration| registration.language),
            _ => self.user(row).and_then(|user| user.language),
        };
        let workspace = || self.workspaces.get(&row.workspace_id?)?.language;
        reader.or_else(workspace).unwrap_or_default()
    }

    fn language_of_invited(&self, invitation: &invitation::Model) -> Option<Language> {
        let account = self.users.values().find(|user| user.email_key == invitation.email_key);
        account.and_then(|user| user.language).or(invitation.language)
    }

    pub(crate) fn invitation(&self, row: &Model) -> Option<&invitation::Model> {
        self.invitations.get(&row.invitation_id?)
    }

    pub(crate) fn registration(&self, row: &Model) -> Option<&registration::Model> {
        self.registrations.get(&row.registration_id?)
    }

    pub(crate) fn reset(&self, row: &Model) -> Option<&password_reset::Model> {
        self.resets.get(&row.password_reset_id?)
    }

    pub(crate) fn workspace(&self, row: &Model) -> Option<&workspace::Model> {
        self.workspaces.get(&row.workspace_id?)
    }

    fn is_deleted(&self, row: &Model) -> bool {
        self.workspace(row).is_some_and(|workspace| workspace.deletes_at.is_some())
    }

    pub(crate) fn user(&self, row: &Model) -> Option<&user::Model> {
        self.users.get(&row.user_id?)
    }
}

/// The rows with these ids, by them; without any, nothing is asked.
async fn read<E: EntityTrait>(
    db: &impl ConnectionTrait,
    column: E::Column,
    ids: Vec<Uuid>,
    id: fn(&E::Model) -> Uuid,
) -> Result<HashMap<Uuid, E::Model>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = E::find().filter(column.is_in(ids)).all(db).await?;
    Ok(found.into_iter().map(|row| (id(&row), row)).collect())
}

/// The accounts that mails are for, of the inviters, and of those invited who have one: its language is that of the mail.
async fn users(
    db: &impl ConnectionTrait,
    rows: &[Model],
    invitations: &HashMap<Uuid, invitation::Model>,
) -> Result<HashMap<Uuid, user::Model>, DbErr> {
    let inviters = invitations.values().map(|invitation| invitation.invited_by);
    let ids = ids(rows.iter().map(|row| row.user_id).chain(inviters));
    let invited = invitations.values().map(|invitation| invitation.email_key.as_str());
    let wanted = user::Column::Id.is_in(ids).or(user::Column::EmailKey.is_in(invited));
    let found = user::Entity::find().filter(wanted).all(db).await?;
    Ok(found.into_iter().map(|row| (row.id, row)).collect())
}

fn ids(ids: impl Iterator<Item = Option<Uuid>>) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = ids.flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
