//! Ownership: handed over by the owner alone, to an administrator of the same workspace.

use entity::{membership::Role, user};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use super::{
    Member, find_for,
    manage::{Held, change_role, hold},
};
use crate::{
    App, Code, Error, Result, db,
    doorbell::Bell,
    event::{self, Event},
    policy::Action,
    session::Viewer,
};

fn not_administrator() -> Error {
    let message = "The ownership can only go to an administrator. Make this member one first.";
    Error::user(Code::RoleNotAllowed, &["toMembershipId"], message)
}

/// Hands the workspace over; the former owner becomes administrator. Forbidden for anybody but the owner,
/// INVALID_CREDENTIALS at `password`, ROLE_NOT_ALLOWED at `toMembershipId` when that is no administrator, or one whose account
/// is disabled.
pub async fn hand_over(
    app: &App,
    viewer: &Viewer,
    workspace_id: Uuid,
    to: Uuid,
    password: &SecretString,
) -> Result<Member> {
    let mut member = Member::load(app, viewer.user.id, workspace_id).await?;
    member.require(Action::HandOver)?;
    let (heir, _) = find_for(app, viewer.user.id, to).await?.ok_or(Error::NotFound)?;
    if heir.workspace.id != workspace_id {
        return Err(Error::NotFound);
    }
    viewer.confirm(app, password, "password").await?;
    let tx = db::begin_write(&app.db).await?;
    viewer.hold_password(&tx, "password").await?;
    let held = hold(&tx, member.membership.id, to).await?;
    let enabled = user::Entity::find_by_id(held.target.user_id).filter(user::Column::DisabledAt.is_null());
    if enabled.lock_shared().one(&tx).await?.is_none() {
        let message = "The account of this member is disabled.";
        return Err(Error::user(Code::RoleNotAllowed, &["toMembershipId"], message));
    }
    swap(&tx, &held).await?;
    let details = json!({
        "before": viewer.user.name, "beforeEmail": viewer.user.email,
        "after": heir.user.name, "afterEmail": heir.user.email,
    });
    let handed_over = Event::new("workspace.handed_over", workspace_id, Some(viewer.user.id), details);
    event::record(&tx, app.clock.now(), [handed_over]).await?;
    tx.commit().await?;
    app.doorbell.ring(Bell::Unnumbered);
    member.membership.role = Role::Administrator;
    Ok(member)
}

/// The arrows from owner to administrator and back. When the second does not fire, the caller drops the transaction and
/// with it the first.
async fn swap(tx: &DatabaseTransaction, held: &Held) -> Result<()> {
    if held.actor.role != Role::Owner {
        return Err(Error::Forbidden);
    }
    if held.target.role != Role::Administrator {
        return Err(not_administrator());
    }
    // In this order: the database refuses a second owner at any moment.
    let swapped =
        change_role(tx, &held.actor, Role::Administrator).await? && change_role(tx, &held.target, Role::Owner).await?;
    if swapped { Ok(()) } else { Err(not_administrator()) }
}
