//! Invitations, the heart of Usher: their states, and the rows as others see them.
//!
//! Every arrow of the state machine is one conditional UPDATE that names the states it comes from; the number of rows it
//! changed decides who won. Expiry is computed whenever an invitation is read, and written down later.

mod allowance;
mod bulk;
mod expire;
mod keep;
mod link_request;
mod manage;
mod opt_out;
mod preview;
mod rehearse;
mod reply;
mod seated;
mod send;
mod view;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    invitation::{Column, Entity, InvitableRole, Model, Status},
    invitation_location, location, outbox, user,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

pub use bulk::{MAX_ROWS, send_all};
pub(crate) use expire::close_workspace;
pub use expire::sweep;
pub(crate) use keep::keep;
pub use link_request::{LinkRequest, dismiss_link_request, link_requests, request_link};
pub use manage::{Filter, count, count_addressed_to, find_all_for, list, list_addressed_to, resend, revoke};
pub use preview::{Preview, preview};
pub use rehearse::rehearse;
pub use reply::{Chosen, Joined, Joining, NextStep, accept, decline, join, join_as};
pub(crate) use reply::{accept_registering, usable_for_registration};
pub use send::{Row, send};
pub use view::{Delivery, Invitation, load};

use crate::{App, Code, Error, UserError, membership};

/// The states from which an invitation can still become something else.
pub const OPEN: [Status; 2] = [Status::Pending, Status::Confirmed];

/// The status of an invitation at `now`: an open one whose term has ended is EXPIRED, written down or not.
pub fn status_at(row: &Model, now: DateTime<Utc>) -> Status {
    if OPEN.contains(&row.status) && row.expires_at <= now { Status::Expired } else { row.status }
}

/// The name of a status, as the API and the audit log have it.
fn name(status: Status) -> String {
    sea_orm::ActiveEnum::to_value(&status)
}

/// Why an invitation in this state cannot be used; none when it is open.
fn refusal(status: Status) -> Option<UserError> {
    let (code, message) = match status {
        Status::Pending | Status::Confirmed => return None,
        Status::Accepted => (Code::InvitationAlreadyAccepted, "This invitation has been accepted already."),
        Status::Declined => (Code::InvitationDeclined, "This invitation was declined. Ask for a fresh one."),
        Status::Revoked => (Code::InvitationRevoked, "This invitation was taken back. Ask for a fresh one."),
        Status::Expired => (Code::InvitationExpired, "This invitation has expired. Ask for a fresh one."),
    };
    Some(UserError::new(code, &[], message))
}

fn suspended() -> Error {
    let message =
        "Whoever sent this invitation may no longer invite to this role. Ask an administrator to send it again.";
    Error::user(Code::InvitationSuspended, &[], message)
}

/// Which of these invitations are suspended: open, but of no use until somebody sends them again, because their inviters
/// may no longer invite to their roles.
pub async fn suspended_among(app: &App, ids: &[Uuid]) -> Result<HashSet<Uuid>, DbErr> {
    let entitled = InvitableRole::iter().map(|role| Column::Role.eq(role).and(inviter_entitled(role)));
    let suspended: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(is_open(app.clock.now()))
        .filter(entitled.fold(Condition::any(), Condition::add).not())
        .into_tuple()
        .all(&app.db)
        .await?;
    Ok(suspended.into_iter().collect())
}

/// The condition under which the inviter of an invitation to this role may still invite to it.
fn inviter_entitled(role: InvitableRole) -> Expr {
    membership::may_invite(Expr::col((Entity, Column::InvitedBy)), Expr::col((Entity, Column::WorkspaceId)), role)
}

/// The condition under which an invitation is open at `now`.
pub(crate) fn is_open(now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::Status.is_in(OPEN)).add(Column::ExpiresAt.gt(now))
}

/// The locations that invitations name, by name; an invitation without any has no entry.
pub async fn locations(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<location::Model>>, DbErr> {
    let rows = invitation_location::Entity::find()
        .filter(invitation_location::Column::InvitationId.is_in(ids.iter().copied()))
        .find_also_related(location::Entity)
        .order_by_asc(location::Column::Name)
        .all(db)
        .await?;
    let mut found: HashMap<Uuid, Vec<location::Model>> = HashMap::new();
    for (link, location) in rows {
        found.entry(link.invitation_id).or_default().extend(location);
    }
    Ok(found)
}

/// People by their ids.
pub async fn people(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, user::Model>, DbErr> {
    let rows = user::Entity::find().filter(user::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|user| (user.id, user)).collect())
}

/// The status of the present delivery of an invitation, for the event that tells of a change.
async fn delivery_status(tx: &impl ConnectionTrait, row: &Model) -> Result<outbox::Status, DbErr> {
    let status: Option<outbox::Status> = outbox::Entity::find()
        .select_only()
        .column(outbox::Column::Status)
        .filter(outbox::Column::InvitationId.eq(row.id))
        .filter(outbox::Column::Generation.eq(row.generation))
        .filter(crate::outbox::invites(outbox::Column::Kind.into_expr()))
        .into_tuple()
        .one(tx)
        .await?;
    Ok(status.unwrap_or(outbox::Status::Cancelled))
}
