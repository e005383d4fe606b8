//! From an outbox row to the mail it promises: its link and its text.

use chrono::{DateTime, Utc};
use domain::{
    App, id, outbox,
    token::{Link, Purpose},
    workspace,
};
use entity::{
    invitation::{self, InvitableRole},
    outbox::{Kind, Model},
};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::{
    catalogue::Key,
    reason::KEY_GONE,
    subjects::Subjects,
    templates::TemplateError,
    wording::{MailSettings, Values},
};

/// A mail, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) id: Uuid,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) message_id: String,
    pub(crate) date: DateTime<Utc>,
    /// Where its button leads. What a mail server repeats of it is not written down.
    pub(crate) link: String,
    /// The workspace's global id, for the header.
    pub(crate) workspace: Option<String>,
    /// The invitation's global id, for the header.
    pub(crate) invitation: Option<String>,
}

/// Why a mail could not be composed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ComposeError {
    #[error("template {0}")]
    Template(#[from] TemplateError),
    #[error("{KEY_GONE}")]
    KeyGone,
    #[error("what this mail speaks of is gone")]
    SubjectGone,
}

/// Composes the mail of a row. Message-ID and link are the same on every attempt; the text speaks of the names there are
/// by then: a workspace may have been renamed.
pub(crate) fn compose(
    app: &App,
    settings: &MailSettings,
    row: &Model,
    subjects: &Subjects,
) -> Result<Mail, ComposeError> {
    let values = match row.kind {
        Kind::Invitation => invite(app, settings, row, subjects)?,
        Kind::InvitationAccepted => accepted(settings, row, subjects)?,
        Kind::VerifyEmail => verify(app, settings, row, subjects)?,
        Kind::AddressInUse => to_account(settings, row, subjects, "login")?,
        Kind::ResetPassword => reset_password(app, settings, row, subjects)?,
        Kind::PasswordChanged => to_account(settings, row, subjects, "forgot")?,
        Kind::Test => test(settings, row, subjects)?,
        Kind::WorkspaceDeleted => workspace_deleted(app, settings, row, subjects)?,
    };
    let wording = settings.wording(subjects.language(row), row.kind, &values)?;
    Ok(Mail {
        id: row.id,
        from: settings.from.clone(),
        to: row.recipient.clone(),
        subject: wording.subject,
        text: wording.text,
        html: wording.html,
        message_id: outbox::message_id(row.id, settings.public_url.host_str().unwrap_or("localhost")),
        date: row.created_at,
        link: values.link,
        workspace: row.workspace_id.map(|row| id::Kind::Workspace.id(row)),
        invitation: row.invitation_id.map(|row| id::Kind::Invitation.id(row)),
    })
}

fn values(settings: &MailSettings, row: &Model) -> Values {
    Values { usher: settings.public_url.to_string(), recipient: row.recipient.clone(), ..Values::default() }
}

fn invite(app: &App, settings: &MailSettings, row: &Model, subjects: &Subjects) -> Result<Values, ComposeError> {
    let invitation = subjects.invitation(row).ok_or(ComposeError::SubjectGone)?;
    let link = Link { id: invitation.id, generation: row.generation };
    let token = app.keys.link(row.key_id, Purpose::Invitation, link).ok_or(ComposeError::KeyGone)?;
    let inviter = invitation.invited_by.and_then(|id| subjects.users.get(&id));
    let locations = subjects.locations.get(&invitation.id).map_or(&[][..], Vec::as_slice);
    Ok(Values {
        link: settings.link_to(&["join", token.expose_secret()]),
        inviter: inviter.map(|inviter| harmless(&inviter.name)),
        locations: locations.iter().map(|location| harmless(&location.name)).collect(),
        message: invitation.message.as_deref().unwrap_or_default().lines().map(harmless).collect(),
        ends: Some(invitation.expires_at),
        ..about(settings, row, invitation, subjects)?
    })
}

fn accepted(settings: &MailSettings, row: &Model, subjects: &Subjects) -> Result<Values, ComposeError> {
    let invitation = subjects.invitation(row).ok_or(ComposeError::SubjectGone)?;
    let workspace = id::Kind::Workspace.id(invitation.workspace_id);
    Ok(Values { link: settings.link_to(&["w", &workspace, "members"]), ..about(settings, row, invitation, subjects)? })
}

fn test(settings: &MailSettings, row: &Model, subjects: &Subjects) -> Result<Values, ComposeError> {
    let workspace = row.workspace_id.and_then(|id| subjects.workspaces.get(&id)).ok_or(ComposeError::SubjectGone)?;
    let link = settings.link_to(&["w", &id::Kind::Workspace.id(workspace.id), "invitations"]);
    Ok(Values { link, workspace: harmless(&workspace.name), ..to_account(settings, row, subjects, "login")? })
}

/// What every mail about an invitation says: the workspace, the person and the role.
fn about(
    settings: &MailSettings,
    row: &Model,
    invitation: &invitation::Model,
    subjects: &Subjects,
) -> Result<Values, ComposeError> {
    let workspace = subjects.workspaces.get(&invitation.workspace_id).ok_or(ComposeError::SubjectGone)?;
    Ok(Values {
        workspace: harmless(&workspace.name),
        person: invitation.email.clone(),
        role: match invitation.role {
            InvitableRole::Administrator => Key("role-administrator"),
            InvitableRole::User => Key("role-user"),
        },
        ..values(settings, row)
    })
}

fn verify(app: &App, settings: &MailSettings, row: &Model, subjects: &Subjects) -> Result<Values, ComposeError> {
    let registration = subjects.registration(row).ok_or(ComposeError::SubjectGone)?;
    let link = Link { id: registration.id, generation: 0 };
    let token = app.keys.link(row.key_id, Purpose::VerifyEmail, link).ok_or(ComposeError::KeyGone)?;
    Ok(Values {
        link: settings.link_to(&["verify", token.expose_secret()]),
        person: harmless(&registration.name),
        ends: Some(registration.expires_at),
        ..values(settings, row)
    })
}

fn reset_password(
    app: &App,
    settings: &MailSettings,
    row: &Model,
    subjects: &Subjects,
) -> Result<Values, ComposeError> {
    let reset = subjects.reset(row).ok_or(ComposeError::SubjectGone)?;
    let link = Link { id: reset.id, generation: 0 };
    let token = app.keys.link(row.key_id, Purpose::ResetPassword, link).ok_or(ComposeError::KeyGone)?;
    Ok(Values {
        link: settings.link_to(&["reset", token.expose_secret()]),
        ends: Some(reset.expires_at),
        ..to_account(settings, row, subjects, "login")?
    })
}

fn workspace_deleted(
    app: &App,
    settings: &MailSettings,
    row: &Model,
    subjects: &Subjects,
) -> Result<Values, ComposeError> {
    let workspace = subjects.workspace(row).ok_or(ComposeError::SubjectGone)?;
    let link = workspace::deletion_link(workspace);
    let token = app.keys.link(row.key_id, Purpose::CancelDeletion, link).ok_or(ComposeError::KeyGone)?;
    Ok(Values {
        workspace: harmless(&workspace.name),
        link: settings.link_to(&["cancel-deletion", token.expose_secret()]),
        ends: workspace.deletes_at,
        ..to_account(settings, row, subjects, "login")?
    })
}

/// A mail to somebody with an account, with a link to one of our pages.
fn to_account(settings: &MailSettings, row: &Model, subjects: &Subjects, page: &str) -> Result<Values, ComposeError> {
    let user = subjects.user(row).ok_or(ComposeError::SubjectGone)?;
    Ok(Values { link: settings.link_to(&[page]), person: harmless(&user.name), ..values(settings, row) })
}

/// Text that somebody typed, so that no mail client makes a link of it: an invisible word joiner goes where a name or a
/// message looks like an address, also one of emoji, or with the full stops that browsers read as a dot. It reads the same.
fn harmless(text: &str) -> String {
    const WORD_JOINER: char = '\u{2060}';
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = characters.next() {
        out.push(c);
        let next = characters.peek().copied().unwrap_or(' ');
        if joins_words(c) && could_be_of_an_address(before, next) {
            out.push(WORD_JOINER);
        }
        before = c;
    }
    out
}

const fn joins_words(c: char) -> bool {
    matches!(c, '.' | '@' | ':' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}' | '\u{FF20}' | '\u{FF1A}')
}

/// Not numbers such as 10.30, and nothing with a space.
fn could_be_of_an_address(before: char, next: char) -> bool {
    let goes_on = next.is_alphanumeric() || next == '/' || !next.is_ascii();
    let number = before.is_ascii_digit() && next.is_ascii_digit();
    goes_on && !number && !before.is_whitespace() && !next.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_looks_like_a_link_is_broken_up_and_the_rest_stays() {
        assert_eq!(harmless("https://evil.example"), "https:\u{2060}//evil.\u{2060}example");
        assert_eq!(harmless("evil\u{3002}example"), "evil\u{3002}\u{2060}example");
        assert_eq!(harmless("\u{1F4A9}.la"), "\u{1F4A9}.\u{2060}la");
        assert_eq!(harmless("St. Mary's, 10.30: welcome!"), "St. Mary's, 10.30: welcome!");
    }
}
