//! Sessions: log in, log out, and who is behind a token.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use entity::{
    session::{Column, Entity, Model},
    user,
};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::{
    App, Code, Error, Result, UserError,
    client::Client,
    db,
    email_address::EmailAddress,
    gather::Key,
    invitation::{self, Joined},
    membership::Member,
    rate_limit, registration, token,
};

/// How inexact `last_seen_at` is at most: within this time a use is not written down.
const SEEN_EXACTNESS: Duration = Duration::from_secs(60);
/// It is no less exact than one part in so many of the time a session lasts without use, so that a short one lives on.
const PARTS_OF_IDLE: u32 = 10;
/// The longest name of a client that is kept, in characters.
const USER_AGENT_MAX: usize = 300;

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The session.
    pub session: Model,
    /// The person.
    pub user: user::Model,
}

impl Viewer {
    /// Confirms with the password what somebody who found an open session must not do. INVALID_CREDENTIALS at `field`.
    pub(crate) async fn confirm(&self, app: &App, password: &SecretString, field: &str) -> Result<()> {
        let tried = rate_limit::confirmation(self);
        rate_limit::spend(app, &tried).await?;
        if app.passwords.verify(password, Some(&self.user.password_hash)).await? {
            rate_limit::give_back(app, &tried).await;
            return Ok(());
        }
        Err(Error::user(Code::InvalidCredentials, &[field], "This is not your password."))
    }

    /// Holds the password that was confirmed until the commit. INVALID_CREDENTIALS at `field` when another has been set
    /// since: that ended this session, too.
    pub(crate) async fn hold_password(&self, tx: &DatabaseTransaction, field: &str) -> Result<()> {
        let confirmed = user::Entity::find_by_id(self.user.id)
            .filter(user::Column::PasswordHash.eq(self.user.password_hash.as_str()))
            .filter(user::Column::DisabledAt.is_null());
        // SQLite has one writer, which this transaction is; there the lock is not written.
        if confirmed.lock_shared().one(tx).await?.is_some() {
            return Ok(());
        }
        let message = "The password was changed a moment ago, somewhere else.";
        Err(Error::user(Code::InvalidCredentials, &[field], message))
    }
}

/// A successful login.
#[derive(Debug)]
pub struct Login {
    /// The session's token: the only time it is known.
    pub token: SecretString,
    /// The person and the session.
    pub viewer: Viewer,
    /// Why the invitation that came with the login could not be used, if so.
    pub join_error: Option<UserError>,
}

/// Logs in with address and password; an invitation's token is accepted with it, if it can be used. INVALID_CREDENTIALS
/// also when there is no such account; RateLimited also when this client has used links too often; EMAIL_NOT_VERIFIED
/// only to somebody who knows the password of a registration that waits.
pub async fn login(
    app: &App,
    email: &str,
    password: &SecretString,
    invitation_token: Option<&str>,
    client: &Client,
) -> Result<Login> {
    let email = EmailAddress::parse(email, &["email"])?;
    let tried = rate_limit::password(client, email.key());
    rate_limit::spend(app, &tried).await?;
    let user = authenticate(app, &email, password).await?;
    // Only wrong passwords count: people behind one address share its budget.
    rate_limit::give_back(app, &tried).await;
    let (joined, join_error) = match invitation_token {
        None => (None, None),
        Some(token) => match join(app, token, &user, client).await {
            Ok(joined) => (Some(joined), None),
            Err(Error::User(mut errors)) if !errors.is_empty() => (None, Some(errors.swap_remove(0))),
            Err(error) => return Err(error),
        },
    };
    let (token, viewer) =
        open(app, user, joined.map(|joined: Joined| joined.workspace_id), client.user_agent.as_deref()).await?;
    Ok(Login { token, viewer, join_error })
}

async fn join(app: &App, token: &str, user: &user::Model, client: &Client) -> Result<Joined> {
    rate_limit::spend(app, &rate_limit::link(client)).await?;
    invitation::join_as(app, token, user).await
}

/// One hash is computed for whoever is let in, and two for everybody else, whatever there is of the address: neither the
/// time nor the answer tells whether it has an account (docs/decisions/0010).
async fn authenticate(app: &App, email: &EmailAddress, password: &SecretString) -> Result<user::Model> {
    let user = user::Entity::find().filter(user::Column::EmailKey.eq(email.key())).one(&app.db).await?;
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    let right = app.passwords.verify(password, hash).await?;
    // One that is disabled is told what an unknown one is told.
    if let Some(user) = user.filter(|user| right && user.disabled_at.is_none()) {
        return Ok(user);
    }
    let waiting = registration::newest(app, email).await?;
    let hash = waiting.as_ref().map(|row| row.password_hash.as_str());
    if app.passwords.verify(password, hash).await? {
        return Err(Error::user(
            Code::EmailNotVerified,
            &["email"],
            "This address is not verified yet. Open the link in the mail we sent to it.",
        ));
    }
    Err(wrong_credentials())
}

fn wrong_credentials() -> Error {
    Error::user(Code::InvalidCredentials, &["password"], "The address or the password is wrong.")
}

async fn open(
    app: &App,
    user: user::Model,
    joined: Option<Uuid>,
    user_agent: Option<&str>,
) -> Result<(SecretString, Viewer)> {
    let now = app.clock.now();
    let token = token::random()?;
    let workspace_id = match joined {
        Some(workspace_id) => Some(workspace_id),
        None => crate::workspace::for_login(app, &user, user.last_login_at).await?,
    };
    let session = Model {
        id: app.clock.new_id(),
        user_id: user.id,
        token_hash: token::hash(token.expose_secret()),
        workspace_id,
        user_agent: user_agent.map(|text| text.chars().take(USER_AGENT_MAX).collect()),
        created_at: now,
        last_seen_at: now,
        expires_at: end(app, now, now),
    };
    let tx = db::begin_write(&app.db).await?;
    Entity::insert(session.clone().into_active_model()).exec_without_returning(&tx).await?;
    let logged_in = user::Entity::update_many()
        .col_expr(user::Column::LastLoginAt, Expr::value(now))
        .col_expr(user::Column::LastWorkspaceId, Expr::value(workspace_id))
        .filter(user::Column::Id.eq(user.id))
        .filter(user::Column::PasswordHash.eq(user.password_hash.as_str()))
        .filter(user::Column::DisabledAt.is_null())
        .exec(&tx)
        .await?;
    if logged_in.rows_affected == 0 {
        // The account was disabled, or its password changed, since it was verified: this would be a session that the change did not end.
        return Err(wrong_credentials());
    }
    tx.commit().await?;
    Ok((token, Viewer { session, user }))
}

/// When a session ends that was last used now: some time after that, and never later than some time after its beginning.
fn end(app: &App, created_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    (now + app.rules.session_idle).min(created_at + app.rules.session_max)
}

/// What is kept of a session's token: its hash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TokenHash(Vec<u8>);

impl Key for TokenHash {
    type Found = Viewer;

    async fn read(db: &DatabaseConnection, keys: Vec<Self>) -> Result<HashMap<Self, Viewer>, DbErr> {
        let hashes = keys.into_iter().map(|key| key.0);
        let found =
            Entity::find().filter(Column::TokenHash.is_in(hashes)).find_also_related(user::Entity).all(db).await?;
        let viewer = |(session, user): (Model, Option<user::Model>)| {
            Some((Self(session.token_hash.clone()), Viewer { session, user: user? }))
        };
        Ok(found.into_iter().filter_map(viewer).collect())
    }
}

/// Who is behind a token: one query. Nobody when it was never given out, was logged out, or has ended.
pub async fn viewer(app: &App, token: &str) -> Result<Option<Viewer>> {
    let now = app.clock.now();
    let found = app.gathered.sessions.find(TokenHash(token::hash(token))).await?;
    let Some(Viewer { session, user }) = found else { return Ok(None) };
    if session.expires_at <= now || user.disabled_at.is_some() {
        return Ok(None);
    }
    if now > session.last_seen_at + SEEN_EXACTNESS.min(app.rules.session_idle / PARTS_OF_IDLE) {
        Entity::update_many()
            .col_expr(Column::LastSeenAt, Expr::value(now))
            .col_expr(Column::ExpiresAt, Expr::value(end(app, session.created_at, now)))
            .filter(Column::Id.eq(session.id))
            .exec(&app.db)
            .await?;
    }
    Ok(Some(Viewer { session, user }))
}

/// Ends the viewer's session.
pub async fn logout(app: &App, viewer: &Viewer) -> Result<()> {
    Entity::delete_by_id(viewer.session.id).exec(&app.db).await?;
    Ok(())
}

/// Ends a session of the viewer's own; NotFound when there is none with this id.
pub async fn revoke(app: &App, viewer: &Viewer, id: Uuid) -> Result<()> {
    let ended =
        Entity::delete_many().filter(Column::Id.eq(id)).filter(Column::UserId.eq(viewer.user.id)).exec(&app.db).await?;
    if ended.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Ends all of the viewer's sessions but this one. Answers how many.
pub async fn revoke_others(app: &App, viewer: &Viewer) -> Result<u64> {
    let now = app.clock.now();
    let tx = db::begin_write(&app.db).await?;
    // Those that time has ended are no news to anybody.
    let ended = others(viewer).filter(Column::ExpiresAt.gt(now)).exec(&tx).await?.rows_affected;
    others(viewer).exec(&tx).await?;
    tx.commit().await?;
    Ok(ended)
}

fn others(viewer: &Viewer) -> sea_orm::DeleteMany<Entity> {
    Entity::delete_many().filter(Column::UserId.eq(viewer.user.id)).filter(Column::Id.ne(viewer.session.id))
}

/// The viewer's sessions that have not ended, last used first.
pub async fn list(app: &App, viewer: &Viewer) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .filter(Column::UserId.eq(viewer.user.id))
        .filter(Column::ExpiresAt.gt(app.clock.now()))
        .order_by_desc(Column::LastSeenAt)
        .all(&app.db)
        .await?)
}

/// The viewer as a member of the workspace the session is switched to, as long as he or she belongs to it.
pub async fn active_workspace(app: &App, viewer: &Viewer) -> Result<Option<Member>> {
    // Read anew: the request itself may have switched it.
    let Some(session) = Entity::find_by_id(viewer.session.id).one(&app.db).await? else { return Ok(None) };
    let Some(workspace_id) = session.workspace_id else { return Ok(None) };
    match Member::load(app, viewer.user.id, workspace_id).await {
        Ok(member) => Ok(Some(member)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
