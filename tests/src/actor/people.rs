//! How actors come into a story.

use domain::{id, user};
use entity::membership::{Entity as Memberships, Model, Role};
use sea_orm::{EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::Reaches;
use crate::{Actor, Object, Usher};

impl Usher {
    /// Somebody without an account.
    pub fn visitor(&self, email: &str) -> Actor {
        Actor::new(Reaches::Router(Box::new(self.clone())), email)
    }

    /// Somebody with an account, who is signed in.
    pub async fn account(&self, email: &str) -> Actor {
        let actor = self.visitor(email);
        let password = actor.password.as_str().into();
        let made = user::create_verified(self.domain(), &actor.email, &actor.name, &password).await;
        made.expect("an address without an account");
        actor.logs_in().await.succeeds();
        actor
    }

    /// Somebody who is signed in and has just created a workspace.
    pub async fn owner(&self, email: &str, workspace: &str) -> (Actor, Object) {
        let owner = self.account(email).await;
        let workspace = owner.creates_workspace(workspace).await;
        (owner, workspace)
    }

    /// Somebody who is signed in and has got into the workspace without an invitation.
    pub async fn member(&self, email: &str, workspace: &Object, role: Role) -> Actor {
        let actor = self.account(email).await;
        self.admits(actor.user_id().await, workspace, role, None).await;
        actor
    }

    /// Lets somebody with an account into the workspace without an invitation. Answers the membership's id.
    pub async fn admits(&self, user_id: Uuid, workspace: &Object, role: Role, invited_by: Option<Uuid>) -> String {
        let clock = &self.domain().clock;
        let row = Model {
            id: clock.new_id(),
            workspace_id: id::Kind::Workspace.parse(workspace.id()).expect("the id of a workspace"),
            user_id,
            role,
            joined_at: clock.now(),
            invited_by,
        };
        let id = id::Kind::Membership.id(row.id);
        Memberships::insert(row.into_active_model())
            .exec_without_returning(self.db())
            .await
            .expect("a first membership in this workspace");
        id
    }
}
