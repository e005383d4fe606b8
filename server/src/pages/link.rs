//! The link of an invitation: whether it can be used, and the page for one that cannot.

use axum::{http::StatusCode, response::Response};
use domain::{
    Code, UserError,
    invitation::{self, Preview},
};
use entity::invitation::Status;
use serde::Serialize;
use worker::catalogue::Key;

use super::{
    failure::Failure,
    label::Moment,
    samples::{self, Samples},
    visit::Visit,
};

/// What a link leads to.
pub(super) enum Link {
    /// An open invitation.
    Open(Preview),
    /// An accepted one, which leads its member to the workspace.
    Accepted(Preview),
    /// Nothing any more.
    Dead(DeadLink),
}

impl Link {
    /// What the link with this token leads to. Changes nothing.
    pub(super) async fn find(visit: &Visit, token: &str) -> Result<Self, Failure> {
        let Some(preview) = invitation::preview(visit.app(), token).await? else {
            return Ok(Self::Dead(DeadLink { code: Code::TokenInvalid, preview: None, ask: None }));
        };
        visit.is_about(&preview);
        let code = match preview.status {
            Status::Pending | Status::Confirmed => return Ok(Self::Open(preview)),
            Status::Accepted => return Ok(Self::Accepted(preview)),
            Status::Declined => Code::InvitationDeclined,
            Status::Revoked => Code::InvitationRevoked,
            Status::Expired => Code::InvitationExpired,
        };
        Ok(Self::Dead(DeadLink::new(code, token, Some(preview))))
    }
}

/// A link that cannot be used, and why.
pub(super) struct DeadLink {
    code: Code,
    preview: Option<Preview>,
    ask: Option<String>,
}

/// The values of the page `dead-link`.
#[derive(Serialize)]
struct Values<'a> {
    heading: Key,
    text: Key,
    invitation: Option<Invitation<'a>>,
    /// The token of a link whose holder can ask for a fresh one.
    ask: Option<&'a str>,
    /// Where somebody who has just logged in goes on to.
    go_on: Option<&'a str>,
}

#[derive(Serialize)]
struct Invitation<'a> {
    workspace: &'a str,
    email: &'a str,
    /// Who can be asked for a fresh one.
    inviter: Option<&'a str>,
    /// When its term ended, if that is what is wrong.
    ended: Option<Moment>,
}

impl DeadLink {
    fn new(code: Code, token: &str, preview: Option<Preview>) -> Self {
        let can_ask = matches!(
            code,
            Code::InvitationExpired | Code::InvitationRevoked | Code::InvitationDeclined | Code::InvitationSuspended
        );
        Self { code, preview, ask: can_ask.then(|| token.to_owned()) }
    }

    /// The link for which the domain answered `error`.
    pub(super) async fn refused(visit: &Visit, token: &str, error: &UserError) -> Result<Self, Failure> {
        let preview = invitation::preview(visit.app(), token).await?;
        if let Some(preview) = &preview {
            visit.is_about(preview);
        }
        Ok(Self::new(error.code, token, preview))
    }

    /// Whether `code` speaks of an invitation as a whole, and not of something that was typed.
    pub(super) const fn is_told_by(code: Code) -> bool {
        matches!(
            code,
            Code::TokenInvalid
                | Code::InvitationExpired
                | Code::InvitationRevoked
                | Code::InvitationDeclined
                | Code::InvitationAlreadyAccepted
                | Code::InvitationSuspended
                | Code::WrongAccount
        )
    }

    /// The page that says exactly what is wrong. `go_on` is where somebody who has just logged in goes on to.
    pub(super) fn page(&self, visit: &Visit, go_on: Option<&str>) -> Result<Response, Failure> {
        let (status, heading, text) = self.wording();
        let invitation = self.preview.as_ref().map(|preview| Invitation {
            workspace: &preview.workspace_name,
            email: &preview.email,
            inviter: preview.invited_by_name.as_deref().filter(|_| self.code != Code::InvitationSuspended),
            ended: (self.code == Code::InvitationExpired).then(|| preview.expires_at.into()),
        });
        visit.page(status, "dead-link", Values { heading, text, invitation, ask: self.ask.as_deref(), go_on })
    }

    const fn wording(&self) -> (StatusCode, Key, Key) {
        match self.code {
            Code::TokenInvalid => (StatusCode::NOT_FOUND, Key("dead-link-invalid"), Key("dead-link-invalid-text")),
            Code::InvitationExpired => (StatusCode::GONE, Key("dead-link-expired"), Key("dead-link-expired-text")),
            Code::InvitationRevoked => (StatusCode::GONE, Key("dead-link-revoked"), Key("dead-link-closed-text")),
            Code::InvitationDeclined => (StatusCode::GONE, Key("dead-link-declined"), Key("dead-link-closed-text")),
            Code::InvitationAlreadyAccepted => {
                (StatusCode::CONFLICT, Key("dead-link-used"), Key("dead-link-used-text"))
            }
            Code::InvitationSuspended => {
                (StatusCode::CONFLICT, Key("dead-link-suspended"), Key("dead-link-suspended-text"))
            }
            Code::WrongAccount => {
                (StatusCode::CONFLICT, Key("dead-link-wrong-account"), Key("dead-link-wrong-account-text"))
            }
            Code::SeatLimitReached => (StatusCode::CONFLICT, Key("dead-link-other"), Key("error-seat-limit-reached")),
            _ => (StatusCode::CONFLICT, Key("dead-link-other"), Key("dead-link-other-text")),
        }
    }
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let (_, heading, text) = DeadLink { code: Code::InvitationExpired, preview: None, ask: None }.wording();
    let invitation = Some(Invitation {
        workspace: samples::WORKSPACE,
        email: samples::ADDRESS,
        inviter: Some(samples::INVITER),
        ended: Some(all.began()),
    });
    all.signed_out("dead-link", Values { heading, text, invitation, ask: Some(samples::TOKEN), go_on: None })
}
