//! Other ways to meet the pages: without JavaScript, and GraphiQL, which is nothing without it.

use std::fs;
use std::time::Duration;

use tests::{Actor, Chromium, Object, Program, Window, stories};
use tokio::time::timeout;

use super::administrator::registers;
use super::every_page::{takes_axe, violations};
use super::{acme, enters, logs_in, member, page};
use crate::playground::packages;

stories![alone:
    without_scripts_everything_works_too,
    without_scripts_the_console_is_managed_too,
    without_scripts_somebody_registers_and_reads_a_file_in,
    the_playground_asks_and_follows_as_whoever_is_signed_in,
];

async fn without_scripts_everything_works_too() {
    let (usher, alice, acme) = acme().await;
    let bob = usher.account("bob@example.com").await;
    let chromium = Chromium::start();
    let window = chromium.opens_a_window().await;
    window.turns_scripts_off().await;
    window.goes(page(&usher, "/login")).await;
    enters(&window, &alice).await;
    window.goes(page(&usher, &format!("/w/{}/invitations", acme.id()))).await;
    sends_to_two(&window).await;
    window.goes(usher.link_to("bob@example.com", "Alice invites you to Acme").await).await;
    joins_and_leaves(&window, &bob).await;
    window.closes().await;
}

async fn sends_to_two(window: &Window) {
    window.presses("SEND NEW INVITATION").await;
    window.types("emails", "bob@example.com carol@example.com").await;
    window.presses("SEND").await;
    window.sees("2 will be invited, 0 will not.").await;
    window.presses("SEND 2").await;
    window.presses("TO THE INVITATIONS").await;
    window.sees("carol@example.com").await;
    window.presses("Log out").await;
}

async fn joins_and_leaves(window: &Window, bob: &Actor) {
    window.presses("JOIN").await;
    enters(window, bob).await;
    window.sees("Your role: User").await;
    window.presses("Members").await;
    window.presses_at("tbody a").await;
    window.presses("Leave the workspace").await;
    window.presses("LEAVE").await;
    window.sees("You belong to no workspace yet.").await;
}

async fn without_scripts_the_console_is_managed_too() {
    let (usher, alice, acme) = acme().await;
    member(&usher, &alice, &acme).await;
    alice.invites(&acme, "carol@example.com").await;
    let window = Chromium::start().opens_a_window().await;
    window.turns_scripts_off().await;
    window.goes(page(&usher, &format!("/w/{}/invitations", acme.id()))).await;
    enters(&window, &alice).await;
    window.presses("carol@example.com").await;
    window.presses("Revoke").await;
    window.presses("REVOKE").await;
    window.sees("The invitation was taken back.").await;
    window.sees("Revoked").await;
    gives_a_location_and_renames(&window).await;
    window.goes(page(&usher, "/account/password")).await;
    window.types("currentPassword", &alice.password).await;
    window.types("newPassword", "a brand new one").await;
    window.presses("SET PASSWORD").await;
    window.sees("Your password is changed").await;
    window.closes().await;
}

async fn gives_a_location_and_renames(window: &Window) {
    window.presses("Members").await;
    window.presses("Bob").await;
    window.ticks("Riga").await;
    window.presses("SAVE").await;
    window.sees("Riga").await;
    window.presses("Settings").await;
    window.types("name", "Acme Baltic").await;
    window.presses("SAVE").await;
    window.sees("Saved.").await;
}

async fn without_scripts_somebody_registers_and_reads_a_file_in() {
    let usher = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0").starts().await;
    let window = Chromium::start().opens_a_window().await;
    window.turns_scripts_off().await;
    registers(&usher, &window).await;
    window.types("name", "Acme").await;
    window.presses("CREATE WORKSPACE").await;
    window.presses("Members").await;
    window.presses("Invitations").await;
    window.presses("SEND NEW INVITATION").await;
    let file = usher.folder().join("people.csv");
    fs::write(&file, "email,language\nbob@example.com,lv\ncarol@example.com,king\n").expect("a file can be written");
    window.chooses_file("csv", &file.to_string_lossy()).await;
    window.presses("SEND").await;
    window.sees("1 will be invited, 1 will not. Nothing has been sent yet.").await;
    window.sees("The language must be en or lv.").await;
    window.presses("SEND 1").await;
    window.sees("1 invited, 0 not.").await;
    usher.link_to("bob@example.com", "Alice aicina").await;
    window.closes().await;
}

async fn the_playground_asks_and_follows_as_whoever_is_signed_in() {
    let program = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0");
    let usher = program.with("USHER_PLAYGROUND_ASSETS", &packages().to_string_lossy()).starts().await;
    let alice = usher.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    let chromium = Chromium::start();
    let window = logs_in(&chromium, &usher, &alice).await;
    takes_axe(&window).await;
    window.goes(page(&usher, "/playground")).await;
    window.sees("Viewer").await;
    let wrong = violations(&window, "playground").await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    window.presses_at(".graphiql-execute-button").await;
    window.sees("\"email\": \"alice@example.com\"").await;
    window.is_photographed("playground").await;
    window.presses("InvitationStatusChanged").await;
    // Only this tab has variables.
    window.sees("\"workspaceId\"").await;
    follows(&window, &alice, &acme).await;
    window.presses_at("[aria-label='Show Documentation Explorer']").await;
    window.sees("A GraphQL schema provides a root type").await;
    window.presses_at("[aria-label='Open settings dialog']").await;
    window.sees("Clear storage").await;
    window.breaks_no_policy().await;
    window.closes().await;
}

/// Runs the subscription until it is told of something. GraphiQL learns a moment late which operation its editor holds, and
/// when a subscription has begun cannot be seen: so it is run again when it has failed, and somebody is invited each time.
async fn follows(window: &Window, alice: &Actor, acme: &Object) {
    const IS_IDLE: &str = "document.querySelector('.graphiql-execute-button').ariaLabel.startsWith('Execute')";
    for number in 1..=10 {
        if window.evaluates(IS_IDLE).await == true {
            window.presses_at(".graphiql-execute-button").await;
        }
        alice.invites(acme, &format!("bob{number}@example.com")).await;
        if timeout(Duration::from_secs(2), window.sees("\"deliveryStatus\"")).await.is_ok() {
            return;
        }
    }
    panic!("nothing is told");
}
