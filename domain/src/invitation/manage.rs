//! What administrators do with invitations: send again, take back, list.

use std::collections::HashSet;

use chrono::{DateTime, SecondsFormat, Utc};
use entity::{
    invitation::{Column, Entity, Model, Status},
    user,
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{CaseStatement, Expr, ExprTrait},
};
use uuid::Uuid;

use super::{
    Invitation, OPEN, allowance, delivery_status, expire, is_open, name, opt_out, refusal, send, status_at, view,
};
use crate::{
    App, Error, Result, UserError,
    db::{self, Conflict},
    doorbell::Bell,
    event::{self, Event},
    membership::{self, Member},
    outbox::{self, Batch},
    page::{Page, Window},
    policy::Action,
    session::Viewer,
    workspace::{self, seats},
};

/// Which invitations of a workspace are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those in one of these states; all when none is given.
    pub status: Option<Vec<Status>>,
    /// Part of an address, in its comparable form ([`crate::text::search`]).
    pub search: Option<String>,
}

async fn managed(app: &App, viewer: &Viewer, id: Uuid) -> Result<(Model, Member)> {
    let row = Entity::find_by_id(id).one(&app.db).await?.ok_or(Error::NotFound)?;
    let member = Member::load(app, viewer.user.id, row.workspace_id).await?;
    member.require(Action::ManageInvitations)?;
    Ok((row, member))
}

/// Sends an invitation again with the full term; links sent before work on. One that expired is opened again
/// (ALREADY_INVITED when another is open, ALREADY_MEMBER when the person has joined meanwhile, RECIPIENT_OPTED_OUT when
/// the person asked not to be written to); one in another closed state is refused with its code. If its inviter may no longer invite to that role, the viewer adopts it.
pub async fn resend(app: &App, viewer: &Viewer, id: Uuid) -> Result<(Invitation, Member)> {
    let (row, member) = managed(app, viewer, id).await?;
    member.require(Action::Invite(row.role))?;
    let reopens = !matches!(row.status, Status::Accepted | Status::Declined | Status::Revoked);
    if reopens && membership::is_member(&app.db, row.workspace_id, &row.email_key).await? {
        return Err(already_member());
    }
    if reopens && !opt_out::among(&app.db, row.workspace_id, &[&row.email_key]).await?.is_empty() {
        return Err(UserError { field: Vec::new(), ..send::recipient_opted_out(&[]) }.into());
    }
    if reopens {
        allowance::spend(app, viewer.user.id, row.workspace_id, &row.email_key).await?;
    }
    match renew(app, &member, &row).await {
        Err(error) if another_is_open(&error) => {
            // Another is open for this address; unless that one has expired too, it stays.
            if !expire::close_address(app, row.workspace_id, &row.email_key).await? {
                return Err(already_invited());
            }
            let renewed = renew(app, &member, &row)
                .await
                .map_err(|error| if another_is_open(&error) { already_invited() } else { error })?;
            Ok((renewed.ok_or(Error::NotFound)?, member))
        }
        Err(error) => Err(error),
        Ok(Some(invitation)) => Ok((invitation, member)),
        Ok(None) => Err(refused(app, id).await?),
    }
}

/// The input of a resend has no address that these could point to.
fn already_member() -> Error {
    UserError { field: Vec::new(), ..send::already_member(&[]) }.into()
}

fn already_invited() -> Error {
    UserError { field: Vec::new(), ..send::already_invited(&[]) }.into()
}

/// A seat again for one that expired, where seats are limited. SEAT_LIMIT_REACHED.
async fn reserve(app: &App, tx: &DatabaseTransaction, row: &Model) -> Result<()> {
    if seats::left(app, tx, row.workspace_id).await? != Some(0) {
        return Ok(());
    }
    let holds_one = Entity::find_by_id(row.id).filter(Column::Status.ne(Status::Expired)).one(tx).await?;
    if holds_one.is_some() { Ok(()) } else { Err(seats::limit_reached(&[]).into()) }
}

/// Whether another invitation of the same address is open.
fn another_is_open(error: &Error) -> bool {
    matches!(error, Error::Internal(cause)
        if cause.downcast_ref::<DbErr>().is_some_and(|error| db::conflict(error) == Some(Conflict::Unique)))
}

/// The arrow to PENDING; none when the invitation was in a state it does not come from.
async fn renew(app: &App, member: &Member, row: &Model) -> Result<Option<Invitation>> {
    let now = app.clock.now();
    let confirmed = Column::Status.eq(Status::Confirmed).and(Column::ExpiresAt.gt(now));
    let entitled = membership::may_invite(
        Expr::col((Entity, Column::InvitedBy)),
        Expr::col((Entity, Column::WorkspaceId)),
        row.role,
    );
    let status = CaseStatement::new().case(confirmed, Status::Confirmed).finally(Status::Pending);
    let inviter =
        CaseStatement::new().case(entitled, Expr::col((Entity, Column::InvitedBy))).finally(member.membership.user_id);
    let mut batch = Batch::new(app, 1);
    let tx = db::begin_write(&app.db).await?;
    member.hold(&tx, Action::Invite(row.role)).await?;
    reserve(app, &tx, row).await?;
    let Some(before) = db::hold(&tx, Entity::find_by_id(row.id)).await? else { return Ok(None) };
    let renewed = Entity::update_many()
        .col_expr(Column::Status, Expr::expr(status))
        .col_expr(Column::InvitedBy, Expr::expr(inviter))
        .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
        .col_expr(Column::ExpiresAt, Expr::value(now + app.rules.invitation_ttl))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Status.is_in([Status::Pending, Status::Confirmed, Status::Expired]))
        .exec(&tx)
        .await?;
    if renewed.rows_affected == 0 {
        return Ok(None);
    }
    outbox::cancel_waiting(&tx, row.id, now).await?;
    let Some(row) = Entity::find_by_id(row.id).one(&tx).await? else { return Ok(None) };
    let delivery = batch.invite(&row);
    batch.write(&tx).await?;
    let mut resent = Event::of_invitation("invitation.resent", &row, Some(member.membership.user_id), delivery.status)
        .changing(with_term(&before, now), with_term(&row, now));
    resent.details["adopted"] = (before.invited_by != row.invited_by).into();
    if before.invited_by != row.invited_by {
        resent = naming_inviters(&tx, resent, &before, &row).await?;
    }
    event::record(&tx, now, [resent]).await?;
    tx.commit().await?;
    batch.post();
    Ok(Some(Invitation { row, delivery: delivery.into() }))
}

/// What sending again changes, for the audit log, as in `PENDING until 2026-03-09T09:00:00Z`.
fn with_term(row: &Model, now: DateTime<Utc>) -> String {
    let ends = row.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("{} until {ends}", name(status_at(row, now)))
}

/// The event of an adoption says whose the invitation was and is.
async fn naming_inviters(
    tx: &DatabaseTransaction,
    mut event: Event,
    before: &Model,
    after: &Model,
) -> Result<Event, DbErr> {
    let ids: Vec<Uuid> = before.invited_by.into_iter().chain(after.invited_by).collect();
    let people = super::people(tx, &ids).await?;
    let inviter = |row: &Model| {
        row.invited_by.and_then(|id| people.get(&id)).map_or_else(|| "nobody".to_owned(), |user| user.name.clone())
    };
    let former = inviter(before);
    for (when, by) in [("before", &former), ("after", &inviter(after))] {
        let term = event.details[when].as_str().unwrap_or_default();
        event.details[when] = format!("{term}, invited by {by}").into();
    }
    event.details["former"] = former.into();
    Ok(event)
}

/// Takes an open invitation back; a mail that still waits is not sent. In a closed state it is refused with its code.
pub async fn revoke(app: &App, viewer: &Viewer, id: Uuid) -> Result<(Invitation, Member)> {
    let (_, member) = managed(app, viewer, id).await?;
    let now = app.clock.now();
    let tx = db::begin_write(&app.db).await?;
    member.hold(&tx, Action::ManageInvitations).await?;
    let Some((before, row)) = close(&tx, id, Status::Revoked, now).await? else {
        tx.rollback().await?;
        return Err(refused(app, id).await?);
    };
    let delivery = delivery_status(&tx, &row).await?;
    let revoked = Event::of_invitation("invitation.revoked", &row, Some(viewer.user.id), delivery);
    event::record(&tx, now, [revoked.changing(name(before), name(row.status))]).await?;
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    let revoked = super::load(&app.db, &[id]).await?.remove(&id).ok_or(Error::NotFound)?;
    Ok((revoked, member))
}

/// The arrows from an open invitation to REVOKED and DECLINED: what it was before and is now; none when it was not open
/// any more. What still waits of its mail is cancelled.
pub(super) async fn close(
    tx: &DatabaseTransaction,
    id: Uuid,
    to: Status,
    now: DateTime<Utc>,
) -> Result<Option<(Status, Model)>, DbErr> {
    let Some(row) = db::hold(tx, Entity::find_by_id(id)).await? else { return Ok(None) };
    let closed = Entity::update_many()
        .col_expr(Column::Status, Expr::value(to))
        .col_expr(Column::RespondedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(is_open(now))
        .exec(tx)
        .await?;
    if closed.rows_affected == 0 {
        return Ok(None);
    }
    outbox::cancel_waiting(tx, id, now).await?;
    Ok(Some((row.status, Model { status: to, responded_at: Some(now), ..row })))
}

/// Why an arrow did not fire: the state the invitation is in now.
pub(super) async fn refused(app: &App, id: Uuid) -> Result<Error> {
    let row = Entity::find_by_id(id).one(&app.db).await?.ok_or(Error::NotFound)?;
    let error = refusal(status_at(&row, app.clock.now()));
    Ok(error.map_or_else(super::suspended, Error::from))
}

/// A page of the workspace's invitations, newest first, for those who manage them.
pub async fn list(app: &App, member: &Member, filter: &Filter, window: &Window<Uuid>) -> Result<Page<Invitation>> {
    member.require(Action::ManageInvitations)?;
    page(app, matching(app, member, filter), window).await
}

/// How many invitations the filter lets through.
pub async fn count(app: &App, member: &Member, filter: &Filter) -> Result<u64> {
    member.require(Action::ManageInvitations)?;
    Ok(Entity::find().filter(matching(app, member, filter)).count(&app.db).await?)
}

/// A page of the open invitations addressed to a person, newest first.
pub async fn list_addressed_to(app: &App, user: &user::Model, window: &Window<Uuid>) -> Result<Page<Invitation>> {
    page(app, addressed_to(app, user), window).await
}

/// How many open invitations are addressed to a person.
pub async fn count_addressed_to(app: &App, user: &user::Model) -> Result<u64> {
    Ok(Entity::find().filter(addressed_to(app, user)).count(&app.db).await?)
}

/// Those of the invitations `ids` that the viewer may see, because he or she manages the workspace's invitations or is the
/// one invited; each with the viewer as a member of the workspace, if he or she is one.
pub async fn find_all_for(app: &App, viewer: &Viewer, ids: &[Uuid]) -> Result<Vec<(Invitation, Option<Member>)>> {
    let found = super::load(&app.db, ids).await?;
    let workspaces: HashSet<Uuid> = found.values().map(|invitation| invitation.row.workspace_id).collect();
    if workspaces.is_empty() {
        return Ok(Vec::new());
    }
    let members = Member::load_all(app, viewer.user.id, workspaces.iter().copied()).await?;
    let deleted = workspace::deleted_among(&app.db, workspaces).await?;
    let seen = found.into_values().filter_map(|invitation| {
        let row = &invitation.row;
        let member = members.get(&row.workspace_id).cloned();
        let manages = member.as_ref().is_some_and(|member| member.may(Action::ManageInvitations));
        let is_own = row.email_key == viewer.user.email_key && !deleted.contains(&row.workspace_id);
        (manages || is_own).then_some((invitation, member))
    });
    Ok(seen.collect())
}

fn addressed_to(app: &App, user: &user::Model) -> Condition {
    is_open(app.clock.now())
        .add(Column::EmailKey.eq(user.email_key.as_str()))
        .add(Column::WorkspaceId.not_in_subquery(workspace::deleted()))
}

fn matching(app: &App, member: &Member, filter: &Filter) -> Condition {
    let now = app.clock.now();
    let mut condition = Condition::all().add(Column::WorkspaceId.eq(member.workspace.id));
    if let Some(wanted) = &filter.status {
        let mut any = Condition::any();
        for status in wanted {
            any = any.add(match status {
                Status::Expired => Condition::any()
                    .add(Column::Status.eq(Status::Expired))
                    .add(Column::Status.is_in(OPEN).and(Column::ExpiresAt.lte(now))),
                open if OPEN.contains(open) => {
                    Condition::all().add(Column::Status.eq(*open)).add(Column::ExpiresAt.gt(now))
                }
                closed => Condition::all().add(Column::Status.eq(*closed)),
            });
        }
        condition = condition.add(if wanted.is_empty() { Condition::all().add(Expr::val(false)) } else { any });
    }
    if let Some(search) = &filter.search {
        condition = condition.add(membership::contains(Column::EmailKey, search));
    }
    condition
}

async fn page(app: &App, condition: Condition, window: &Window<Uuid>) -> Result<Page<Invitation>> {
    let mut query = view::select().filter(condition).limit(window.limit + 1);
    if let Some(after) = window.after {
        query = query.filter(Column::Id.lt(after));
    }
    if let Some(before) = window.before {
        query = query.filter(Column::Id.gt(before));
    }
    let query = if window.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    Ok(Page::cut(query.into_model().all(&app.db).await?, window))
}
