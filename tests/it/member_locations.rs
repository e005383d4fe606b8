//! The locations of members: given, taken, and kept by nobody who has all of them.

use entity::membership::Role;
use entity::membership_location;
use serde_json::json;
use tests::{Usher, stories};

use crate::members::{is, membership_of, outcome, role_of, updates};

stories![
    a_user_is_given_locations_and_loses_them,
    only_a_user_has_locations_of_its_own,
    a_location_must_be_one_of_the_workspace,
];

async fn a_user_is_given_locations_and_loses_them(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (riga, oslo) = (alice.creates_location(&acme, "Riga").await, alice.creates_location(&acme, "Oslo").await);
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let of_uma = membership_of(&uma, &acme).await;
    let given = updates(&alice, &of_uma, json!({ "locationIds": [riga.id(), oslo.id(), riga.id()] })).await;
    assert_eq!(given.object("/membership").texts("/locations", "/name"), ["Oslo", "Riga"]);
    assert_eq!(uma.sees_locations(&acme).await, ["Oslo", "Riga"]);
    updates(&alice, &of_uma, json!({ "locationIds": [oslo.id()] })).await.succeeds();
    for unchanged in [json!({}), json!({ "locationIds": null }), json!({ "role": "USER" })] {
        updates(&alice, &of_uma, unchanged).await.succeeds();
        assert_eq!(uma.sees_locations(&acme).await, ["Oslo"]);
    }
    updates(&alice, &of_uma, json!({ "locationIds": [] })).await.succeeds();
    assert_eq!(uma.sees_locations(&acme).await, [""; 0]);
}

async fn only_a_user_has_locations_of_its_own(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let of_uma = membership_of(&uma, &acme).await;
    updates(&alice, &of_uma, json!({ "locationIds": [riga.id()] })).await.succeeds();

    let both = updates(&alice, &of_uma, json!({ "role": "ADMINISTRATOR", "locationIds": [riga.id()] })).await;
    assert_eq!(outcome(&both), is("LOCATIONS_NOT_ALLOWED", "locationIds"));
    assert_eq!(role_of(&uma, &acme).await, "USER", "all of it or nothing");
    let of_alice = membership_of(&alice, &acme).await;
    let owner = updates(&alice, &of_alice, json!({ "locationIds": [riga.id()] })).await;
    assert_eq!(outcome(&owner), is("LOCATIONS_NOT_ALLOWED", "locationIds"));

    updates(&alice, &of_uma, json!({ "role": "ADMINISTRATOR", "locationIds": [] })).await.succeeds();
    assert_eq!(app.count::<membership_location::Entity>().await, 0, "an administrator sees all and keeps no list");
    updates(&alice, &of_uma, json!({ "role": "USER" })).await.succeeds();
    assert_eq!(uma.sees_locations(&acme).await, [""; 0]);
    let back = updates(&alice, &of_uma, json!({ "role": "USER", "locationIds": [riga.id()] })).await;
    assert_eq!(back.object("/membership").texts("/locations", "/name"), ["Riga"]);
}

async fn a_location_must_be_one_of_the_workspace(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let of_uma = membership_of(&uma, &acme).await;
    let other = alice.creates_workspace("Other").await;
    let elsewhere = alice.creates_location(&other, "Elsewhere").await;
    for unknown in [elsewhere.id(), acme.id()] {
        let refused = updates(&alice, &of_uma, json!({ "locationIds": [riga.id(), unknown] })).await;
        assert_eq!(outcome(&refused), is("LOCATION_NOT_FOUND", "locationIds"));
    }
    let unreadable = updates(&alice, &of_uma, json!({ "locationIds": ["?"] })).await;
    assert_eq!(unreadable.error_code(), "BAD_USER_INPUT");
    assert_eq!(uma.sees_locations(&acme).await, [""; 0]);
}
