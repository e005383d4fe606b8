//! What a page costs: the same few statements, however many rows it has.

use entity::membership::Role;
use entity::{invitation, membership, membership_location, user};
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::json;
use tests::{Actor, Object, Usher, stories};
use uuid::Uuid;

use crate::members::{membership_of, updates};

stories![
    a_page_of_members_costs_the_same_however_long,
    a_user_sees_its_own_locations_of_others_at_the_same_cost,
    a_page_of_invitations_costs_the_same_however_long,
    a_page_of_the_audit_log_costs_the_same_however_long,
    what_lies_below_two_lists_is_read_together,
    the_lists_of_the_viewer_cost_the_same_however_long,
    the_total_is_counted_only_when_asked,
    things_by_their_ids_cost_the_same_however_many,
    the_mails_of_a_job_cost_the_same_however_many,
];

const MEMBERS: &str = "query($id: ID!, $first: Int!) { workspace(id: $id) { members(first: $first) { nodes { \
                       user { name email } locations { name } invitedBy { name } workspace { name } } } } }";
const INVITATIONS: &str = "query($id: ID!, $first: Int!) { workspace(id: $id) { invitations(first: $first) { nodes { \
                           email suspended locations { name } invitedBy { name } delivery { status } workspace { name } } } } }";
const EVENTS: &str = "query($id: ID!, $first: Int!) { workspace(id: $id) { events(first: $first) { nodes { \
                      type actor { name } invitation { email invitedBy { name } locations { name } } } } } }";

/// Rows and the statements that `first` of them cost.
async fn page(app: &Usher, actor: &Actor, workspace: &Object, query: &str, list: &str, first: usize) -> (usize, u64) {
    let asks = actor.graphql(query, json!({ "id": workspace.id(), "first": first }));
    let (statements, answer) = app.statements_of(asks).await;
    (answer.object("").list(&format!("/workspace/{list}/nodes")).len(), statements)
}

/// A hundred and more members with the role USER, each invited by somebody else, with these locations.
async fn many_members(app: &Usher, workspace: &Object, locations: &[&Object]) {
    let clock = &app.domain().clock;
    let workspace_id = domain::id::Kind::Workspace.parse(workspace.id()).expect("the id of a workspace");
    let locations: Vec<Uuid> = locations
        .iter()
        .map(|location| domain::id::Kind::Location.parse(location.id()).expect("the id of a location"))
        .collect();
    let people: Vec<user::Model> = (0..120)
        .map(|number| user::Model {
            id: clock.new_id(),
            email: format!("person{number}@example.com"),
            email_key: format!("person{number}@example.com"),
            name: format!("Person {number}"),
            name_key: format!("person {number}"),
            password_hash: String::new(),
            created_at: clock.now(),
            last_login_at: None,
            last_workspace_id: None,
            disabled_at: None,
            language: None,
        })
        .collect();
    let inviters = people.iter().cycle().skip(1);
    let members: Vec<membership::Model> = people
        .iter()
        .zip(inviters)
        .map(|(person, inviter)| membership::Model {
            id: clock.new_id(),
            workspace_id,
            user_id: person.id,
            role: Role::User,
            joined_at: clock.now(),
            invited_by: Some(inviter.id),
        })
        .collect();
    let links = members.iter().flat_map(|member| {
        let link = |location: &Uuid| membership_location::Model { membership_id: member.id, location_id: *location };
        locations.iter().map(link).map(IntoActiveModel::into_active_model)
    });
    let links: Vec<_> = links.collect();
    let people = people.into_iter().map(IntoActiveModel::into_active_model);
    let members = members.into_iter().map(IntoActiveModel::into_active_model);
    user::Entity::insert_many(people).exec_without_returning(app.db()).await.expect("new people");
    membership::Entity::insert_many(members).exec_without_returning(app.db()).await.expect("new members");
    membership_location::Entity::insert_many(links).exec_without_returning(app.db()).await.expect("new links");
}

async fn a_page_of_members_costs_the_same_however_long(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (oslo, riga) = (alice.creates_location(&acme, "Oslo").await, alice.creates_location(&acme, "Riga").await);
    many_members(&app, &acme, &[&oslo, &riga]).await;
    // The session, the right, the page, and for all rows together their locations and their inviters.
    assert_eq!(page(&app, &alice, &acme, MEMBERS, "members", 3).await, (3, 5));
    assert_eq!(page(&app, &alice, &acme, MEMBERS, "members", 100).await, (100, 5));
}

async fn a_user_sees_its_own_locations_of_others_at_the_same_cost(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (oslo, riga) = (alice.creates_location(&acme, "Oslo").await, alice.creates_location(&acme, "Riga").await);
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let of_uma = membership_of(&uma, &acme).await;
    updates(&alice, &of_uma, json!({ "locationIds": [riga.id()] })).await.succeeds();
    many_members(&app, &acme, &[&oslo, &riga]).await;
    assert_eq!(page(&app, &uma, &acme, MEMBERS, "members", 100).await, (100, 5));
    let seen = uma.graphql(MEMBERS, json!({ "id": acme.id(), "first": 100 })).await;
    let members = seen.object("").list("/workspace/members/nodes");
    let users = members.iter().filter(|member| member.text("/user/name").starts_with("Person"));
    for user in users {
        assert_eq!(user.texts("/locations", "/name"), ["Riga"]);
    }
}

async fn a_page_of_invitations_costs_the_same_however_long(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let row = |number| json!({ "email": format!("guest{number}@example.com"), "locationIds": [riga.id()] });
    alice.invites_many(&acme, (0..30).map(row).collect(), None).await.succeeds();
    assert_eq!(page(&app, &alice, &acme, INVITATIONS, "invitations", 2).await, (2, 6));
    assert_eq!(page(&app, &alice, &acme, INVITATIONS, "invitations", 30).await, (30, 6));
    app.ignores_mail().await;
}

async fn a_page_of_the_audit_log_costs_the_same_however_long(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for number in 0..20 {
        alice.invites(&acme, &format!("guest{number}@example.com")).await;
    }
    app.ignores_mail().await;
    assert_eq!(app.count::<invitation::Entity>().await, 20);
    // The session, the right, the page, actors and invitations, and below these their inviters and locations.
    assert_eq!(page(&app, &alice, &acme, EVENTS, "events", 3).await, (3, 7));
    assert_eq!(page(&app, &alice, &acme, EVENTS, "events", 40).await, (40, 7));
}

async fn what_lies_below_two_lists_is_read_together(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    many_members(&app, &acme, &[&riga]).await;
    for number in 0..10 {
        alice.invites(&acme, &format!("guest{number}@example.com")).await;
    }
    app.ignores_mail().await;
    let query = "query($id: ID!, $first: Int!) { workspace(id: $id) { members(first: $first) { nodes { \
                 invitedBy { name } } } invitations(first: $first) { nodes { invitedBy { name } } } } }";
    // The session, the right, two pages, and the inviters of both.
    assert_eq!(page(&app, &alice, &acme, query, "members", 10).await, (10, 5));
    assert_eq!(page(&app, &alice, &acme, query, "members", 100).await, (100, 5));
}

async fn the_lists_of_the_viewer_cost_the_same_however_long(app: Usher) {
    let (alice, bob) = (app.account("alice@example.com").await, app.account("bob@example.com").await);
    for number in 0..12 {
        let workspace = alice.creates_workspace(&format!("Acme {number}")).await;
        alice.invites(&workspace, "bob@example.com").await;
    }
    app.ignores_mail().await;
    for (actor, list, row) in [
        (&alice, "workspaces", "role user { name } workspace { name viewerRole }"),
        (&bob, "invitations", "email workspace { name } invitedBy { name } locations { name }"),
    ] {
        let query = format!("query($n: Int!) {{ viewer {{ {list}(first: $n) {{ nodes {{ {row} }} }} }} }}");
        let asks = async |rows: usize| {
            let (statements, answer) = app.statements_of(actor.graphql(&query, json!({ "n": rows }))).await;
            assert_eq!(answer.object("").list(&format!("/viewer/{list}/nodes")).len(), rows);
            statements
        };
        assert_eq!(asks(2).await, asks(12).await, "{list}");
    }
}

async fn things_by_their_ids_cost_the_same_however_many(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    many_members(&app, &acme, &[&riga]).await;
    for number in 0..10 {
        alice.invites(&acme, &format!("guest{number}@example.com")).await;
        alice.creates_location(&acme, &format!("Oslo {number}")).await;
    }
    app.ignores_mail().await;
    let all = "query($id: ID!) { workspace(id: $id) { id locations(first: 10) { nodes { id } } \
               members(first: 10) { nodes { id user { id } } } invitations(first: 10) { nodes { id } } \
               events(first: 10) { nodes { id } } } }";
    let all = alice.graphql(all, json!({ "id": acme.id() })).await.object("/workspace");
    let lists = [
        all.texts("/locations/nodes", "/id"),
        all.texts("/members/nodes", "/id"),
        all.texts("/members/nodes", "/user/id"),
        all.texts("/invitations/nodes", "/id"),
        all.texts("/events/nodes", "/id"),
    ];
    let mut spent = Vec::new();
    for count in [1, 10] {
        let ids: Vec<String> =
            lists.iter().flat_map(|list| list[..count].to_vec()).chain([acme.id().to_owned()]).collect();
        let nodes = alice.graphql("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids }));
        let (statements, answer) = app.statements_of(nodes).await;
        assert_eq!(answer.object("").texts("/nodes", "/id"), ids);
        spent.push(statements);
    }
    // The session, and for each kind its rows and whatever says that the viewer may see them.
    assert_eq!(spent, [12, 12]);
}

async fn the_total_is_counted_only_when_asked(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let of_workspace = ["members", "invitations", "locations", "events"].map(|list| ("workspace(id: $id)", list));
    let of_viewer = ["workspaces", "invitations"].map(|list| ("viewer", list));
    for (root, list) in of_workspace.into_iter().chain(of_viewer) {
        let variables = if root == "viewer" { "" } else { "($id: ID!)" };
        let asks = async |selection: &str| {
            let query = format!("query{variables} {{ {root} {{ {list} {{ {selection} }} }} }}");
            let (statements, answer) = app.statements_of(alice.graphql(&query, json!({ "id": acme.id() }))).await;
            answer.succeeds();
            statements
        };
        let page = asks("nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor }").await;
        assert_eq!(asks("nodes { id } totalCount").await, page + 1, "{list}");
    }
}

async fn the_mails_of_a_job_cost_the_same_however_many(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let mut costs = Vec::new();
    for count in [2, 8] {
        let rows: Vec<_> = (0..count).map(|row| json!({ "email": format!("guest{row}@{count}.test") })).collect();
        alice.invites_many(&acme, rows.into(), None).await.succeeds();
        costs.push(app.statements_of(app.run_jobs()).await.0);
    }
    assert!(costs[0] > 0 && costs[0] == costs[1], "{costs:?}");
    app.ignores_mail().await;
}
