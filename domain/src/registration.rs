//! Registering: with an invitation the account is made at once, because the link proves the mailbox; without one it
//! waits for the link in a mail and the password to come together.

use std::time::Duration;

use entity::{
    language::Language,
    registration::{Column, Entity, Model},
    user,
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use secrecy::SecretString;

use crate::{
    App, Code, Error, Result, UserError, client::Client, db, email_address::EmailAddress, invitation, outbox, password,
    rate_limit, text, token::Purpose, user::NewUser,
};

/// How long the link of a registration works.
pub const TTL: Duration = Duration::from_secs(24 * 3_600);

/// What came of registering.
#[derive(Clone, Debug)]
pub enum Registered {
    /// The account is made, through an invitation.
    Account(user::Model),
    /// The invited address has an account already; nothing changed.
    HasAccount,
    /// A mail is on its way; the same for a free and for a taken address.
    MailSent,
}

/// Input that has been checked.
struct Form {
    email: EmailAddress,
    name: String,
    password_hash: String,
    language: Option<Language>,
}

/// Registers; the account will have the invitation's language, else this one. INVALID_EMAIL, INVALID_NAME, INVALID_PASSWORD for the fields; with a token also TOKEN_INVALID,
/// WRONG_ACCOUNT when it is for another address, and what makes the invitation unusable.
pub async fn register(
    app: &App,
    email: &str,
    name: &str,
    password: &SecretString,
    invitation_token: Option<&str>,
    language: Option<Language>,
    client: &Client,
) -> Result<Registered> {
    let (email, name) = check(email, name, password)?;
    let mailed = invitation_token.is_none().then(|| email.key());
    rate_limit::spend(app, &rate_limit::registration(client, mailed)).await?;
    if let Some(token) = invitation_token {
        // Before the hash: a link that cannot be used costs nothing.
        let invitation = invitation::usable_for_registration(app, token, &email).await?;
        if crate::user::by_email(&app.db, email.key()).await?.is_some() {
            return Ok(Registered::HasAccount);
        }
        let form = Form { email, name, password_hash: app.passwords.hash(password).await?, language };
        let new = NewUser {
            email: form.email.as_typed(),
            email_key: form.email.key(),
            name: form.name,
            password_hash: form.password_hash,
            language: invitation.language.or(form.language),
        };
        return Ok(match invitation::accept_registering(app, &invitation, new).await? {
            Some(user) => Registered::Account(user),
            None => Registered::HasAccount,
        });
    }
    let form = Form { email, name, password_hash: app.passwords.hash(password).await?, language };
    wait_for_mail(app, form).await?;
    Ok(Registered::MailSent)
}

fn check(email: &str, name: &str, password: &SecretString) -> Result<(EmailAddress, String)> {
    let email = EmailAddress::parse(email, &["email"]);
    let name = text::name(name, &["name"]);
    let password = password::check(password, &["password"]);
    match (email, name, password) {
        (Ok(email), Ok(name), Ok(())) => Ok((email, name)),
        (email, name, password) => {
            let errors: Vec<UserError> = [email.err(), name.err(), password.err()].into_iter().flatten().collect();
            Err(Error::User(errors))
        }
    }
}

/// Free or taken, one mail goes to the address and the answer is the same. That of a taken one has no link that verifies;
/// the registration waits all the same, because a login with its password must not tell the two apart.
async fn wait_for_mail(app: &App, form: Form) -> Result<()> {
    let now = app.clock.now();
    let owner = crate::user::by_email(&app.db, form.email.key()).await?;
    let registration = Model {
        id: app.clock.new_id(),
        email: form.email.as_typed().to_owned(),
        email_key: form.email.key().to_owned(),
        name: form.name,
        password_hash: form.password_hash,
        created_at: now,
        expires_at: now + TTL,
        language: form.language,
    };
    let mut batch = outbox::Batch::new(app, 1);
    let tx = db::begin_write(&app.db).await?;
    match owner {
        Some(owner) => batch.address_in_use(&owner),
        None => batch.verify_address(&registration),
    };
    Entity::insert(registration.into_active_model()).exec_without_returning(&tx).await?;
    batch.write(&tx).await?;
    tx.commit().await?;
    batch.post();
    Ok(())
}

/// The newest registration that waits for an address, if its link still works. Login compares with this one alone: more
/// hashes would cost every login their time, or tell by it how many wait. The others lose only a hint; their links work.
pub(crate) async fn newest(app: &App, email: &EmailAddress) -> Result<Option<Model>> {
    Ok(Entity::find()
        .filter(Column::EmailKey.eq(email.key()))
        .filter(Column::ExpiresAt.gt(app.clock.now()))
        .order_by_desc(Column::Id)
        .one(&app.db)
        .await?)
}

/// The registration a link was made for; TOKEN_INVALID when the link is forged, used up or has ended.
pub async fn by_token(app: &App, token: &str) -> Result<Model> {
    let invalid =
        || Error::user(Code::TokenInvalid, &["token"], "This link is not valid, or no longer. Register again.");
    let link = app.keys.verify(Purpose::VerifyEmail, token).ok_or_else(invalid)?;
    let row = Entity::find_by_id(link.id).one(&app.db).await?;
    row.filter(|row| row.expires_at > app.clock.now()).ok_or_else(invalid)
}

/// Makes the account when the link in the mail and the registration's own password come together. TOKEN_INVALID, or
/// INVALID_CREDENTIALS, which leaves the link as it is.
pub async fn verify(app: &App, token: &str, password: &SecretString, client: &Client) -> Result<user::Model> {
    let row = by_token(app, token).await?;
    let tried = rate_limit::password(client, &row.email_key);
    rate_limit::spend(app, &tried).await?;
    if !app.passwords.verify(password, Some(&row.password_hash)).await? {
        return Err(Error::user(
            Code::InvalidCredentials,
            &["password"],
            "This is not the password this registration was made with.",
        ));
    }
    rate_limit::give_back(app, &tried).await;
    let tx = db::begin_write(&app.db).await?;
    let new = NewUser {
        email: &row.email,
        email_key: &row.email_key,
        name: row.name.clone(),
        password_hash: row.password_hash.clone(),
        language: row.language,
    };
    let user = crate::user::insert(app, &tx, new).await?;
    let user = user.ok_or_else(|| Error::user(Code::TokenInvalid, &["token"], "This link has been used."))?;
    tx.commit().await?;
    Ok(user)
}
