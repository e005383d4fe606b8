//! Verbs of invitations: those of whoever invites, and those of whoever is invited.

use serde_json::{Value, json};

use super::{Reaches, token_of};
use crate::{Actor, Answer, MEMBERSHIP, Object};

/// What stories read of an invitation.
pub const INVITATION: &str = "id email role message status createdAt expiresAt respondedAt \
    viewerCanResend viewerCanRevoke workspace { id name } invitedBy { email name } locations { id name } \
    delivery { status attempts lastError nextAttemptAt sentAt messageId }";
/// What stories read of a preview.
pub const PREVIEW: &str = "workspaceName invitedByName email role locationNames message status expiresAt";

impl Actor {
    /// Invites somebody as a User without locations.
    pub async fn invites(&self, workspace: &Object, email: &str) -> Object {
        self.invites_with(workspace, json!({ "email": email })).await.object("/invitation")
    }

    /// Invites somebody and has the mail delivered. Answers the invitation and the link in the mail.
    pub async fn sends_link(&self, workspace: &Object, email: &str) -> (Object, String) {
        let Reaches::Router(app) = &self.reaches else { panic!("a program delivers by itself") };
        let invitation = self.invites(workspace, email).await;
        app.run_jobs().await;
        (invitation, app.mail_to(email).link())
    }

    /// Invites with all of the input but the workspace, which may be refused.
    pub async fn invites_with(&self, workspace: &Object, mut input: Value) -> Answer {
        input["workspaceId"] = json!(workspace.id());
        self.mutates("sendInvitation", input, &format!("invitation {{ {INVITATION} }}")).await
    }

    /// Invites many with one call.
    pub async fn invites_many(&self, workspace: &Object, rows: Value, key: Option<&str>) -> Answer {
        let input = json!({ "workspaceId": workspace.id(), "invitations": rows, "idempotencyKey": key });
        let selection = "results { invitation { id email status } userErrors { code message field } }";
        self.mutates("sendInvitations", input, selection).await
    }

    /// Sends an invitation again.
    pub async fn resends(&self, invitation: &Object) -> Answer {
        let input = json!({ "invitationId": invitation.id() });
        self.mutates("resendInvitation", input, &format!("invitation {{ {INVITATION} }}")).await
    }

    /// Takes an invitation back.
    pub async fn revokes(&self, invitation: &Object) -> Answer {
        let input = json!({ "invitationId": invitation.id() });
        self.mutates("revokeInvitation", input, &format!("invitation {{ {INVITATION} }}")).await
    }

    /// The invitations this person sees in a workspace, newest first.
    pub async fn sees_invitations(&self, workspace: &Object) -> Vec<Object> {
        let query = format!(
            "query($id: ID!) {{ workspace(id: $id) {{ invitations(first: 100) {{ nodes {{ {INVITATION} }} }} }} }}"
        );
        let answer = self.graphql(&query, json!({ "id": workspace.id() })).await;
        answer.object("/workspace").list("/invitations/nodes")
    }

    /// One invitation as it is now: null for those it is no business of.
    pub async fn sees_invitation(&self, invitation: &Object) -> Object {
        let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Invitation {{ {INVITATION} }} }} }}");
        self.graphql(&query, json!({ "id": invitation.id() })).await.object("/node")
    }

    /// The status of one invitation as it is now.
    pub async fn sees_status(&self, invitation: &Object) -> String {
        self.sees_invitation(invitation).await.text("/status").to_owned()
    }

    /// Where the mail of one invitation stands now, and after how many attempts.
    pub async fn sees_delivery(&self, invitation: &Object) -> (String, Value) {
        let seen = self.sees_invitation(invitation).await;
        (seen.text("/delivery/status").to_owned(), seen.at("/delivery/attempts").clone())
    }

    /// Looks at what a link is for, without signing in: null for a link that never was.
    pub async fn looks_at(&self, link: &str) -> Object {
        let query = format!("query($token: String!) {{ invitationByToken(token: $token) {{ {PREVIEW} }} }}");
        self.graphql(&query, json!({ "token": token_of(link) })).await.object("/invitationByToken")
    }

    /// Presses JOIN behind a link.
    pub async fn joins(&self, link: &str) -> Answer {
        let selection = format!("nextStep preview {{ {PREVIEW} }} workspace {{ id name viewerRole }}");
        self.mutates("joinWorkspace", json!({ "token": token_of(link) }), &selection).await
    }

    /// Accepts, signed in, by the link.
    pub async fn accepts(&self, link: &str) -> Answer {
        self.accepts_with(json!({ "token": token_of(link) })).await
    }

    /// Accepts, signed in, by the invitation's id.
    pub async fn accepts_by_id(&self, invitation: &Object) -> Answer {
        self.accepts_with(json!({ "invitationId": invitation.id() })).await
    }

    /// Accepts with any input.
    pub async fn accepts_with(&self, input: Value) -> Answer {
        self.mutates("acceptInvitation", input, &format!("membership {{ {MEMBERSHIP} }}")).await
    }

    /// Declines by the link.
    pub async fn declines(&self, link: &str) -> Answer {
        self.declines_with(json!({ "token": token_of(link) })).await
    }

    /// Declines, signed in, by the invitation's id.
    pub async fn declines_by_id(&self, invitation: &Object) -> Answer {
        self.declines_with(json!({ "invitationId": invitation.id() })).await
    }

    /// Declines with any input.
    pub async fn declines_with(&self, input: Value) -> Answer {
        self.mutates("declineInvitation", input, &format!("preview {{ {PREVIEW} }}")).await
    }

    /// Declines by the link and asks not to be written to by this workspace any more.
    pub async fn opts_out(&self, link: &str) -> Answer {
        self.declines_with(json!({ "token": token_of(link), "optOut": true })).await
    }

    /// Asks the administrators for a fresh link in place of this one.
    pub async fn asks_for_a_fresh_link(&self, link: &str) -> Answer {
        self.mutates("requestLink", json!({ "token": token_of(link) }), &format!("preview {{ {PREVIEW} }}")).await
    }

    /// Takes the request for a fresh link out of the list.
    pub async fn dismisses_request(&self, invitation: &Object) -> Answer {
        self.mutates("dismissLinkRequest", json!({ "invitationId": invitation.id() }), "").await
    }
}
