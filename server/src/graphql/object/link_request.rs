//! LinkRequest: somebody's wish for a fresh link.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use domain::{invitation, membership::Member};

use super::Invitation;

/// Somebody's wish for a fresh link, in place of an invitation that cannot be used any more.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct LinkRequest {
    /// The invitation that cannot be used any more: send it again when it expired, else invite its address anew.
    invitation: Invitation,
    /// When its person asked last.
    requested_at: DateTime<Utc>,
}

impl LinkRequest {
    /// The request, as `member` sees it.
    pub(crate) fn new(request: invitation::LinkRequest, member: &Member) -> Self {
        let invitation = Invitation { invitation: request.invitation, member: Some(member.clone()) };
        Self { invitation, requested_at: request.requested_at }
    }
}
