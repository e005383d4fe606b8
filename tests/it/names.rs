//! Names in every alphabet: sorted, paged and searched alike on both databases; and text that is none.

use serde_json::{Value, json};
use tests::{Usher, stories};

stories![
    a_list_by_name_is_paged_whole_in_every_alphabet,
    a_search_finds_upper_and_lower_case_in_every_alphabet,
    a_search_that_is_too_long_or_holds_a_nul_is_told_and_finds_nothing,
    a_name_of_invisible_characters_is_none,
    as_many_location_ids_as_a_list_holds_are_read,
    a_revoked_invitation_of_somebody_who_joined_meanwhile_is_told_as_revoked,
    changing_the_name_of_a_location_keeps_its_address,
];

async fn a_list_by_name_is_paged_whole_in_every_alphabet(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let names = ["Ärzte", "Öl", "Übung", "Zebra", "alpha", "Жук", "ÉCOLE"];
    for name in names {
        alice.creates_location(&acme, name).await;
    }
    let query = "query($id: ID!, $after: String) { workspace(id: $id) { locations(first: 1, after: $after) { \
                 nodes { name } pageInfo { hasNextPage endCursor } } } }";
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = alice.graphql(query, json!({ "id": acme.id(), "after": after })).await;
        let page = page.object("/workspace/locations");
        seen.extend(page.texts("/nodes", "/name"));
        if page.at("/pageInfo/hasNextPage") == &json!(false) {
            break;
        }
        after = page.at("/pageInfo/endCursor").clone();
    }
    assert_eq!(seen.len(), names.len(), "{seen:?}");
    assert!(names.iter().all(|name| seen.contains(&(*name).to_owned())), "{seen:?}");
}

const SEARCH: &str = "query($id: ID!, $search: String) { workspace(id: $id) { \
                      invitations(search: $search) { totalCount } members(search: $search) { totalCount } } }";

async fn a_search_finds_upper_and_lower_case_in_every_alphabet(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    alice.invites(&acme, "BÖB@example.com").await;
    for search in ["böb", "BÖB", "Böb@EXAMPLE"] {
        let found = alice.graphql(SEARCH, json!({ "id": acme.id(), "search": search })).await;
        assert_eq!(found.data("/workspace/invitations/totalCount"), &json!(1), "{search}");
    }
    let found = alice.graphql(SEARCH, json!({ "id": acme.id(), "search": "ALICE" })).await;
    assert_eq!(found.data("/workspace/members/totalCount"), &json!(1));
    app.ignores_mail().await;
}

async fn a_search_that_is_too_long_or_holds_a_nul_is_told_and_finds_nothing(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let members = "query($id: ID!, $search: String) { workspace(id: $id) { members(search: $search) { totalCount } } }";
    let long = alice.graphql(members, json!({ "id": acme.id(), "search": "a".repeat(100_000) })).await;
    assert_eq!(long.error_code(), "BAD_USER_INPUT");
    let nul = alice.graphql(members, json!({ "id": acme.id(), "search": "no\u{0}body" })).await;
    assert_eq!(nul.data("/workspace/members/totalCount"), &json!(0));
    let rows = json!([{ "email": "bob@example.com" }]);
    assert_eq!(alice.invites_many(&acme, rows, Some("a\u{0}key")).await.user_error(), "INVALID_INPUT");
}

async fn a_name_of_invisible_characters_is_none(app: Usher) {
    let alice = app.account("alice@example.com").await;
    alice.logs_in().await.succeeds();
    for name in ["\u{200b}", " \u{2060}\u{feff} ", "\u{3164}"] {
        assert_eq!(alice.tries_to_create_workspace(name).await.user_error(), "INVALID_NAME", "{name:?}");
    }
    alice.tries_to_create_workspace("a\u{200b}b").await.succeeds();
}

async fn as_many_location_ids_as_a_list_holds_are_read(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let ids = vec![riga.id(); 10_000];
    let input = json!({ "email": "bob@example.com", "locationIds": ids });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    assert_eq!(invitation.list("/locations").len(), 1);
    app.ignores_mail().await;
}

async fn a_revoked_invitation_of_somebody_who_joined_meanwhile_is_told_as_revoked(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let revoked = alice.invites(&acme, "bob@example.com").await;
    alice.revokes(&revoked).await.succeeds();
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    bob.joins(&link).await.succeeds();
    assert_eq!(alice.resends(&revoked).await.user_error(), "INVITATION_REVOKED");
    app.ignores_mail().await;
}

async fn changing_the_name_of_a_location_keeps_its_address(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.tries_to_create_location(&acme, "Riga", Some("Brīvības 1")).await.object("/location");
    let renamed = alice.updates_location(&riga, json!({ "name": "Rīga" })).await;
    assert_eq!(
        (renamed.text("/location/name"), renamed.text("/location/address")),
        ("Rīga".into(), "Brīvības 1".into())
    );
    let moved = alice.updates_location(&riga, json!({ "address": "Elizabetes 2" })).await;
    assert_eq!((moved.text("/location/name"), moved.text("/location/address")), ("Rīga".into(), "Elizabetes 2".into()));
}
