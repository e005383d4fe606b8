//! What of a stage is made only when the table speaks of it.

use std::time::Duration;

use domain::id::Kind;
use domain::token::{Link, Purpose};
use entity::membership::Role;
use entity::{password_reset, registration, workspace};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use secrecy::ExposeSecret;
use serde_json::json;
use tests::Object;
use uuid::Uuid;

use super::stage::Stage;

impl Stage<'_> {
    /// Makes what a `$word` stands for.
    pub(super) async fn make(&mut self, word: &str) {
        match word {
            "invitation" | "link" => {
                let invitation = self.invite("ivan@example.com").await;
                self.keep_invitation(["invitation", "link"], &invitation);
            }
            "guest" | "guest_link" => {
                let email = self.fresh_address();
                let invitation = self.invite(&email).await;
                self.keep("guest", email);
                self.keep_invitation(["guest_invitation", "guest_link"], &invitation);
            }
            "dead" | "dead_link" => {
                let invitation = self.take_back("dead@example.com").await;
                self.keep_invitation(["dead", "dead_link"], &invitation);
            }
            "requested" => {
                let id = self.be_asked_for_a_link().await;
                self.keep(word, id);
            }
            "deleted" | "deletion_link" => self.delete_another().await,
            "verification" => self.register().await,
            "reset" => self.forget_password().await,
            "cursor" => self.let_things_happen().await,
            _ => {
                let id = self.made_by_owner(word).await;
                self.keep(word, id);
            }
        }
    }

    async fn made_by_owner(&self, word: &str) -> String {
        let owner = self.people.owner();
        match word {
            "other_location" => owner.creates_location(&self.acme, "Oslo").await.id().to_owned(),
            "test_mail" => owner.sends_test_mail(&self.acme).await.object("/testMail").id().to_owned(),
            "session" => {
                let sessions = owner.sees_viewer().await.list("/sessions");
                let current = sessions.iter().find(|session| session.at("/current") == true);
                current.expect("the session of the owner").id().to_owned()
            }
            "event" => {
                self.app.run_jobs().await;
                let query = "query($id: ID!) { workspace(id: $id) { events(last: 50) { nodes { id type } } } }";
                let events = owner.graphql(query, json!({ "id": self.acme.id() })).await.object("/workspace");
                let events = events.list("/events/nodes");
                let sent = events.iter().find(|event| event.text("/type") == "invitation.sent");
                sent.expect("an event of an invitation").id().to_owned()
            }
            _ => panic!("the table speaks of ${word}, and nobody makes it"),
        }
    }

    fn keep_invitation(&mut self, [word, link_word]: [&str; 2], invitation: &Object) {
        let link = self.app.link_of(invitation);
        self.keep(word, invitation.id());
        self.keep(link_word, link.rsplit('/').next().expect("a last part"));
    }

    async fn invite(&self, email: &str) -> Object {
        let input = json!({
            "email": email, "message": "Welcome", "language": "LV", "locationIds": [self.riga.id()],
        });
        self.people.owner().invites_with(&self.acme, input).await.object("/invitation")
    }

    async fn take_back(&self, email: &str) -> Object {
        let invitation = self.invite(email).await;
        self.people.owner().revokes(&invitation).await.succeeds();
        invitation
    }

    /// Takes an invitation back, whose person asks for a fresh link. Answers its id.
    async fn be_asked_for_a_link(&self) -> String {
        let invitation = self.take_back("requested@example.com").await;
        let holder = self.app.visitor("requested@example.com");
        holder.asks_for_a_fresh_link(&self.app.link_of(&invitation)).await.succeeds();
        invitation.id().to_owned()
    }

    /// An address that nobody has had yet: accounts stay from one stage to the next.
    fn fresh_address(&self) -> String {
        format!("{}@example.com", self.app.domain().clock.new_id())
    }

    fn token(&self, purpose: Purpose, id: Uuid, generation: i32) -> String {
        let keys = &self.app.domain().keys;
        let token = keys.link(keys.newest(), purpose, Link { id, generation });
        token.expect("a link with the newest key").expose_secret().to_owned()
    }

    /// A second workspace with the same owner, administrator and users, which is deleted.
    async fn delete_another(&mut self) {
        let another = self.people.owner().creates_workspace("Deleted").await;
        let roles = [Role::Administrator, Role::User, Role::User];
        for (id, role) in self.people.ids[1..].iter().zip(roles) {
            self.app.admits(*id, &another, role, None).await;
        }
        self.people.owner().switches_to(&self.acme).await.succeeds();
        let id = Kind::Workspace.parse(another.id()).expect("the id of a workspace");
        let ends = self.app.now() + Duration::from_hours(24);
        workspace::Entity::update_many()
            .col_expr(workspace::Column::DeletesAt, Expr::value(ends))
            .col_expr(workspace::Column::Deletions, Expr::value(1))
            .filter(workspace::Column::Id.eq(id))
            .exec(self.app.db())
            .await
            .expect("the workspace can be marked");
        self.keep("deleted", another.id());
        let link = self.token(Purpose::CancelDeletion, id, 1);
        self.keep("deletion_link", link);
    }

    async fn register(&mut self) {
        let input = json!({ "email": self.fresh_address(), "password": "long enough" });
        self.app.visitor("newcomer@example.com").registers_with(input).await.succeeds();
        let newest = registration::Entity::find().order_by_desc(registration::Column::Id).one(self.app.db()).await;
        let newest = newest.expect("registrations can be read").expect("a registration that waits");
        let link = self.token(Purpose::VerifyEmail, newest.id, 1);
        self.keep("verification", link);
    }

    /// Tom's, who asks nothing himself.
    async fn forget_password(&mut self) {
        let now = self.app.now();
        let row = password_reset::Model {
            id: self.app.domain().clock.new_id(),
            user_id: self.people.ids[4],
            created_at: now,
            expires_at: now + Duration::from_hours(1),
        };
        let link = self.token(Purpose::ResetPassword, row.id, 1);
        password_reset::Entity::insert(row.into_active_model())
            .exec_without_returning(self.app.db())
            .await
            .expect("a first reset");
        self.keep("reset", link);
    }

    /// Where events stand, and then some more in Acme and one for each person.
    async fn let_things_happen(&mut self) {
        let query = "query($id: ID!) { workspace(id: $id) { eventCursor } }";
        let cursor = self.people.owner().graphql(query, json!({ "id": self.acme.id() })).await;
        self.be_asked_for_a_link().await;
        let (greta, elsewhere) = self.app.owner("greta@example.com", "Greta's").await;
        for asker in &self.people.askers()[..7] {
            greta.invites(&elsewhere, &asker.email).await;
        }
        self.app.run_jobs().await;
        self.keep("cursor", cursor.text("/workspace/eventCursor"));
    }
}
