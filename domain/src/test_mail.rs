//! The test mail: goes the whole way of every mail to the one who asks for it, so that a workspace's administrators see
//! whether mail gets through before they invite people.

use entity::outbox::{Column, Entity, Kind, Model};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::{
    App, Result, db,
    membership::Member,
    outbox::Batch,
    policy::Action,
    rate_limit::{self, Charge, Limit},
    session::Viewer,
};

/// Sends a test mail to the viewer's own address; Forbidden for a member without the right.
pub async fn send(app: &App, viewer: &Viewer, workspace_id: Uuid) -> Result<Model> {
    let member = Member::load(app, viewer.user.id, workspace_id).await?;
    member.require(Action::SendTestMail)?;
    rate_limit::spend(app, &[Charge::one(Limit::TestMail, [&viewer.user.id.to_string()])]).await?;
    let mut batch = Batch::new(app, 1);
    let mail = batch.test(&member, &viewer.user);
    db::insert_all(&app.db, vec![batch.insert()]).await?;
    batch.post();
    Ok(mail)
}

/// Those of the test mails `ids` that the viewer has asked for, as they stand now.
pub async fn find_all_for(app: &App, viewer: &Viewer, ids: &[Uuid]) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(Column::Kind.eq(Kind::Test))
        .filter(Column::UserId.eq(viewer.user.id))
        .all(&app.db)
        .await?)
}
