//! Joining, and the administrator's job, at the keyboard alone: whatever has the focus can be seen to have it.

use fantoccini::key::Key;
use serde_json::Value;
use tests::{Actor, Chromium, Object, Running, Window, stories};

use super::{acme, live_pages::listens, logs_in, member, page};

stories![alone:
    the_keyboard_alone_joins_and_leaves,
    the_keyboard_alone_sends_to_two_and_renames,
    the_keyboard_alone_logs_in_and_invites,
    the_keyboard_alone_takes_back,
    the_keyboard_alone_changes_and_removes_a_member,
    the_keyboard_alone_manages_locations,
    the_keyboard_alone_hands_over,
    the_keyboard_alone_manages_the_account,
];

async fn the_keyboard_alone_joins_and_leaves() {
    let (usher, alice, acme) = acme().await;
    let bob = usher.account("bob@example.com").await;
    alice.invites(&acme, "bob@example.com").await;
    let window = Chromium::start().opens_a_window().await;
    window.goes(usher.link_to("bob@example.com", "Alice invites you to Acme").await).await;
    window.strikes_at("action").await;
    window.sees("to join Acme").await;
    window.strikes_into("password", &bob.password).await;
    window.strikes(Key::Enter).await;
    window.sees("Your role: User").await;
    window.strikes_at("Members").await;
    window.sees("bob@example.com").await;
    // The name is in the menu, too: the list comes after its filter.
    window.tabs_to("FILTER").await;
    window.strikes_at("Bob").await;
    window.sees("Leave the workspace").await;
    window.strikes_at("Leave the workspace").await;
    window.strikes_at("action").await;
    window.sees("You belong to no workspace yet.").await;
    window.closes().await;
}

async fn the_keyboard_alone_sends_to_two_and_renames() {
    let (usher, alice, acme) = acme().await;
    let window = at(&usher, &alice, &acme, "invitations/new").await;
    window.strikes_into("emails", "bob@example.com carol@example.com").await;
    window.strikes_at("SEND").await;
    window.sees("2 will be invited, 0 will not.").await;
    window.strikes_at("SEND 2").await;
    window.sees("2 invited, 0 not.").await;
    window.strikes_at("Settings").await;
    window.sees("Audit log").await;
    window.strikes_into("name", "Acme Baltic").await;
    window.strikes(Key::Enter).await;
    window.sees("Saved.").await;
    assert_eq!(alice.sees_workspace(&acme).await.text("/name"), "Acme Baltic");
    window.closes().await;
}

async fn the_keyboard_alone_logs_in_and_invites() {
    let (usher, alice, acme) = acme().await;
    let window = Chromium::start().opens_a_window().await;
    window.goes(page(&usher, &format!("/w/{}/invitations", acme.id()))).await;
    window.strikes_into("email", &alice.email).await;
    window.strikes_into("password", &alice.password).await;
    window.strikes(Key::Enter).await;
    window.sees("Invitations").await;
    window.strikes_at("SEND NEW INVITATION").await;
    window.sees("One or several addresses").await;
    window.strikes(Key::Escape).await;
    window.sees_no("One or several addresses").await;
    assert_eq!(focused(&window).await, "SEND NEW INVITATION");
    window.strikes(Key::Enter).await;
    window.sees("One or several addresses").await;
    window.strikes_text("bob@example.com").await;
    window.strikes_at("SEND").await;
    window.sees("The invitation is on its way.").await;
    window.sees_row(&["bob@example.com", "Pending"]).await;
    window.closes().await;
}

/// What has the focus.
async fn focused(window: &Window) -> Value {
    window.evaluates("document.activeElement.innerText").await
}

async fn the_keyboard_alone_takes_back() {
    let (usher, alice, acme) = acme().await;
    alice.invites(&acme, "bob@example.com").await;
    let window = at(&usher, &alice, &acme, "invitations").await;
    listens(&window).await;
    window.sees_row(&["bob@example.com", "Sent"]).await;
    window.strikes_at("Revoke").await;
    window.sees("The link in the mail stops working at once.").await;
    window.tabs_to("REVOKE").await;
    // A list that changes meanwhile leaves the focus where it is.
    alice.invites(&acme, "carol@example.com").await;
    window.sees_row(&["carol@example.com", "Sent"]).await;
    assert_eq!(focused(&window).await, "REVOKE");
    window.strikes(Key::Enter).await;
    window.sees_row(&["bob@example.com", "Revoked"]).await;
    window.closes().await;
}

async fn the_keyboard_alone_changes_and_removes_a_member() {
    let (usher, alice, acme) = acme().await;
    member(&usher, &alice, &acme).await;
    let window = at(&usher, &alice, &acme, "members").await;
    window.strikes_at("Bob").await;
    window.sees("Member since").await;
    window.tabs_to("Riga").await;
    window.strikes_text(" ").await;
    window.strikes_at("SAVE").await;
    window.sees_row(&["bob@example.com", "Riga"]).await;
    window.strikes_at("Bob").await;
    window.sees("Member since").await;
    window.strikes_into("role", "Administrator").await;
    window.strikes_at("SAVE").await;
    window.sees_row(&["bob@example.com", "Administrator"]).await;
    window.strikes_at("Bob").await;
    window.sees("Member since").await;
    window.strikes_at("Remove from the workspace").await;
    window.strikes_at("REMOVE").await;
    window.sees_no("bob@example.com").await;
    window.closes().await;
}

/// A window of Alice's at a page of the workspace.
async fn at(usher: &Running, alice: &Actor, acme: &Object, part: &str) -> Window {
    let window = logs_in(&Chromium::start(), usher, alice).await;
    window.goes(page(usher, &format!("/w/{}/{part}", acme.id()))).await;
    window
}

async fn the_keyboard_alone_manages_locations() {
    let (usher, alice, acme) = acme().await;
    let window = at(&usher, &alice, &acme, "locations").await;
    window.strikes_at("New location").await;
    window.strikes_into("name", "Tartu").await;
    window.strikes_into("address", "Turu 1").await;
    window.strikes(Key::Enter).await;
    window.sees_row(&["Tartu", "Turu 1"]).await;
    window.strikes_at("Tartu").await;
    window.sees("Delete the location").await;
    window.strikes_into("name", "Valga").await;
    window.strikes(Key::Enter).await;
    window.sees_row(&["Valga", "Turu 1"]).await;
    window.strikes_at("Valga").await;
    window.strikes_at("Delete the location").await;
    window.strikes_at("DELETE").await;
    window.sees_no("Valga").await;
    window.sees_row(&["Riga"]).await;
    window.closes().await;
}

async fn the_keyboard_alone_hands_over() {
    let (usher, alice, acme) = acme().await;
    let bob = member(&usher, &alice, &acme).await;
    let window = at(&usher, &alice, &acme, "members").await;
    window.strikes_at("Bob").await;
    window.sees("Member since").await;
    window.strikes_into("role", "Administrator").await;
    window.strikes_at("SAVE").await;
    window.strikes_at("Settings").await;
    window.strikes_at("Ownership").await;
    window.strikes_into("password", &alice.password).await;
    window.strikes_at("HAND OVER").await;
    window.sees("Your role: Administrator").await;
    assert_eq!(bob.sees_workspace(&acme).await.text("/viewerRole"), "OWNER");
    window.closes().await;
}

async fn the_keyboard_alone_manages_the_account() {
    let (usher, alice, _) = acme().await;
    let window = logs_in(&Chromium::start(), &usher, &alice).await;
    window.goes(page(&usher, "/account")).await;
    window.strikes_into("name", "Alice Liddell").await;
    window.strikes(Key::Enter).await;
    window.sees("Saved.").await;
    window.strikes_at("Password").await;
    window.strikes_into("currentPassword", &alice.password).await;
    window.strikes_into("newPassword", "a new and long password").await;
    window.strikes(Key::Enter).await;
    window.sees("Your password is changed").await;
    window.closes().await;
}
