//! The link of an invitation: whether it can be used, and the page for one that cannot.

use axum::{http::StatusCode, response::Response};
use domain::{
    Code, UserError,
    invitation::{self, Preview},
};
use entity::invitation::Status;
use serde::Serialize;

use super::{failure::Failure, label::Moment, visit::Visit};

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
            return Ok(Self::Dead(DeadLink { code: Code::TokenInvalid, preview: None }));
        };
        let code = match preview.status {
            Status::Pending | Status::Confirmed => return Ok(Self::Open(preview)),
            Status::Accepted => return Ok(Self::Accepted(preview)),
            Status::Declined => Code::InvitationDeclined,
            Status::Revoked => Code::InvitationRevoked,
            Status::Expired => Code::InvitationExpired,
        };
        Ok(Self::Dead(DeadLink { code, preview: Some(preview) }))
    }
}

/// A link that cannot be used, and why.
pub(super) struct DeadLink {
    code: Code,
    preview: Option<Preview>,
}

/// The values of the page `dead-link`.
#[derive(Serialize)]
struct Values<'a> {
    heading: &'a str,
    text: &'a str,
    invitation: Option<Invitation<'a>>,
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
    /// The link for which the domain answered `error`.
    pub(super) async fn refused(visit: &Visit, token: &str, error: &UserError) -> Result<Self, Failure> {
        Ok(Self { code: error.code, preview: invitation::preview(visit.app(), token).await? })
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
        visit.page(status, "dead-link", Values { heading, text, invitation, go_on })
    }

    const fn wording(&self) -> (StatusCode, &'static str, &'static str) {
        match self.code {
            Code::TokenInvalid => (
                StatusCode::NOT_FOUND,
                "This link is not valid",
                "Perhaps a part of it got lost on the way. Open it from the mail once more, or copy all of it.",
            ),
            Code::InvitationExpired => {
                (StatusCode::GONE, "This invitation has expired", "Its term ended before it was used.")
            }
            Code::InvitationRevoked => {
                (StatusCode::GONE, "This invitation was taken back", "It can no longer be used.")
            }
            Code::InvitationDeclined => (StatusCode::GONE, "This invitation was declined", "It can no longer be used."),
            Code::InvitationAlreadyAccepted => (
                StatusCode::CONFLICT,
                "This invitation was used already",
                "Whoever joined with it does not belong to the workspace any more, and it works only once.",
            ),
            Code::InvitationSuspended => (
                StatusCode::CONFLICT,
                "This invitation is suspended",
                "Whoever sent it may no longer invite to this role. An administrator of the workspace can send it again.",
            ),
            Code::WrongAccount => (
                StatusCode::CONFLICT,
                "This invitation is for another address",
                "Log in with the address it was sent to.",
            ),
            _ => (StatusCode::CONFLICT, "This invitation cannot be used", "Nothing was changed."),
        }
    }
}
