//! Workspaces and their locations, and what is hidden from whom.

use entity::membership::Role;
use entity::workspace;
use serde_json::{Value, json};
use tests::{Usher, stories};

stories![
    whoever_creates_a_workspace_owns_it_and_is_in_it,
    a_workspace_is_renamed_by_who_manages_it,
    a_session_is_switched_and_other_sessions_stay,
    the_viewer_sees_its_workspaces_by_name,
    another_workspace_does_not_exist,
    an_id_of_another_type_is_not_found,
    an_id_that_cannot_be_read_is_bad_input,
    who_is_not_signed_in_is_told_so,
    nobody_is_no_viewer,
    a_user_manages_nothing,
    members_are_listed_by_name_and_searched,
    everything_is_found_by_its_global_id,
    people_without_a_common_workspace_do_not_see_each_other,
    names_are_kept_as_typed,
    what_happened_is_in_the_audit_log,
];

async fn whoever_creates_a_workspace_owns_it_and_is_in_it(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    assert_eq!((acme.text("/name"), acme.text("/viewerRole")), ("Acme", "OWNER"));
    assert_eq!(alice.sees_active_workspace().await.as_deref(), Some("Acme"));
    let members = alice.sees_members(&acme).await;
    assert_eq!((members.len(), members[0].text("/role"), members[0].at("/invitedBy")), (1, "OWNER", &Value::Null));
}

async fn a_workspace_is_renamed_by_who_manages_it(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    assert_eq!(alice.renames_workspace(&acme, " Acme Ltd ").await.text("/workspace/name"), "Acme Ltd");
    let dora = app.member("dora@example.com", &acme, Role::Administrator).await;
    assert_eq!(dora.renames_workspace(&acme, "Acme Inc").await.text("/workspace/name"), "Acme Inc");
    let unchanged = alice.mutates("updateWorkspace", json!({ "workspaceId": acme.id() }), "workspace { name }").await;
    assert_eq!(unchanged.text("/workspace/name"), "Acme Inc");
    assert_eq!(alice.sees_active_workspace().await.as_deref(), Some("Acme Inc"));
}

async fn a_session_is_switched_and_other_sessions_stay(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let phone = alice.elsewhere();
    assert_eq!(phone.logs_in().await.text("/viewer/activeWorkspace/name"), "Acme", "the one used last");
    alice.creates_workspace("Other").await;
    assert_eq!(phone.sees_active_workspace().await.as_deref(), Some("Acme"));
    assert_eq!(alice.sees_active_workspace().await.as_deref(), Some("Other"));
    assert_eq!(alice.switches_to(&acme).await.text("/viewer/activeWorkspace/name"), "Acme");
    assert_eq!(alice.sees_active_workspace().await.as_deref(), Some("Acme"));
}

async fn the_viewer_sees_its_workspaces_by_name(app: Usher) {
    let (alice, _) = app.owner("alice@example.com", "beta").await;
    alice.creates_workspace("Alpha").await;
    alice.creates_workspace("Gamma").await;
    let (_, hidden) = app.owner("bob@example.com", "Hidden").await;
    app.member("carol@example.com", &hidden, Role::User).await;
    let viewer = alice.sees_viewer().await;
    assert_eq!(viewer.texts("/workspaces/nodes", "/workspace/name"), ["Alpha", "beta", "Gamma"]);
    assert_eq!(viewer.at("/workspaces/totalCount"), &json!(3));
}

async fn another_workspace_does_not_exist(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let mallory = app.owner("mallory@example.com", "Mallory's").await.0;
    assert!(mallory.sees_workspace(&acme).await.is_null());
    for answer in [
        mallory.renames_workspace(&acme, "Mine").await,
        mallory.switches_to(&acme).await,
        mallory.tries_to_create_location(&acme, "Oslo", None).await,
        mallory.updates_location(&riga, json!({ "name": "Mine" })).await,
        mallory.deletes_location(&riga).await,
    ] {
        assert_eq!(answer.error_code(), "NOT_FOUND");
    }
    assert_eq!(alice.sees_locations(&acme).await, ["Riga"]);
    assert_eq!(alice.sees_workspace(&acme).await.text("/name"), "Acme");
}

/// All that takes an id and somebody who is signed in, called with this id.
async fn asks_everything(actor: &tests::Actor, id: &str) -> Vec<tests::Answer> {
    let name = "Name";
    let calls = [
        ("updateWorkspace", json!({ "workspaceId": id, "name": name })),
        ("switchWorkspace", json!({ "workspaceId": id })),
        ("createLocation", json!({ "workspaceId": id, "name": name })),
        ("updateLocation", json!({ "locationId": id, "name": name })),
        ("deleteLocation", json!({ "locationId": id })),
        ("sendInvitation", json!({ "workspaceId": id, "email": "bob@example.com" })),
        ("sendInvitations", json!({ "workspaceId": id, "invitations": [{ "email": "bob@example.com" }] })),
        ("resendInvitation", json!({ "invitationId": id })),
        ("revokeInvitation", json!({ "invitationId": id })),
        ("acceptInvitation", json!({ "invitationId": id })),
        ("revokeSession", json!({ "sessionId": id })),
    ];
    let mut answers = Vec::new();
    for (mutation, input) in calls {
        answers.push(actor.mutates(mutation, input, "").await);
    }
    answers
}

async fn an_id_of_another_type_is_not_found(app: Usher) {
    let (alice, _) = app.owner("alice@example.com", "Acme").await;
    let viewer = alice.sees_viewer().await;
    // An account's id is taken by no mutation at all.
    for answer in asks_everything(&alice, viewer.text("/user/id")).await {
        assert_eq!(answer.error_code(), "NOT_FOUND");
    }
    let query = "query($id: ID!) { workspace(id: $id) { id } }";
    assert!(alice.graphql(query, json!({ "id": viewer.text("/user/id") })).await.object("/workspace").is_null());
}

async fn an_id_that_cannot_be_read_is_bad_input(app: Usher) {
    let (alice, _) = app.owner("alice@example.com", "Acme").await;
    for id in ["", "1", "Acme", "d29ya3NwYWNlOjE", "ä"] {
        for answer in asks_everything(&alice, id).await {
            assert_eq!(answer.error_code(), "BAD_USER_INPUT", "{id:?}");
        }
        let nodes = alice.graphql("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        assert_eq!((nodes.error_code(), nodes.data("/node")), ("BAD_USER_INPUT".into(), &Value::Null));
    }
}

async fn who_is_not_signed_in_is_told_so(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let nobody = alice.elsewhere();
    for answer in asks_everything(&nobody, acme.id()).await {
        assert_eq!(answer.error_code(), "UNAUTHENTICATED");
    }
    assert_eq!(nobody.tries_to_create_workspace("Mine").await.error_code(), "UNAUTHENTICATED");
    assert_eq!(app.count::<workspace::Entity>().await, 1);
}

async fn nobody_is_no_viewer(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let nobody = alice.elsewhere();
    assert!(nobody.sees_viewer().await.is_null());
    assert!(nobody.sees_workspace(&acme).await.is_null());
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    assert_eq!(nobody.graphql(query, json!({ "ids": [acme.id()] })).await.object("/nodes").at(""), &json!([null]));
}

async fn a_user_manages_nothing(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    for answer in [
        uma.renames_workspace(&acme, "Mine").await,
        uma.tries_to_create_location(&acme, "Oslo", None).await,
        uma.updates_location(&riga, json!({ "name": "Mine" })).await,
        uma.deletes_location(&riga).await,
    ] {
        assert_eq!(answer.error_code(), "FORBIDDEN");
    }
    for connection in ["invitations", "events"] {
        let query = format!("query($id: ID!) {{ workspace(id: $id) {{ name {connection} {{ totalCount }} }} }}");
        let answer = uma.graphql(&query, json!({ "id": acme.id() })).await;
        assert_eq!(answer.error_code(), "FORBIDDEN");
        assert_eq!(answer.data("/workspace"), &json!({ "name": "Acme", connection: null }));
    }
    assert_eq!(alice.sees_locations(&acme).await, ["Riga"]);
}

async fn members_are_listed_by_name_and_searched(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    app.member("zoe@example.com", &acme, Role::User).await;
    app.member("bob@other.example", &acme, Role::Administrator).await;
    assert_eq!(alice.sees_member_addresses(&acme).await, ["alice@example.com", "bob@other.example", "zoe@example.com"]);
    let query = "query($id: ID!, $search: String, $role: Role) { workspace(id: $id) { \
                 members(search: $search, role: $role) { totalCount nodes { user { name } } } } }";
    let found = async |search: Value, role: Value| {
        let variables = json!({ "id": acme.id(), "search": search, "role": role });
        let members = alice.graphql(query, variables).await.object("/workspace/members");
        assert_eq!(members.at("/totalCount"), &json!(members.list("/nodes").len()));
        members.texts("/nodes", "/user/name")
    };
    assert_eq!(found(json!("EXAMPLE.com"), Value::Null).await, ["Alice", "Zoe"]);
    assert_eq!(found(json!("bo"), Value::Null).await, ["Bob"]);
    assert_eq!(found(Value::Null, json!("USER")).await, ["Zoe"]);
    assert_eq!(found(json!("_"), Value::Null).await, [""; 0], "an underscore is only a character");
}

async fn everything_is_found_by_its_global_id(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.run_jobs().await;
    app.mail_to("bob@example.com");
    let viewer = alice.sees_viewer().await;
    let member = &alice.sees_members(&acme).await[0];
    let query = "query($id: ID!) { workspace(id: $id) { events(first: 1) { nodes { id } } } }";
    let events = alice.graphql(query, json!({ "id": acme.id() })).await.object("/workspace").list("/events/nodes");
    let ids = [
        (viewer.text("/user/id"), "User"),
        (viewer.text("/sessions/0/id"), "Session"),
        (acme.id(), "Workspace"),
        (riga.id(), "Location"),
        (member.id(), "Membership"),
        (invitation.id(), "Invitation"),
        (events[0].id(), "WorkspaceEvent"),
    ];
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    let all = ids.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    let nodes = alice.graphql(query, json!({ "ids": all })).await.object("");
    let found = nodes.list("/nodes");
    for (node, (id, kind)) in found.iter().zip(ids) {
        assert_eq!((node.text("/id"), node.text("/__typename")), (id, kind));
    }
    let mallory = app.account("mallory@example.com").await;
    let hidden = mallory.graphql(query, json!({ "ids": all })).await;
    assert_eq!(hidden.object("/nodes").at(""), &json!([null, null, null, null, null, null, null]));
}

async fn people_without_a_common_workspace_do_not_see_each_other(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let mallory = app.account("mallory@example.com").await;
    let id_of_alice = alice.sees_viewer().await.text("/user/id").to_owned();
    let query = "query($id: ID!) { node(id: $id) { ... on User { email } } }";
    let sees = async |viewer: &tests::Actor| viewer.graphql(query, json!({ "id": id_of_alice })).await.object("/node");
    assert_eq!(sees(&uma).await.text("/email"), "alice@example.com");
    assert!(sees(&mallory).await.is_null());
}

async fn names_are_kept_as_typed(app: Usher) {
    let name = "<b>Acme</b> & \"Sons\" {{x}} 日本 🙂";
    let (alice, acme) = app.owner("alice@example.com", name).await;
    assert_eq!(acme.text("/name"), name);
    assert_eq!(alice.creates_location(&acme, name).await.text("/name"), name);
}

async fn what_happened_is_in_the_audit_log(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    app.account("bob@example.com").await.joins(&link).await.succeeds();
    app.ignores_mail().await;
    let query = "query($id: ID!) { workspace(id: $id) { eventCursor events { totalCount nodes { cursor type summary \
                 occurredAt actor { email } invitation { email } } } } }";
    let workspace = alice.graphql(query, json!({ "id": acme.id() })).await.object("/workspace");
    let types = ["workspace.created", "invitation.sent", "delivery.sent", "invitation.accepted", "member.joined"];
    assert_eq!(workspace.texts("/events/nodes", "/type"), types);
    let events = workspace.list("/events/nodes");
    assert_eq!(events[1].text("/summary"), "bob@example.com was invited as USER.");
    assert_eq!(
        (events[1].text("/actor/email"), events[1].text("/invitation/email")),
        ("alice@example.com", "bob@example.com")
    );
    assert_eq!(workspace.text("/eventCursor"), events[4].text("/cursor"));
}
