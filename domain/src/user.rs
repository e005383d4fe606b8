//! Accounts. One exists only once its address is verified: through the link of a registration, through an invitation,
//! or because the operator says so.

use entity::{
    registration,
    user::{Column, Entity, Model},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use secrecy::SecretString;
use uuid::Uuid;

use crate::{App, Code, Error, Result, db, db::Conflict, email_address::EmailAddress, password, text};

/// The account of an address.
pub async fn by_email(db: &impl ConnectionTrait, email_key: &str) -> Result<Option<Model>> {
    Ok(Entity::find().filter(Column::EmailKey.eq(email_key)).one(db).await?)
}

/// An account by its id, if the viewer shares a workspace with it or is that person.
pub async fn find_for(app: &App, viewer: Uuid, id: Uuid) -> Result<Option<Model>> {
    use entity::membership::{self, Column as Membership};
    use sea_orm::{QuerySelect, sea_query::Query};
    if viewer != id {
        let shared = Query::select()
            .column(Membership::WorkspaceId)
            .from(membership::Entity)
            .and_where(Membership::UserId.eq(viewer))
            .take();
        let together = membership::Entity::find()
            .filter(Membership::UserId.eq(id))
            .filter(Membership::WorkspaceId.in_subquery(shared))
            .limit(1)
            .one(&app.db)
            .await?;
        if together.is_none() {
            return Ok(None);
        }
    }
    Ok(Entity::find_by_id(id).one(&app.db).await?)
}

/// What a new account is made of.
#[derive(Clone, Debug)]
pub(crate) struct NewUser<'a> {
    pub(crate) email: &'a str,
    pub(crate) email_key: &'a str,
    pub(crate) name: String,
    pub(crate) password_hash: String,
}

/// Makes the account and throws away every registration that waited for its address. None when the address has an
/// account already: the constraint decides.
pub(crate) async fn insert(app: &App, tx: &impl ConnectionTrait, new: NewUser<'_>) -> Result<Option<Model>> {
    let user = Model {
        id: app.clock.new_id(),
        email: new.email.to_owned(),
        email_key: new.email_key.to_owned(),
        name_key: text::key(&new.name),
        name: new.name,
        password_hash: new.password_hash,
        created_at: app.clock.now(),
        last_login_at: None,
        last_workspace_id: None,
    };
    match Entity::insert(user.clone().into_active_model()).exec_without_returning(tx).await {
        Ok(_) => {}
        Err(error) if db::conflict(&error) == Some(Conflict::Unique) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    registration::Entity::delete_many().filter(registration::Column::EmailKey.eq(new.email_key)).exec(tx).await?;
    Ok(Some(user))
}

/// The operator's way: an account whose address counts as verified. INVALID_EMAIL, INVALID_NAME, INVALID_PASSWORD, or
/// INVALID_INPUT at `email` when the address has an account.
pub async fn create_verified(app: &App, email: &str, name: &str, password: &SecretString) -> Result<Model> {
    let email = EmailAddress::parse(email, &["email"])?;
    let name = text::name(name, &["name"])?;
    password::check(password, &["password"])?;
    let password_hash = app.passwords.hash(password).await?;
    let tx = db::begin_write(&app.db).await?;
    let new = NewUser { email: email.as_typed(), email_key: email.key(), name, password_hash };
    let user = insert(app, &tx, new).await?;
    let user = user.ok_or_else(|| Error::user(Code::InvalidInput, &["email"], "This address has an account."))?;
    tx.commit().await?;
    Ok(user)
}
