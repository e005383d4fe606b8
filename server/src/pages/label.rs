//! How pages name roles, states and times: by keys of messages.

use chrono::{DateTime, Utc};
use domain::id::Kind;
use entity::{
    invitation::{InvitableRole, Status},
    language::Language,
    membership::Role,
    outbox,
};
use serde::Serialize;
use uuid::Uuid;
use worker::catalogue::Key;

/// A member's role.
pub(super) const fn role(role: Role) -> Key {
    match role {
        Role::Owner => Key("role-owner"),
        Role::Administrator => Key("role-administrator"),
        Role::User => Key("role-user"),
    }
}

/// Where an invitation stands.
pub(super) const fn invitation(status: Status) -> Key {
    match status {
        Status::Pending => Key("status-pending"),
        Status::Confirmed => Key("status-confirmed"),
        Status::Accepted => Key("status-accepted"),
        Status::Declined => Key("status-declined"),
        Status::Revoked => Key("status-revoked"),
        Status::Expired => Key("status-expired"),
    }
}

/// The role an invitation grants.
pub(super) const fn invited_role(role: InvitableRole) -> Key {
    self::role(domain::policy::granted(role))
}

/// Where a mail stands.
pub(super) const fn delivery(status: outbox::Status) -> Key {
    match status {
        outbox::Status::Queued => Key("delivery-queued"),
        outbox::Status::Sending => Key("delivery-sending"),
        outbox::Status::Sent => Key("delivery-sent"),
        outbox::Status::Retrying => Key("delivery-retrying"),
        outbox::Status::Failed => Key("delivery-failed"),
        outbox::Status::Cancelled => Key("delivery-cancelled"),
    }
}

/// A language, by its own name.
pub(super) const fn language(language: Language) -> Key {
    match language {
        Language::En => Key("language-en"),
        Language::Lv => Key("language-lv"),
    }
}

/// A language that can be chosen.
#[derive(Serialize)]
pub(super) struct LanguageOption {
    tag: &'static str,
    label: Key,
    chosen: bool,
}

/// All languages, each by its own name, `chosen` marked.
pub(super) fn languages(chosen: Option<Language>) -> Vec<LanguageOption> {
    let option = |language: Language| LanguageOption {
        tag: language.tag(),
        label: self::language(language),
        chosen: chosen == Some(language),
    };
    Language::ALL.into_iter().map(option).collect()
}

/// A point in time as programs read it; `{{moment …}}` writes it for people.
#[derive(Debug, Serialize)]
pub(super) struct Moment(String);

impl From<DateTime<Utc>> for Moment {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
    }
}

/// The path of a workspace's console, which leads on to its first page.
pub(super) fn workspace_path(workspace_id: Uuid) -> String {
    format!("/w/{}", Kind::Workspace.id(workspace_id))
}
