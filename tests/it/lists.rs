//! Who sees which invitations, in which order.

use std::ops::Range;
use std::time::Duration;

use entity::membership::Role;
use serde_json::{Value, json};
use tests::{Actor, Object, Usher, stories};

stories![
    the_list_is_newest_first_and_filtered_by_status_and_address,
    the_list_is_paged,
    every_list_is_paged_from_either_end,
    an_invitation_is_seen_by_who_manages_it_and_by_who_is_invited,
    who_is_invited_sees_it_in_the_viewer,
    who_is_invited_reads_id_and_name_of_the_workspace_alone,
];

async fn the_list_is_newest_first_and_filtered_by_status_and_address(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let expired = alice.invites(&acme, "expired@example.com").await;
    app.clock_moves(Duration::from_hours(7 * 24));
    let revoked = alice.invites(&acme, "revoked@example.com").await;
    alice.revokes(&revoked).await.succeeds();
    let open = alice.invites(&acme, "Open@Example.com").await;

    let query = "query($id: ID!, $status: [InvitationStatus!], $search: String) { workspace(id: $id) { \
                 invitations(status: $status, search: $search) { totalCount nodes { id } } } }";
    let list = async |status: Value, search: Value| {
        let variables = json!({ "id": acme.id(), "status": status, "search": search });
        let found = alice.graphql(query, variables).await.object("/workspace/invitations");
        assert_eq!(found.at("/totalCount"), &json!(found.list("/nodes").len()));
        found.texts("/nodes", "/id")
    };
    let all = [open.id(), revoked.id(), expired.id()];
    assert_eq!(list(Value::Null, Value::Null).await, all);
    assert_eq!(list(json!(["PENDING"]), Value::Null).await, [open.id()]);
    assert_eq!(list(json!(["REVOKED", "EXPIRED"]), Value::Null).await, [revoked.id(), expired.id()]);
    assert_eq!(list(json!([]), Value::Null).await, [""; 0]);
    assert_eq!(list(Value::Null, json!("OPEN@")).await, [open.id()]);
    assert_eq!(list(json!(["EXPIRED"]), json!("open")).await, [""; 0]);
    assert_eq!(list(Value::Null, json!("%")).await, [""; 0], "a percent sign is only a character");
    app.ignores_mail().await;
}

async fn the_list_is_paged(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(alice.invites(&acme, &format!("guest{number}@example.com")).await.id().to_owned());
    }
    ids.reverse();
    let query = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { workspace(id: $id) { \
                 invitations(first: $first, after: $after, last: $last, before: $before) { totalCount \
                 nodes { id } edges { cursor node { id } } \
                 pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";
    let page = async |mut window: Value| {
        window["id"] = json!(acme.id());
        alice.graphql(query, window).await.object("/workspace/invitations")
    };
    let first = page(json!({ "first": 2 })).await;
    let next = page(json!({ "first": 2, "after": first.text("/pageInfo/endCursor") })).await;
    let last = page(json!({ "last": 2 })).await;
    let before = page(json!({ "last": 2, "before": last.text("/pageInfo/startCursor") })).await;
    let pages = [
        (&first, 0..2, true, false),
        (&next, 2..4, true, true),
        (&last, 3..5, false, true),
        (&before, 1..3, true, true),
    ];
    for (page, range, more, less) in pages {
        assert_eq!(page.texts("/nodes", "/id"), ids[range]);
        assert_eq!(page.texts("/edges", "/node/id"), page.texts("/nodes", "/id"));
        assert_eq!(
            (page.at("/pageInfo/hasNextPage"), page.at("/pageInfo/hasPreviousPage")),
            (&json!(more), &json!(less))
        );
        assert_eq!(page.at("/totalCount"), &json!(5));
    }
    for window in
        [json!({ "first": 101 }), json!({ "first": -1 }), json!({ "first": 1, "last": 1 }), json!({ "after": "x" })]
    {
        let mut variables = window;
        variables["id"] = json!(acme.id());
        assert_eq!(alice.graphql(query, variables).await.error_code(), "BAD_USER_INPUT");
    }
    app.ignores_mail().await;
}

/// A page of a list; `parent` is the field that has it, with its arguments.
async fn page(actor: &Actor, parent: &str, list: &str, window: Value) -> Object {
    let query = format!(
        "query($first: Int, $after: String, $last: Int, $before: String) {{ {parent} {{ \
         {list}(first: $first, after: $after, last: $last, before: $before) {{ totalCount \
         edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
    );
    let parent = parent.split('(').next().expect("a field");
    actor.graphql(&query, window).await.object(&format!("/{parent}/{list}"))
}

async fn every_list_is_paged_from_either_end(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for number in 0..4 {
        app.member(&format!("member{number}@example.com"), &acme, Role::User).await;
        alice.creates_location(&acme, &format!("Location {number}")).await;
        alice.creates_workspace(&format!("Workspace {number}")).await;
    }
    alice.creates_location(&acme, "Somewhere").await;
    let bob = app.account("bob@example.com").await;
    for number in 0..5 {
        let (owner, workspace) = app.owner(&format!("owner{number}@example.com"), "Other").await;
        owner.invites(&workspace, "bob@example.com").await;
    }
    app.ignores_mail().await;
    let of_acme = format!("workspace(id: \"{}\")", acme.id());
    for list in ["members", "locations", "events"] {
        is_paged_from_either_end(&alice, &of_acme, list).await;
    }
    is_paged_from_either_end(&alice, "viewer", "workspaces").await;
    is_paged_from_either_end(&bob, "viewer", "invitations").await;
}

/// Reads a list two by two, from the beginning and from the end: it is the same one both times.
async fn is_paged_from_either_end(actor: &Actor, parent: &str, list: &str) {
    let all = page(actor, parent, list, json!({ "first": 100 })).await;
    let (ids, cursors) = (all.texts("/edges", "/node/id"), all.texts("/edges", "/cursor"));
    assert!(ids.len() >= 5, "{list}: {ids:?}");
    assert_eq!(all.at("/totalCount"), &json!(ids.len()), "{list}");
    let expected = |range: Range<usize>| {
        let beyond = json!([range.start > 0, range.end < ids.len()]);
        (ids[range.clone()].to_vec(), cursors[range].to_vec(), beyond)
    };
    let (mut forward, mut backward) = (json!({ "first": 2 }), json!({ "last": 2 }));
    for start in (0..ids.len()).step_by(2) {
        let next = page(actor, parent, list, forward).await;
        assert_eq!(seen(&next), expected(start..ids.len().min(start + 2)), "{list}");
        forward = json!({ "first": 2, "after": next.text("/pageInfo/endCursor") });
        let end = ids.len() - start;
        let before = page(actor, parent, list, backward).await;
        assert_eq!(seen(&before), expected(end.saturating_sub(2)..end), "{list}");
        backward = json!({ "last": 2, "before": before.text("/pageInfo/startCursor") });
    }
}

/// The ids and cursors of a page, and whether there is something before and after it.
fn seen(page: &Object) -> (Vec<String>, Vec<String>, Value) {
    let beyond = json!([page.at("/pageInfo/hasPreviousPage"), page.at("/pageInfo/hasNextPage")]);
    (page.texts("/edges", "/node/id"), page.texts("/edges", "/cursor"), beyond)
}

async fn an_invitation_is_seen_by_who_manages_it_and_by_who_is_invited(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let bob = app.account("bob@example.com").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    assert_eq!(alice.sees_invitation(&invitation).await, invitation);
    let seen = bob.sees_invitation(&invitation).await;
    assert_eq!((seen.text("/status"), seen.text("/workspace/name")), ("PENDING", "Acme"));
    assert_eq!((seen.at("/viewerCanResend"), seen.at("/viewerCanRevoke")), (&json!(false), &json!(false)));
    assert!(uma.sees_invitation(&invitation).await.is_null());
    assert!(app.visitor("bob@example.com").sees_invitation(&invitation).await.is_null());
    app.ignores_mail().await;
}

async fn who_is_invited_sees_it_in_the_viewer(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let invitation = alice.invites(&acme, "BOB@example.com").await;
    let viewer = bob.sees_viewer().await;
    assert_eq!(viewer.texts("/invitations/nodes", "/id"), [invitation.id()]);
    assert_eq!(viewer.at("/invitations/totalCount"), &json!(1));

    app.clock_moves(Duration::from_hours(7 * 24));
    assert_eq!(bob.sees_viewer().await.at("/invitations/totalCount"), &json!(0));
    app.ignores_mail().await;
}

async fn who_is_invited_reads_id_and_name_of_the_workspace_alone(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let fields = "id name createdAt viewerRole eventCursor";
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Invitation {{ workspace {{ {fields} }} }} }} }}");
    let workspace = bob.graphql(&query, json!({ "id": invitation.id() })).await.object("/node/workspace");
    let nothing = Value::Null;
    let seen =
        json!({ "id": acme.id(), "name": "Acme", "createdAt": nothing, "viewerRole": nothing, "eventCursor": nothing });
    assert_eq!(*workspace, seen);
    let query = "query($id: ID!) { node(id: $id) { ... on Invitation { workspace { members { totalCount } } } } }";
    assert_eq!(bob.graphql(query, json!({ "id": invitation.id() })).await.error_code(), "FORBIDDEN");
    assert!(bob.sees_workspace(&acme).await.is_null());
    app.ignores_mail().await;
}
