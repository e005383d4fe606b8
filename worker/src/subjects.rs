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
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::ExprTrait};
use uuid::Uuid;

/// What the mails of a job speak of.
#[derive(Debug, Default)]
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
    /// Reads what `rows` speak of: a fixed number of statements, however many rows there are.
    pub(crate) async fn load(db: &impl ConnectionTrait, rows: &[Model]) -> Result<Self> {
        let mut subjects = Self::default();
        let ids = ids(rows.iter().map(|row| row.invitation_id));
        if !ids.is_empty() {
            let found = invitation::Entity::find().filter(invitation::Column::Id.is_in(ids.clone())).all(db).await?;
            subjects.invitations = found.into_iter().map(|row| (row.id, row)).collect();
            subjects.locations = invitations::locations(db, &ids).await?;
        }
        let ids = self::ids(rows.iter().map(|row| row.workspace_id));
        if !ids.is_empty() {
            let found = workspace::Entity::find().filter(workspace::Column::Id.is_in(ids)).all(db).await?;
            subjects.workspaces = found.into_iter().map(|row| (row.id, row)).collect();
        }
        let ids = self::ids(rows.iter().map(|row| row.registration_id));
        if !ids.is_empty() {
            let found = registration::Entity::find().filter(registration::Column::Id.is_in(ids)).all(db).await?;
            subjects.registrations = found.into_iter().map(|row| (row.id, row)).collect();
        }
        let ids = self::ids(rows.iter().map(|row| row.password_reset_id));
        if !ids.is_empty() {
            let found = password_reset::Entity::find().filter(password_reset::Column::Id.is_in(ids)).all(db).await?;
            subjects.resets = found.into_iter().map(|row| (row.id, row)).collect();
        }
        let inviters = subjects.invitations.values().map(|invitation| invitation.invited_by);
        let ids = self::ids(rows.iter().map(|row| row.user_id).chain(inviters));
        // Somebody invited may have an account, whose language is that of the mail.
        let invited = subjects.invitations.values().map(|invitation| invitation.email_key.as_str());
        let wanted = user::Column::Id.is_in(ids).or(user::Column::EmailKey.is_in(invited));
        let found = user::Entity::find().filter(wanted).all(db).await?;
        subjects.users = found.into_iter().map(|row| (row.id, row)).collect();
        Ok(subjects)
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

fn ids(ids: impl Iterator<Item = Option<Uuid>>) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = ids.flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
