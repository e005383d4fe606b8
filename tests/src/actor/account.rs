//! Verbs of accounts and sessions.

use domain::id::Kind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::token_of;
use crate::{Actor, Answer, Object};

const VIEWER: &str = "user { id email name createdAt } activeWorkspace { id name viewerRole } \
                      workspaces { totalCount nodes { id role workspace { id name } } } \
                      invitations { totalCount nodes { id email status workspace { id name } } } \
                      sessions { id createdAt lastSeenAt userAgent current }";

impl Actor {
    /// Registers with name, address and password.
    pub async fn registers(&self) -> Answer {
        self.registers_with(json!({})).await
    }

    /// Registers through an invitation.
    pub async fn registers_through(&self, link: &str) -> Answer {
        self.registers_with(json!({ "invitationToken": token_of(link) })).await
    }

    /// Registers with other input here and there.
    pub async fn registers_with(&self, changes: Value) -> Answer {
        let mut input = json!({ "email": self.email, "password": self.password, "name": self.name });
        merge(&mut input, changes);
        self.mutates("register", input, "nextStep user { id email name }").await
    }

    /// Opens the link that verifies the address and enters the password.
    pub async fn verifies(&self, link: &str) -> Answer {
        let input = json!({ "token": token_of(link), "password": self.password });
        self.mutates("verifyEmail", input, "user { id email name }").await
    }

    /// Logs in with address and password.
    pub async fn logs_in(&self) -> Answer {
        self.logs_in_with(json!({})).await
    }

    /// Logs in through an invitation.
    pub async fn logs_in_through(&self, link: &str) -> Answer {
        self.logs_in_with(json!({ "invitationToken": token_of(link) })).await
    }

    /// Logs in with other input here and there; success replaces the session.
    pub async fn logs_in_with(&self, changes: Value) -> Answer {
        let mut input = json!({ "email": self.email, "password": self.password });
        merge(&mut input, changes);
        let selection = format!("token viewer {{ {VIEWER} }} joinError {{ code message field }}");
        let answer = self.mutates("login", input, &selection).await;
        if let Some(token) = answer.find("/token").and_then(Value::as_str) {
            self.takes_token(Some(token.to_owned()));
        }
        answer
    }

    /// Logs out; the client keeps its token, which is worth nothing any more.
    pub async fn logs_out(&self) -> Answer {
        self.ask("mutation { logout { userErrors { code message field } } }", json!({}), "/logout").await
    }

    /// Who is signed in, as the API tells it.
    pub async fn sees_viewer(&self) -> Object {
        self.graphql(&format!("{{ viewer {{ {VIEWER} }} }}"), json!({})).await.object("/viewer")
    }

    /// Whether somebody is signed in.
    pub async fn is_signed_in(&self) -> bool {
        !self.sees_viewer().await.is_null()
    }

    /// The name of the workspace the session is switched to.
    pub async fn sees_active_workspace(&self) -> Option<String> {
        let viewer = self.sees_viewer().await;
        viewer.at("/activeWorkspace").get("name").and_then(Value::as_str).map(str::to_owned)
    }

    /// The row of the account of whoever is signed in.
    pub async fn user_id(&self) -> Uuid {
        let viewer = self.sees_viewer().await;
        Kind::User.parse(viewer.text("/user/id")).expect("the id of a user")
    }
}

fn merge(input: &mut Value, changes: Value) {
    let (Value::Object(input), Value::Object(changes)) = (input, changes) else { panic!("input is an object") };
    input.extend(changes);
}
