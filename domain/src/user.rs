//! Accounts. One exists only once its address is verified: through the link of a registration, through an invitation,
//! or because the operator says so.

use entity::{
    language::Language,
    password_reset, registration, session,
    user::{Column, Entity, Model},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};
use secrecy::SecretString;
use uuid::Uuid;

use crate::{
    App, Code, Error, Result, db, db::Conflict, email_address::EmailAddress, outbox::Batch, password, session::Viewer,
    text,
};

/// The account of an address.
pub async fn by_email(db: &impl ConnectionTrait, email_key: &str) -> Result<Option<Model>> {
    Ok(Entity::find().filter(Column::EmailKey.eq(email_key)).one(db).await?)
}

/// Those of the accounts `ids` with which the viewer shares a workspace, or that are his or her own.
pub async fn find_all_for(app: &App, viewer: Uuid, ids: &[Uuid]) -> Result<Vec<Model>> {
    use entity::membership::{self, Column as Membership};
    let shared = Query::select()
        .column(Membership::WorkspaceId)
        .from(membership::Entity)
        .and_where(Membership::UserId.eq(viewer))
        .and_where(Membership::WorkspaceId.not_in_subquery(crate::workspace::deleted()))
        .take();
    let together = Query::select()
        .column(Membership::UserId)
        .from(membership::Entity)
        .and_where(Membership::UserId.is_in(ids.iter().copied()))
        .and_where(Membership::WorkspaceId.in_subquery(shared))
        .take();
    let seen = Column::Id.eq(viewer).or(Column::Id.in_subquery(together));
    Ok(Entity::find().filter(Column::Id.is_in(ids.iter().copied())).filter(seen).all(&app.db).await?)
}

/// Whether the account `id` is not disabled.
pub(crate) fn is_enabled(id: Expr) -> Expr {
    let enabled = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::Id)).eq(id))
        .and_where(Column::DisabledAt.is_null())
        .take();
    Expr::exists(enabled)
}

/// What a new account is made of.
#[derive(Clone, Debug)]
pub(crate) struct NewUser<'a> {
    pub(crate) email: &'a str,
    pub(crate) email_key: &'a str,
    pub(crate) name: String,
    pub(crate) password_hash: String,
    pub(crate) language: Option<Language>,
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
        language: new.language,
        disabled_at: None,
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
    let new = NewUser { email: email.as_typed(), email_key: email.key(), name, password_hash, language: None };
    let user = insert(app, &tx, new).await?;
    let user = user.ok_or_else(|| Error::user(Code::InvalidInput, &["email"], "This address has an account."))?;
    tx.commit().await?;
    Ok(user)
}

/// Renames the viewer, whom others see by that name; without one nothing changes. INVALID_NAME at `name`.
pub async fn update(
    app: &App,
    viewer: &Viewer,
    name: Option<&str>,
    language: Option<Option<Language>>,
) -> Result<Viewer> {
    let name = name.map(|name| text::name(name, &["name"])).transpose()?;
    let name = name.unwrap_or_else(|| viewer.user.name.clone());
    let name_key = text::key(&name);
    let language = language.unwrap_or(viewer.user.language);
    Entity::update_many()
        .col_expr(Column::Name, Expr::value(name.as_str()))
        .col_expr(Column::NameKey, Expr::value(name_key.as_str()))
        .col_expr(Column::Language, Expr::value(language))
        .filter(Column::Id.eq(viewer.user.id))
        .exec(&app.db)
        .await?;
    Ok(Viewer { user: Model { name, name_key, language, ..viewer.user.clone() }, session: viewer.session.clone() })
}

/// Changes the viewer's password: every other session of the account and every link that sets one ends with it, and a
/// mail tells its owner. INVALID_CREDENTIALS at `currentPassword`, INVALID_PASSWORD at `newPassword`.
pub async fn change_password(app: &App, viewer: &Viewer, current: &SecretString, new: &SecretString) -> Result<()> {
    password::check(new, &["newPassword"])?;
    viewer.confirm(app, current, "currentPassword").await?;
    let hash = app.passwords.hash(new).await?;
    let mut batch = Batch::new(app, 1);
    batch.password_changed(&viewer.user);
    let tx = db::begin_write(&app.db).await?;
    let changed = set_password(&tx, viewer.user.id, &hash, Some(&viewer.user.password_hash)).await?;
    if !changed {
        let message = "The password was changed a moment ago, somewhere else.";
        return Err(Error::user(Code::InvalidCredentials, &["currentPassword"], message));
    }
    end_access(&tx, viewer.user.id, Some(viewer.session.id)).await?;
    batch.write(&tx).await?;
    tx.commit().await?;
    batch.post();
    Ok(())
}

/// Sets a password, only in the place of `old` when one is given; false when it was another. Whoever sets one does this
/// first: two of them wait for each other here, before either has taken a row the other wants. And a login with the old
/// password that is under way either ends by [`end_access`] or finds that it is the old one.
pub(crate) async fn set_password(
    tx: &DatabaseTransaction,
    user_id: Uuid,
    hash: &str,
    old: Option<&str>,
) -> Result<bool> {
    let mut change =
        Entity::update_many().col_expr(Column::PasswordHash, Expr::value(hash)).filter(Column::Id.eq(user_id));
    if let Some(old) = old {
        change = change.filter(Column::PasswordHash.eq(old));
    }
    Ok(change.exec(tx).await?.rows_affected == 1)
}

/// Ends every way into an account but its password: its sessions, one of which may be kept, and the links that set a new
/// password.
pub(crate) async fn end_access(tx: &DatabaseTransaction, user_id: Uuid, kept: Option<Uuid>) -> Result<()> {
    password_reset::Entity::delete_many().filter(password_reset::Column::UserId.eq(user_id)).exec(tx).await?;
    let mut ended = session::Entity::delete_many().filter(session::Column::UserId.eq(user_id));
    if let Some(kept) = kept {
        ended = ended.filter(session::Column::Id.ne(kept));
    }
    ended.exec(tx).await?;
    Ok(())
}
