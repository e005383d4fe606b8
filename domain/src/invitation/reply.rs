//! What the invited person does: join, accept, decline. The holder of a link is the owner of the mailbox it was sent to.

use entity::{
    invitation::{Column, Entity, Model, Status},
    membership as membership_row, user,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    OPEN, Preview, delivery_status, inviter_entitled, is_open, manage, name,
    preview::{describe, find},
    refusal, status_at, suspended,
};
use crate::{
    App, Code, Error, Result,
    client::Client,
    db,
    doorbell::Bell,
    email_address::EmailAddress,
    event::{self, Event},
    membership::{self, Member, Membership},
    outbox::{self, Batch},
    rate_limit,
    session::Viewer,
    user::{NewUser, is_enabled},
    workspace::seats,
};

/// What the person who pressed JOIN has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// The membership is made; log in.
    Login,
    /// There is no account yet; register with the invited address.
    Register,
    /// Signed in and a member; the session is switched.
    OpenWorkspace,
    /// Signed in as somebody else; nothing was joined.
    SwitchAccount,
}

/// What came of JOIN.
#[derive(Clone, Debug)]
pub struct Joining {
    /// What to do next.
    pub next_step: NextStep,
    /// The invitation as it is now.
    pub preview: Preview,
    /// The workspace, for OPEN_WORKSPACE.
    pub workspace: Option<Member>,
}

/// A workspace that a login joined or found joined.
#[derive(Clone, Copy, Debug)]
pub struct Joined {
    /// The workspace.
    pub workspace_id: Uuid,
}

/// How an invitation is pointed to by somebody signed in.
#[derive(Clone, Copy, Debug)]
pub enum Chosen<'a> {
    /// By its id; it must be addressed to the viewer.
    Id(Uuid),
    /// By the token of its link.
    Token(&'a str),
}

fn token_invalid() -> Error {
    Error::user(Code::TokenInvalid, &["token"], "This link is not valid.")
}

fn wrong_account(row: &Model) -> Error {
    let message = format!("This invitation is for {}. Sign in with that address.", row.email);
    Error::user(Code::WrongAccount, &[], message)
}

pub(super) async fn find_chosen(app: &App, chosen: Chosen<'_>, viewer: Option<&Viewer>) -> Result<Model> {
    match chosen {
        Chosen::Token(token) => find(app, token).await?.ok_or_else(token_invalid),
        Chosen::Id(id) => {
            let viewer = viewer.ok_or(Error::Unauthenticated)?;
            let there = Column::WorkspaceId.not_in_subquery(crate::workspace::deleted());
            let row = Entity::find_by_id(id).filter(there).one(&app.db).await?;
            row.filter(|row| row.email_key == viewer.user.email_key).ok_or(Error::NotFound)
        }
    }
}

/// JOIN, signed in or not. TOKEN_INVALID, INVITATION_EXPIRED, _REVOKED, _DECLINED, _SUSPENDED, and
/// INVITATION_ALREADY_ACCEPTED when its member has since been removed; pressing it twice is no error.
pub async fn join(app: &App, token: &str, viewer: Option<&Viewer>, client: &Client) -> Result<Joining> {
    rate_limit::spend(app, &rate_limit::link(client)).await?;
    let row = find(app, token).await?.ok_or_else(token_invalid)?;
    let account = crate::user::by_email(&app.db, &row.email_key).await?;
    let somebody_else = viewer.is_some_and(|viewer| viewer.user.email_key != row.email_key);
    if somebody_else {
        require_usable(app, &row, account.as_ref()).await?;
        return joining(app, NextStep::SwitchAccount, row, None).await;
    }
    let account = match account {
        Some(account) => account,
        None => match confirm(app, &row).await {
            Ok(row) => return joining(app, NextStep::Register, row, None).await,
            // The person may have registered a moment ago, in another window.
            Err(refused) => crate::user::by_email(&app.db, &row.email_key).await?.ok_or(refused)?,
        },
    };
    if account.disabled_at.is_some() {
        require_usable(app, &row, Some(&account)).await?;
        // It joins nothing, and only whoever knows its password is told why.
        return joining(app, NextStep::Login, row, None).await;
    }
    let membership = accept_as(app, &row, &account).await?;
    let Some(viewer) = viewer else {
        return joining(app, NextStep::Login, row, None).await;
    };
    let member = open(app, viewer, membership.workspace_id).await?;
    joining(app, NextStep::OpenWorkspace, row, Some(member)).await
}

async fn joining(app: &App, next_step: NextStep, row: Model, workspace: Option<Member>) -> Result<Joining> {
    let row = Entity::find_by_id(row.id).one(&app.db).await?.ok_or(Error::NotFound)?;
    Ok(Joining { next_step, preview: describe(app, row).await?, workspace })
}

/// Joins as a person who has just proved to be `user`: what login does with an invitation's token.
pub async fn join_as(app: &App, token: &str, user: &user::Model) -> Result<Joined> {
    let row = find(app, token).await?.ok_or_else(token_invalid)?;
    let membership = accept_as(app, &row, user).await?;
    Ok(Joined { workspace_id: membership.workspace_id })
}

/// Accepts an invitation as the viewer and switches the session. WRONG_ACCOUNT for another's, and the codes of
/// [`join`].
pub async fn accept(app: &App, viewer: &Viewer, chosen: Chosen<'_>, client: &Client) -> Result<Membership> {
    rate_limit::spend(app, &rate_limit::link(client)).await?;
    let row = find_chosen(app, chosen, Some(viewer)).await?;
    let membership = accept_as(app, &row, &viewer.user).await?;
    let member = open(app, viewer, membership.workspace_id).await?;
    Ok(Membership { row: member.membership, user: viewer.user.clone(), workspace: member.workspace })
}

/// Declines an open invitation: by its link, or by its id as the person it is addressed to; with `opt_out` the workspace
/// may not write to that address any more. WRONG_ACCOUNT when somebody else is signed in, so that a forwarded mail is not
/// declined by accident.
pub async fn decline(
    app: &App,
    viewer: Option<&Viewer>,
    chosen: Chosen<'_>,
    opt_out: bool,
    client: &Client,
) -> Result<Preview> {
    rate_limit::spend(app, &rate_limit::link(client)).await?;
    let row = find_chosen(app, chosen, viewer).await?;
    if viewer.is_some_and(|viewer| viewer.user.email_key != row.email_key) {
        return Err(wrong_account(&row));
    }
    let now = app.clock.now();
    let tx = db::begin_write(&app.db).await?;
    let Some((before, row)) = manage::close(&tx, row.id, Status::Declined, now).await? else {
        tx.rollback().await?;
        return Err(manage::refused(app, row.id).await?);
    };
    if opt_out {
        super::opt_out::insert(&tx, &row, now).await?;
    }
    let delivery = delivery_status(&tx, &row).await?;
    let actor = viewer.map(|viewer| viewer.user.id);
    let mut declined =
        Event::of_invitation("invitation.declined", &row, actor, delivery).changing(name(before), name(row.status));
    declined.details["optedOut"] = opt_out.into();
    event::record(&tx, now, [declined]).await?;
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    describe(app, row).await
}

/// The invitation behind a token, if somebody with this address may register with it. An accepted one passes when the
/// address has an account: that person is sent to log in.
pub(crate) async fn usable_for_registration(app: &App, token: &str, email: &EmailAddress) -> Result<Model> {
    let row = find(app, token).await?.ok_or_else(token_invalid)?;
    if row.email_key != email.key() {
        return Err(wrong_account(&row));
    }
    let Err(refused) = require_usable(app, &row, None).await else { return Ok(row) };
    // Read again: a second press of REGISTER may have been faster between the readings above.
    let row = Entity::find_by_id(row.id).one(&app.db).await?.ok_or(Error::NotFound)?;
    let has_account = crate::user::by_email(&app.db, &row.email_key).await?.is_some();
    if row.status == Status::Accepted && has_account { Ok(row) } else { Err(refused) }
}

/// Makes the account and the membership in one transaction; none when the address has got an account meanwhile.
pub(crate) async fn accept_registering(app: &App, row: &Model, new: NewUser<'_>) -> Result<Option<user::Model>> {
    let mut batch = Batch::new(app, 1);
    let tx = db::begin_write(&app.db).await?;
    let Some(user) = crate::user::insert(app, &tx, new).await? else { return Ok(None) };
    match accept_within(app, &tx, row, &user, &mut batch).await? {
        Some(_) => tx.commit().await?,
        None => {
            tx.rollback().await?;
            return Err(manage::refused(app, row.id).await?);
        }
    }
    batch.post();
    Ok(Some(user))
}

/// Makes `user` a member through the invitation, or finds that it was so already.
async fn accept_as(app: &App, row: &Model, user: &user::Model) -> Result<membership_row::Model> {
    if user.email_key != row.email_key {
        return Err(wrong_account(row));
    }
    if row.status != Status::Accepted {
        let mut batch = Batch::new(app, 1);
        let tx = db::begin_write(&app.db).await?;
        if let Some(membership) = accept_within(app, &tx, row, user, &mut batch).await? {
            tx.commit().await?;
            batch.post();
            return Ok(membership);
        }
        tx.rollback().await?;
    }
    // It was accepted before, perhaps by a second press of JOIN a moment ago; or it is closed.
    let row = Entity::find_by_id(row.id).one(&app.db).await?.ok_or(Error::NotFound)?;
    require_usable(app, &row, Some(user)).await?;
    let membership = membership::find(&app.db, user.id, row.workspace_id).await?;
    membership.ok_or_else(|| refusal(row.status).map_or_else(suspended, Error::from))
}

/// Switches the session to the workspace just joined. Whoever has been removed again meanwhile is told what they are
/// told from then on.
async fn open(app: &App, viewer: &Viewer, workspace_id: Uuid) -> Result<Member> {
    match crate::workspace::switch(app, viewer, workspace_id).await {
        Err(Error::NotFound) => Err(refusal(Status::Accepted).map_or(Error::NotFound, Error::from)),
        switched => switched,
    }
}

/// The arrow to ACCEPTED, with all that hangs on it; none when it did not fire. It checks at this moment that the
/// invitation is open, that its inviter could still send it, and that the account is not disabled.
async fn accept_within(
    app: &App,
    tx: &DatabaseTransaction,
    row: &Model,
    user: &user::Model,
    batch: &mut Batch<'_>,
) -> Result<Option<membership_row::Model>> {
    seats::join(tx, row.workspace_id, user.id).await?;
    let now = app.clock.now();
    let Some(before) = db::hold(tx, Entity::find_by_id(row.id)).await? else { return Ok(None) };
    let accepted = Entity::update_many()
        .col_expr(Column::Status, Expr::value(Status::Accepted))
        .col_expr(Column::RespondedAt, Expr::value(now))
        .filter(Column::Id.eq(row.id))
        .filter(is_open(now))
        .filter(inviter_entitled(row.role))
        .filter(is_enabled(user.id.into()))
        .exec(tx)
        .await?;
    if accepted.rows_affected == 0 {
        return Ok(None);
    }
    let row = Model { status: Status::Accepted, responded_at: Some(now), ..before.clone() };
    let (membership, new) = membership::grant(app, tx, &row, user.id, now).await?;
    outbox::cancel_waiting(tx, row.id, now).await?;
    let inviter = match row.invited_by {
        Some(id) => user::Entity::find_by_id(id).one(tx).await?,
        None => None,
    };
    if let Some(inviter) = inviter {
        batch.tell_accepted(&row, &inviter);
        batch.write(tx).await?;
    }
    let delivery = delivery_status(tx, &row).await?;
    let joined = json!({ "name": user.name, "email": user.email, "role": membership.role });
    let joined = Event::new("member.joined", row.workspace_id, Some(user.id), joined)
        .changing(Value::Null, membership::describe(tx, &membership).await?);
    let accepted = Event::of_invitation("invitation.accepted", &row, Some(user.id), delivery)
        .changing(name(before.status), name(row.status));
    event::record(tx, now, [Some(accepted), new.then_some(joined)].into_iter().flatten()).await?;
    Ok(Some(membership))
}

/// The arrow to CONFIRMED: JOIN was pressed and there is no account yet. Pressed again it stays.
async fn confirm(app: &App, row: &Model) -> Result<Model> {
    require_usable(app, row, None).await?;
    let now = app.clock.now();
    let tx = db::begin_write(&app.db).await?;
    let confirmed = Entity::update_many()
        .col_expr(Column::Status, Expr::value(Status::Confirmed))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Status.eq(Status::Pending))
        .filter(is_open(now))
        .filter(inviter_entitled(row.role))
        .exec(&tx)
        .await?;
    let row = Entity::find_by_id(row.id).one(&tx).await?.ok_or(Error::NotFound)?;
    if confirmed.rows_affected == 1 {
        outbox::cancel_waiting(&tx, row.id, now).await?;
        let delivery = delivery_status(&tx, &row).await?;
        let confirmed = Event::of_invitation("invitation.confirmed", &row, None, delivery)
            .changing(name(Status::Pending), name(Status::Confirmed));
        event::record(&tx, now, [confirmed]).await?;
    }
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    require_usable(app, &row, None).await?;
    Ok(row)
}

/// Refuses an invitation that is closed or suspended. An accepted one passes for its member.
async fn require_usable(app: &App, row: &Model, account: Option<&user::Model>) -> Result<()> {
    if row.status == Status::Accepted
        && let Some(account) = account
        && membership::find(&app.db, account.id, row.workspace_id).await?.is_some()
    {
        return Ok(());
    }
    if let Some(error) = refusal(status_at(row, app.clock.now())) {
        return Err(error.into());
    }
    let entitled =
        Entity::find_by_id(row.id).filter(Column::Status.is_in(OPEN)).filter(inviter_entitled(row.role)).one(&app.db);
    if entitled.await?.is_none() {
        // Read a moment later than the status above: either it has just been closed or its inviter lost the right.
        return Err(manage::refused(app, row.id).await?);
    }
    Ok(())
}
