//! Members and locations of a workspace, changed in a browser without JavaScript.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use entity::membership::Role;
use tests::{Usher, stories};

use crate::members::{membership_of, role_of};

stories![
    an_administrator_changes_and_removes_a_member,
    an_administrator_does_not_touch_the_owner,
    what_is_refused_of_a_member_is_said_and_changes_nothing,
    a_member_leaves_and_the_owner_does_not,
    a_user_looks_at_members_and_changes_nobody,
    locations_are_created_changed_and_deleted,
    a_location_that_cannot_be_taken_is_shown_again,
];

async fn an_administrator_changes_and_removes_a_member(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.member("bob@example.com", &acme, Role::User).await;
    let riga = alice.creates_location(&acme, "Riga").await;
    alice.creates_location(&acme, "Oslo").await;
    let members = format!("/w/{}/members", acme.id());
    let one = format!("{members}/{}", membership_of(&bob, &acme).await);
    let list = alice.opens(&format!("{members}?search=BOB&role=USER")).await;
    assert!(list.body().contains(&one) && !list.body().contains("alice@"), "{}", list.body());
    let changed = alice.submits(&one, &[("action", "update"), ("role", "USER"), ("location", riga.id())]).await;
    assert_eq!(changed.headers()[LOCATION], members.as_str());
    assert_eq!(bob.sees_locations(&acme).await, ["Riga"]);
    let list = alice.opens(&members).await;
    assert!(list.body().contains(">Riga</td>") && list.body().contains(">All</td>"), "{}", list.body());
    let page = alice.opens(&one).await;
    assert!(page.body().contains(&format!("value=\"{}\" checked", riga.id())), "{}", page.body());
    // Without the script the locations are still ticked.
    alice.submits(&one, &[("action", "update"), ("role", "ADMINISTRATOR"), ("location", riga.id())]).await;
    assert_eq!(role_of(&bob, &acme).await, "ADMINISTRATOR");
    assert_eq!(alice.submits(&one, &[("action", "remove")]).await.headers()[LOCATION], members.as_str());
    assert_eq!(alice.sees_member_addresses(&acme).await, ["alice@example.com"]);
    assert_eq!(alice.opens(&one).await.status(), StatusCode::NOT_FOUND);
}

async fn an_administrator_does_not_touch_the_owner(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let of_alice = format!("/w/{}/members/{}", acme.id(), membership_of(&alice, &acme).await);
    assert!(!adam.opens(&of_alice).await.body().contains("value=\"update\""));
    for action in ["update", "remove"] {
        let refused = adam.submits(&of_alice, &[("action", action), ("role", "USER")]).await;
        assert_eq!(refused.status(), StatusCode::CONFLICT);
        assert!(refused.body().contains("Your role does not allow this."), "{}", refused.body());
    }
    assert_eq!(role_of(&alice, &acme).await, "OWNER");
}

async fn what_is_refused_of_a_member_is_said_and_changes_nothing(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let other = alice.creates_workspace("Other").await;
    let foreign = alice.creates_location(&other, "Elsewhere").await;
    let of_uma = format!("/w/{}/members/{}", acme.id(), membership_of(&uma, &acme).await);
    let refused = alice.submits(&of_uma, &[("action", "update"), ("role", "USER"), ("location", foreign.id())]).await;
    assert!(refused.body().contains("This workspace has no such location."), "{}", refused.body());
    assert_eq!(alice.submits(&of_uma, &[("action", "burn")]).await.status(), StatusCode::BAD_REQUEST);
    let elsewhere = of_uma.replace(acme.id(), other.id());
    assert_eq!(alice.opens(&elsewhere).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(alice.submits_forged(&of_uma, &[("action", "remove")]).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(role_of(&uma, &acme).await, "USER");
}

async fn a_member_leaves_and_the_owner_does_not(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.member("bob@example.com", &acme, Role::User).await;
    let own = async |membership: String| format!("/w/{}/members/{membership}", acme.id());
    let of_bob = own(membership_of(&bob, &acme).await).await;
    assert!(bob.opens(&of_bob).await.body().contains("Leave the workspace"));
    assert_eq!(bob.submits(&of_bob, &[("action", "leave")]).await.headers()[LOCATION], "/");
    assert_eq!(alice.sees_member_addresses(&acme).await, ["alice@example.com"]);
    let of_alice = own(membership_of(&alice, &acme).await).await;
    let page = alice.opens(&of_alice).await;
    assert!(page.body().contains("hand it over first") && !page.body().contains("value=\"leave\""), "{}", page.body());
    let refused = alice.submits(&of_alice, &[("action", "leave")]).await;
    assert!(refused.body().contains("The owner cannot leave"), "{}", refused.body());
}

async fn a_user_looks_at_members_and_changes_nobody(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let ugo = app.member("ugo@example.com", &acme, Role::User).await;
    let members = format!("/w/{}/members", acme.id());
    let of_ugo = format!("{members}/{}", membership_of(&ugo, &acme).await);
    let of_uma = format!("{members}/{}", membership_of(&uma, &acme).await);
    let list = uma.opens(&members).await;
    assert!(list.body().contains(&of_uma) && !list.body().contains(&of_ugo), "{}", list.body());
    let page = uma.opens(&of_ugo).await;
    assert!(page.body().contains("ugo@example.com") && !page.body().contains("name=\"action\""), "{}", page.body());
    for action in ["update", "remove"] {
        let fields = [("action", action), ("role", "ADMINISTRATOR")];
        assert_eq!(uma.submits(&of_ugo, &fields).await.status(), StatusCode::FORBIDDEN, "{action}");
    }
    let stranger = app.account("mallory@example.com").await;
    assert_eq!(stranger.opens(&of_ugo).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(role_of(&ugo, &acme).await, "USER");
    assert_eq!(alice.sees_members(&acme).await.len(), 3);
}

async fn locations_are_created_changed_and_deleted(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let locations = format!("/w/{}/locations", acme.id());
    let typed = [("action", "update"), ("name", "Riga <1>"), ("address", "Brīvības iela 1")];
    assert_eq!(alice.submits(&format!("{locations}/new"), &typed).await.headers()[LOCATION], locations.as_str());
    let list = alice.opens(&locations).await;
    assert!(list.body().contains("Riga &lt;1&gt;</a>") && list.body().contains("Brīvības iela 1"), "{}", list.body());
    let link = list.body().split(&format!("{locations}/")).find(|rest| rest.contains("Riga &lt;1&gt;"));
    let id = link.and_then(|rest| rest.split('"').next()).expect("the link to the location");
    let one = format!("{locations}/{id}");
    assert!(alice.opens(&one).await.body().contains("value=\"Riga &lt;1&gt;\""));
    alice.submits(&one, &[("action", "update"), ("name", "Jelgava"), ("address", "")]).await;
    let changed = alice.opens(&locations).await;
    assert!(changed.body().contains("Jelgava") && !changed.body().contains("Brīvības"), "{}", changed.body());
    assert_eq!(alice.submits(&one, &[("action", "delete")]).await.headers()[LOCATION], locations.as_str());
    assert!(alice.sees_locations(&acme).await.is_empty());
    assert_eq!(alice.opens(&one).await.status(), StatusCode::NOT_FOUND);
}

async fn a_location_that_cannot_be_taken_is_shown_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let locations = format!("/w/{}/locations", acme.id());
    let long = "a".repeat(201);
    for path in [format!("{locations}/new"), format!("{locations}/{}", riga.id())] {
        let refused = alice.submits(&path, &[("action", "update"), ("name", " "), ("address", "Here")]).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.body().contains("Enter a name") && refused.body().contains("value=\"Here\""),
            "{}",
            refused.body()
        );
        let refused = alice.submits(&path, &[("action", "update"), ("name", "There"), ("address", &long)]).await;
        assert!(refused.body().contains("An address has at most 200"), "{}", refused.body());
        assert!(refused.body().contains("value=\"There\""), "{}", refused.body());
        assert_eq!(uma.opens(&path).await.status(), StatusCode::FORBIDDEN);
        let fields = [("action", "update"), ("name", "Mine")];
        assert_eq!(uma.submits(&path, &fields).await.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(alice.sees_locations(&acme).await, ["Riga"]);
}
