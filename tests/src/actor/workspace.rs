//! Verbs of workspaces, locations and members.

use serde_json::json;

use crate::{Actor, Answer, Object};

/// What stories read of a membership.
pub const MEMBERSHIP: &str = "id role joinedAt user { id email name } workspace { id name } invitedBy { email } \
                              locations { id name }";
const LOCATION: &str = "id name address createdAt";
const TEST_MAIL: &str = "id email createdAt delivery { status attempts lastError nextAttemptAt sentAt messageId }";

impl Actor {
    /// Creates a workspace.
    pub async fn creates_workspace(&self, name: &str) -> Object {
        self.tries_to_create_workspace(name).await.object("/workspace")
    }

    /// Creates a workspace, which may be refused.
    pub async fn tries_to_create_workspace(&self, name: &str) -> Answer {
        self.mutates("createWorkspace", json!({ "name": name }), "workspace { id name createdAt viewerRole }").await
    }

    /// Renames a workspace.
    pub async fn renames_workspace(&self, workspace: &Object, name: &str) -> Answer {
        let input = json!({ "workspaceId": workspace.id(), "name": name });
        self.mutates("updateWorkspace", input, "workspace { id name }").await
    }

    /// Switches the session to a workspace.
    pub async fn switches_to(&self, workspace: &Object) -> Answer {
        let input = json!({ "workspaceId": workspace.id() });
        self.mutates("switchWorkspace", input, "viewer { activeWorkspace { id name } }").await
    }

    /// Looks at a workspace: null for strangers.
    pub async fn sees_workspace(&self, workspace: &Object) -> Object {
        let query = "query($id: ID!) { workspace(id: $id) { id name createdAt viewerRole } }";
        self.graphql(query, json!({ "id": workspace.id() })).await.object("/workspace")
    }

    /// Has a test mail sent to himself or herself, which may be refused.
    pub async fn sends_test_mail(&self, workspace: &Object) -> Answer {
        let input = json!({ "workspaceId": workspace.id() });
        self.mutates("sendTestMail", input, &format!("testMail {{ {TEST_MAIL} }}")).await
    }

    /// A test mail as it is now: null for those who have not asked for it.
    pub async fn sees_test_mail(&self, mail: &Object) -> Object {
        let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on TestMail {{ {TEST_MAIL} }} }} }}");
        self.graphql(&query, json!({ "id": mail.id() })).await.object("/node")
    }

    /// Creates a location.
    pub async fn creates_location(&self, workspace: &Object, name: &str) -> Object {
        self.tries_to_create_location(workspace, name, None).await.object("/location")
    }

    /// Creates a location, which may be refused.
    pub async fn tries_to_create_location(&self, workspace: &Object, name: &str, address: Option<&str>) -> Answer {
        let input = json!({ "workspaceId": workspace.id(), "name": name, "address": address });
        self.mutates("createLocation", input, &format!("location {{ {LOCATION} }}")).await
    }

    /// Changes a location: `changes` is the input without the id.
    pub async fn updates_location(&self, location: &Object, mut changes: serde_json::Value) -> Answer {
        changes["locationId"] = json!(location.id());
        self.mutates("updateLocation", changes, &format!("location {{ {LOCATION} }}")).await
    }

    /// Deletes a location.
    pub async fn deletes_location(&self, location: &Object) -> Answer {
        self.mutates("deleteLocation", json!({ "locationId": location.id() }), "deletedLocationId").await
    }

    /// The names of the locations this person sees in a workspace.
    pub async fn sees_locations(&self, workspace: &Object) -> Vec<String> {
        let query = "query($id: ID!) { workspace(id: $id) { locations { nodes { id name } } } }";
        let answer = self.graphql(query, json!({ "id": workspace.id() })).await;
        answer.object("/workspace").texts("/locations/nodes", "/name")
    }

    /// The members this person sees in a workspace, by name.
    pub async fn sees_members(&self, workspace: &Object) -> Vec<Object> {
        let query = format!(
            "query($id: ID!) {{ workspace(id: $id) {{ members(first: 100) {{ nodes {{ {MEMBERSHIP} }} }} }} }}"
        );
        let answer = self.graphql(&query, json!({ "id": workspace.id() })).await;
        answer.object("/workspace").list("/members/nodes")
    }

    /// The addresses of the members this person sees in a workspace, by name.
    pub async fn sees_member_addresses(&self, workspace: &Object) -> Vec<String> {
        self.sees_members(workspace).await.iter().map(|member| member.text("/user/email").to_owned()).collect()
    }
}
