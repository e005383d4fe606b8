//! Setting a new password: a mail with a link to whoever owns the address, the same answer for every address, and a link
//! that works once.

use std::time::Duration;

use entity::{
    password_reset::{Column, Entity, Model},
    user,
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use secrecy::SecretString;
use uuid::Uuid;

use crate::{
    App, Code, Error, Result,
    client::Client,
    db,
    email_address::EmailAddress,
    outbox::{self, Batch},
    password, rate_limit,
    token::Purpose,
};

/// How long the link of a reset works.
pub const TTL: Duration = Duration::from_secs(3_600);

fn token_invalid() -> Error {
    Error::user(Code::TokenInvalid, &["token"], "This link is not valid, or no longer. Ask for a new one.")
}

/// Mails a link to the account of this address. Without one nothing is sent, and neither the answer nor the time tells:
/// INVALID_EMAIL only for what is no address at all.
pub async fn request(app: &App, email: &str, client: &Client) -> Result<()> {
    let email = EmailAddress::parse(email, &["email"])?;
    rate_limit::spend(app, &rate_limit::reset(client, email.key())).await?;
    let user = crate::user::by_email(&app.db, email.key()).await?;
    match user.filter(|user| user.disabled_at.is_none()) {
        Some(user) => promise(app, &user).await,
        None => pretend(app, &email).await,
    }
}

async fn promise(app: &App, user: &user::Model) -> Result<()> {
    let now = app.clock.now();
    let reset = Model { id: app.clock.new_id(), user_id: user.id, created_at: now, expires_at: now + TTL };
    let mut batch = Batch::new(app, 1);
    batch.reset_password(user, &reset);
    let tx = db::begin_write(&app.db).await?;
    Entity::insert(reset.into_active_model()).exec_without_returning(&tx).await?;
    batch.write(&tx).await?;
    tx.commit().await?;
    batch.post();
    Ok(())
}

/// The work of [`promise`] without its mail: two statements and a commit that writes, of which nothing remains.
async fn pretend(app: &App, email: &EmailAddress) -> Result<()> {
    let mut batch = Batch::new(app, 1);
    let row = batch.unsent(email);
    let tx = db::begin_write(&app.db).await?;
    batch.write(&tx).await?;
    outbox::forget(&tx, row.id).await?;
    tx.commit().await?;
    Ok(())
}

/// The account a link was made for; TOKEN_INVALID when the link is forged, used up or has ended.
pub async fn by_token(app: &App, token: &str) -> Result<(Uuid, user::Model)> {
    let link = app.keys.verify(Purpose::ResetPassword, token).ok_or_else(token_invalid)?;
    let found = Entity::find_by_id(link.id)
        .filter(Column::ExpiresAt.gt(app.clock.now()))
        .find_also_related(user::Entity)
        .one(&app.db)
        .await?;
    let (reset, user) = found.ok_or_else(token_invalid)?;
    Ok((reset.id, user.ok_or_else(token_invalid)?))
}

/// Sets a new password through a link, which works once: every session and every other link of the account ends with
/// it, and a mail tells its owner. TOKEN_INVALID, or INVALID_PASSWORD, which leaves the link as it is.
pub async fn reset(app: &App, token: &str, password: &SecretString) -> Result<user::Model> {
    let (id, mut user) = by_token(app, token).await?;
    password::check(password, &["password"])?;
    user.password_hash = app.passwords.hash(password).await?;
    let mut batch = Batch::new(app, 1);
    batch.password_changed(&user);
    let tx = db::begin_write(&app.db).await?;
    crate::user::set_password(&tx, user.id, &user.password_hash, None).await?;
    let used = Entity::delete_by_id(id).filter(Column::ExpiresAt.gt(app.clock.now())).exec(&tx).await?;
    if used.rows_affected == 0 {
        return Err(token_invalid());
    }
    crate::user::end_access(&tx, user.id, None).await?;
    batch.write(&tx).await?;
    tx.commit().await?;
    batch.post();
    Ok(user)
}
