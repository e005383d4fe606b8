//! Locations, of which a User sees only its own.

use entity::location;
use serde_json::{Value, json};
use tests::{Object, Usher, stories};

stories![
    locations_are_created_changed_and_deleted,
    a_location_loses_its_address_by_null_and_keeps_it_when_absent,
    locations_are_listed_by_name,
    a_user_sees_only_its_own_locations,
    a_deleted_location_is_gone_from_members_and_invitations,
];

async fn locations_are_created_changed_and_deleted(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let created = alice.tries_to_create_location(&acme, " Riga ", Some(" Brīvības iela 1 ")).await.object("/location");
    assert_eq!((created.text("/name"), created.text("/address")), ("Riga", "Brīvības iela 1"));
    let updated = alice.updates_location(&created, json!({ "name": "Rīga" })).await.object("/location");
    assert_eq!((updated.id(), updated.text("/name")), (created.id(), "Rīga"));
    assert_eq!(alice.deletes_location(&created).await.text("/deletedLocationId"), created.id());
    assert_eq!(alice.deletes_location(&created).await.error_code(), "NOT_FOUND");
    assert_eq!(app.count::<location::Entity>().await, 0);
}

async fn a_location_loses_its_address_by_null_and_keeps_it_when_absent(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for nothing in [json!(null), json!(""), json!("  ")] {
        let riga = alice.tries_to_create_location(&acme, "Riga", Some("Street 1")).await.object("/location");
        let renamed = alice.updates_location(&riga, json!({ "name": "Rīga" })).await.object("/location");
        assert_eq!(renamed.text("/address"), "Street 1");
        let moved = alice.updates_location(&riga, json!({ "address": nothing })).await.object("/location");
        assert_eq!((moved.text("/name"), moved.at("/address")), ("Rīga", &Value::Null));
    }
}

async fn locations_are_listed_by_name(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for name in ["riga", "Oslo", "Aarhus", "Oslo"] {
        alice.creates_location(&acme, name).await;
    }
    assert_eq!(alice.sees_locations(&acme).await, ["Aarhus", "Oslo", "Oslo", "riga"]);
    let query = "query($id: ID!, $after: String) { workspace(id: $id) { locations(first: 1, after: $after) { \
                 totalCount nodes { name } pageInfo { hasNextPage endCursor } } } }";
    let (mut cursor, mut names) = (Value::Null, Vec::new());
    loop {
        let variables = json!({ "id": acme.id(), "after": cursor });
        let page = alice.graphql(query, variables).await.object("/workspace/locations");
        assert_eq!(page.at("/totalCount"), &json!(4));
        names.extend(page.texts("/nodes", "/name"));
        cursor = page.at("/pageInfo/endCursor").clone();
        if page.at("/pageInfo/hasNextPage") == &json!(false) {
            break;
        }
    }
    assert_eq!(names, ["Aarhus", "Oslo", "Oslo", "riga"]);
}

async fn a_user_sees_only_its_own_locations(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (riga, oslo) = (alice.creates_location(&acme, "Riga").await, alice.creates_location(&acme, "Oslo").await);
    let joins = async |email: &str, locations: Value| {
        let person = app.account(email).await;
        let input = json!({ "email": email, "locationIds": locations });
        let invitation = alice.invites_with(&acme, input).await.object("/invitation");
        person.accepts_by_id(&invitation).await.succeeds();
        person
    };
    let uma = joins("uma@example.com", json!([riga.id()])).await;
    let ugo = joins("ugo@example.com", json!([riga.id(), oslo.id()])).await;
    assert_eq!(uma.sees_locations(&acme).await, ["Riga"]);
    assert_eq!(ugo.sees_locations(&acme).await, ["Oslo", "Riga"]);

    let found = async |id: &Object| {
        uma.graphql("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id.id() })).await.object("/node")
    };
    assert!(!found(&riga).await.is_null());
    assert!(found(&oslo).await.is_null());
    // Uma sees of Ugo's locations only the one she has, too.
    let members = uma.sees_members(&acme).await;
    let of_ugo = members.iter().find(|member| member.text("/user/name") == "Ugo").expect("a member");
    assert_eq!(of_ugo.texts("/locations", "/name"), ["Riga"]);
    app.ignores_mail().await;
}

async fn a_deleted_location_is_gone_from_members_and_invitations(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (riga, oslo) = (alice.creates_location(&acme, "Riga").await, alice.creates_location(&acme, "Oslo").await);
    let input = json!({ "email": "bob@example.com", "locationIds": [riga.id(), oslo.id()] });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    alice.deletes_location(&riga).await.succeeds();
    assert_eq!(alice.sees_invitation(&invitation).await.texts("/locations", "/name"), ["Oslo"]);
    let bob = app.account("bob@example.com").await;
    bob.accepts_by_id(&invitation).await.succeeds();
    assert_eq!(bob.sees_locations(&acme).await, ["Oslo"]);
    alice.deletes_location(&oslo).await.succeeds();
    assert_eq!(bob.sees_locations(&acme).await, [""; 0]);
    app.ignores_mail().await;
}
