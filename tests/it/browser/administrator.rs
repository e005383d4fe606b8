//! The whole job of an administrator, in the browser alone; with live lists.

use std::fs;

use serde_json::json;
use tests::{Chromium, Program, Running, Window, eventually, stories};

use super::{acme, enters, live_pages::listens, logs_in, member, page};

stories![alone:
    an_administrator_begins_with_nothing_and_invites,
    a_list_is_live_in_two_windows,
    a_live_page_takes_nothing_from_whoever_is_at_it,
    a_live_page_keeps_what_was_ticked,
    a_live_page_says_when_it_is_live_no_more,
    a_file_is_previewed_before_anything_is_sent,
    an_invitation_is_found_among_many,
    a_file_that_is_too_large_is_told_so,
    revoking_asks_first_and_leads_back_to_the_list_as_it_was,
    members_locations_and_settings_are_managed,
    a_member_is_removed_when_that_is_confirmed,
];

async fn an_administrator_begins_with_nothing_and_invites() {
    let usher = Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0").starts().await;
    let window = Chromium::start().opens_a_window().await;
    registers(&usher, &window).await;
    creates_workspace(&window).await;
    invites(&window, "bob@example.com", "Riga").await;
    usher.link_to("bob@example.com", "Alice invites you to Acme").await;
    window.sees_row(&["bob@example.com", "Sent"]).await;
    looks_at_one_and_takes_it_back(&window).await;
    window.breaks_no_policy().await;
    window.closes().await;
}

pub(super) async fn registers(usher: &Running, window: &Window) {
    let alice = usher.visitor("alice@example.com");
    window.goes(page(usher, "/")).await;
    window.presses("REGISTER").await;
    window.types("email", &alice.email).await;
    window.types("name", &alice.name).await;
    window.types("password", &alice.password).await;
    window.presses("REGISTER").await;
    window.sees("Look into your mailbox").await;
    window.goes(usher.link_to(&alice.email, "Verify your address").await).await;
    window.types("password", &alice.password).await;
    window.presses("VERIFY").await;
    window.sees("your account is ready").await;
    enters(window, &alice).await;
}

async fn creates_workspace(window: &Window) {
    window.types("name", "Acme").await;
    window.presses("CREATE WORKSPACE").await;
    window.sees("Nobody has been invited yet.").await;
    window.presses("Locations").await;
    window.presses("New location").await;
    window.types("name", "Riga").await;
    window.presses("CREATE LOCATION").await;
    window.sees("Riga").await;
    window.presses("Members").await;
    window.presses("Invitations").await;
}

async fn invites(window: &Window, email: &str, location: &str) {
    window.presses("SEND NEW INVITATION").await;
    window.sees("One or several addresses").await;
    window.types("emails", "bob@").await;
    window.presses("SEND").await;
    window.sees("Enter an e-mail address").await;
    window.types("emails", email).await;
    window.ticks(location).await;
    window.types("message", "Come in").await;
    window.presses("SEND").await;
    window.sees_row(&[email, "Pending"]).await;
}

async fn looks_at_one_and_takes_it_back(window: &Window) {
    window.presses("bob@example.com").await;
    window.sees("The mail server took the mail.").await;
    let clipboard = "Object.defineProperty(navigator, 'clipboard', \
                     { value: { writeText: async (text) => { window.copied = text; } } })";
    window.evaluates(clipboard).await;
    window.presses("COPY LINK").await;
    window.sees("Copied.").await;
    let copied = window.evaluates("window.copied").await;
    assert!(!copied.is_null() && copied == window.evaluates("document.getElementById('link').value").await, "{copied}");
    window.presses("Revoke").await;
    window.sees("The link in the mail stops working at once.").await;
    window.presses("REVOKE").await;
    window.sees("The invitation was taken back.").await;
    window.presses("TO THE INVITATIONS").await;
    window.sees_row(&["bob@example.com", "Revoked"]).await;
}

async fn a_list_is_live_in_two_windows() {
    let (usher, alice, acme) = acme().await;
    let chromium = Chromium::start();
    let first = logs_in(&chromium, &usher, &alice).await;
    let second = logs_in(&chromium, &usher, &alice).await;
    let list = page(&usher, &format!("/w/{}/invitations", acme.id()));
    for window in [&first, &second] {
        window.goes(&list).await;
        listens(window).await;
    }
    first.presses("SEND NEW INVITATION").await;
    first.types("emails", "bob@example.com").await;
    first.presses("SEND").await;
    // The second window is told what the first did, and both of what the mail and Bob do.
    second.sees_row(&["bob@example.com", "Pending", "Sent"]).await;
    listens(&first).await;
    let bob = usher.account("bob@example.com").await;
    bob.accepts(&usher.link_to("bob@example.com", "Alice invites you to Acme").await).await.succeeds();
    for window in [&first, &second] {
        window.sees_row(&["bob@example.com", "Accepted"]).await;
        window.breaks_no_policy().await;
    }
    first.closes().await;
    second.closes().await;
}

async fn a_live_page_takes_nothing_from_whoever_is_at_it() {
    let (usher, alice, acme) = acme().await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let window = logs_in(&Chromium::start(), &usher, &alice).await;
    let list = format!("/w/{}/invitations", acme.id());
    window.goes(page(&usher, &list)).await;
    listens(&window).await;
    window.sees_row(&["bob@example.com", "Sent"]).await;
    window.tabs_to("bob@example.com").await;
    alice.invites(&acme, "carol@example.com").await;
    window.sees_row(&["carol@example.com", "Sent"]).await;
    assert_eq!(window.evaluates("document.activeElement.innerText").await, "bob@example.com");
    window.goes(page(&usher, &format!("{list}/{}", invitation.id()))).await;
    listens(&window).await;
    alice.resends(&invitation).await.succeeds();
    window.sees("Sent again.").await;
    assert_eq!(window.evaluates("document.getElementById('copy').hidden").await, false);
    cannot_copy(&window).await;
    window.closes().await;
}

/// What cannot be copied is not said to be.
async fn cannot_copy(window: &Window) {
    window.evaluates("delete Navigator.prototype.clipboard").await;
    window.evaluates("document.execCommand = () => false").await;
    eventually("the page says that nothing was copied", async || {
        window.presses("COPY LINK").await;
        let said = window.evaluates("document.getElementById('copied').innerText").await;
        assert_ne!(said, "Copied.");
        said.as_str()?.contains("could not be copied").then_some(())
    })
    .await;
}

async fn a_live_page_keeps_what_was_ticked() {
    let (usher, alice, acme) = acme().await;
    let bob = usher.account("bob@example.com").await;
    alice.invites(&acme, "bob@example.com").await;
    let window = logs_in(&Chromium::start(), &usher, &bob).await;
    window.goes(page(&usher, "/account/invitations")).await;
    listens(&window).await;
    window.presses_at("[name=opt_out]").await;
    let other = alice.creates_workspace("Summer Terrace").await;
    alice.invites(&other, "bob@example.com").await;
    window.sees("Summer Terrace").await;
    let ticked = "[...document.querySelectorAll('input:checked')].map((box) => box.labels[0].innerText)";
    let ticked = window.evaluates(ticked).await.to_string();
    assert!(ticked.contains("Acme") && !ticked.contains("Summer"), "{ticked}");
    window.closes().await;
}

async fn a_live_page_says_when_it_is_live_no_more() {
    let (usher, alice, acme) = acme().await;
    let window = logs_in(&Chromium::start(), &usher, &alice).await;
    window.goes(page(&usher, &format!("/w/{}/invitations", acme.id()))).await;
    listens(&window).await;
    alice.submits("/account/sessions", &[]).await;
    alice.invites(&acme, "bob@example.com").await;
    window.sees("This is no longer kept up to date.").await;
    window.closes().await;
}

async fn a_file_is_previewed_before_anything_is_sent() {
    let (usher, alice, acme) = acme().await;
    let file = usher.folder().join("people.csv");
    let rows = "email,role,locations,message\nbob@example.com,user,Riga,Hello\ncarol@example.com,administrator,,\n\
                dave@example.com,king,,\nalice@example.com,user,,\n";
    fs::write(&file, rows).expect("a file can be written");
    let chromium = Chromium::start();
    let window = logs_in(&chromium, &usher, &alice).await;
    window.goes(page(&usher, &format!("/w/{}/invitations", acme.id()))).await;
    window.presses("SEND NEW INVITATION").await;
    window.chooses_file("csv", &file.to_string_lossy()).await;
    window.presses("SEND").await;
    window.sees("2 will be invited, 2 will not. Nothing has been sent yet.").await;
    window.sees("The role must be user or administrator.").await;
    window.sees("This person is a member already.").await;
    window.is_photographed("preview").await;
    assert!(alice.sees_invitations(&acme).await.is_empty());
    window.presses("SEND 2").await;
    window.sees("2 invited, 0 not.").await;
    assert_eq!(alice.sees_invitations(&acme).await.len(), 2);
    window.closes().await;
}

async fn an_invitation_is_found_among_many() {
    let (usher, alice, acme) = acme().await;
    let row = |number: usize| json!({ "email": format!("guest{number}@example.com") });
    alice.invites_many(&acme, (1..=30).map(row).collect(), None).await.succeeds();
    let revoked = alice.invites(&acme, "bob@example.com").await;
    alice.revokes(&revoked).await.succeeds();
    let window = logs_in(&Chromium::start(), &usher, &alice).await;
    window.goes(page(&usher, &format!("/w/{}/invitations", acme.id()))).await;
    filters(&window, "PENDING", "").await;
    window.sees("30 in all").await;
    has_rows(&window, 25).await;
    window.presses("NEXT").await;
    has_rows(&window, 5).await;
    window.sees_no("bob@example.com").await;
    window.sees_no("NEXT").await;
    window.presses("PREVIOUS").await;
    has_rows(&window, 25).await;
    finds_one(&window).await;
    window.breaks_no_policy().await;
    window.closes().await;
}

async fn finds_one(window: &Window) {
    filters(window, "REVOKED", "").await;
    has_rows(window, 1).await;
    window.sees_row(&["bob@example.com", "Revoked"]).await;
    filters(window, "", "GUEST17").await;
    has_rows(window, 1).await;
    window.sees_row(&["guest17@example.com"]).await;
    filters(window, "REVOKED", "guest17").await;
    window.sees("No invitation is found.").await;
}

async fn filters(window: &Window, status: &str, search: &str) {
    window.types("status", status).await;
    window.types("search", search).await;
    window.presses("FILTER").await;
    window.arrives_at(&format!("search={search}&status={status}")).await;
}

/// Waits until the list shows so many rows.
async fn has_rows(window: &Window, count: usize) {
    eventually(&format!("{count} rows"), async || {
        (window.evaluates("document.querySelectorAll('tbody tr').length").await == count).then_some(())
    })
    .await;
}

async fn a_file_that_is_too_large_is_told_so() {
    let (usher, alice, acme) = acme().await;
    let file = usher.folder().join("people.csv");
    fs::write(&file, vec![b'x'; 6 * 1024 * 1024]).expect("a file can be written");
    let window = logs_in(&Chromium::start(), &usher, &alice).await;
    window.goes(page(&usher, &format!("/w/{}/invitations/new", acme.id()))).await;
    window.chooses_file("csv", &file.to_string_lossy()).await;
    window.presses("SEND").await;
    window.sees("A form holds at most 4 MB").await;
    window.presses("BACK TO THE FORM").await;
    window.sees("One or several addresses").await;
    window.closes().await;
}

async fn revoking_asks_first_and_leads_back_to_the_list_as_it_was() {
    let (usher, alice, acme) = acme().await;
    let bob = alice.invites(&acme, "bob@example.com").await;
    let list = format!("/w/{}/invitations?search=bob", acme.id());
    let window = logs_in(&Chromium::start(), &usher, &alice).await;
    window.goes(page(&usher, &list)).await;
    listens(&window).await;
    window.sees_row(&["bob@example.com", "Sent"]).await;
    window.presses("Revoke").await;
    window.sees("The link in the mail stops working at once.").await;
    // A list that changes meanwhile leaves the question open.
    alice.invites(&acme, "bobby@example.com").await;
    window.sees_row(&["bobby@example.com", "Sent"]).await;
    window.sees("The link in the mail stops working at once.").await;
    assert_eq!(alice.sees_status(&bob).await, "PENDING");
    window.presses("REVOKE").await;
    window.sees("The invitation was taken back.").await;
    assert!(window.path().await.starts_with(&list), "{}", window.path().await);
    window.sees_row(&["bob@example.com", "Revoked"]).await;
    window.closes().await;
}

async fn members_locations_and_settings_are_managed() {
    let (usher, alice, acme) = acme().await;
    member(&usher, &alice, &acme).await;
    let chromium = Chromium::start();
    let window = logs_in(&chromium, &usher, &alice).await;
    window.goes(page(&usher, &format!("/w/{}/members", acme.id()))).await;
    changes_bob(&window).await;
    deletes_a_location_and_renames(&window).await;
    deletes_and_keeps(&window, &alice.password).await;
    hands_over(&window, &alice.password).await;
    window.goes(page(&usher, "/account")).await;
    window.types("language", "lv").await;
    window.presses("SAVE").await;
    window.sees("Saglabāts.").await;
    window.breaks_no_policy().await;
    window.closes().await;
}

async fn changes_bob(window: &Window) {
    window.types("search", "bob").await;
    window.presses("FILTER").await;
    window.sees_no("alice@example.com").await;
    window.presses("Bob").await;
    window.ticks("Riga").await;
    window.presses("SAVE").await;
    window.presses("Bob").await;
    window.types("role", "ADMINISTRATOR").await;
    window.sees_no("What the person may see").await;
    window.presses("SAVE").await;
    window.sees_row(&["bob@example.com", "Administrator"]).await;
}

async fn deletes_a_location_and_renames(window: &Window) {
    window.presses("Locations").await;
    window.presses("Riga").await;
    window.presses("Delete the location").await;
    window.presses("DELETE").await;
    window.sees("There are no locations yet.").await;
    window.presses("Settings").await;
    window.types("name", "Acme Baltic").await;
    window.presses("SAVE").await;
    window.sees("Saved.").await;
    window.presses("Audit log").await;
    window.sees("The workspace Acme was renamed to Acme Baltic.").await;
}

async fn deletes_and_keeps(window: &Window, password: &str) {
    window.presses("Deletion").await;
    window.types("password", password).await;
    window.presses("DELETE WORKSPACE").await;
    window.sees("Deleted workspaces").await;
    window.presses("KEEP THE WORKSPACE").await;
}

async fn hands_over(window: &Window, password: &str) {
    window.presses("Settings").await;
    window.presses("Ownership").await;
    window.types("password", password).await;
    window.presses("HAND OVER").await;
    window.sees("Your role: Administrator").await;
}

async fn a_member_is_removed_when_that_is_confirmed() {
    let (usher, alice, acme) = acme().await;
    let bob = member(&usher, &alice, &acme).await;
    let window = logs_in(&Chromium::start(), &usher, &alice).await;
    window.goes(page(&usher, &format!("/w/{}/members", acme.id()))).await;
    window.presses("Bob").await;
    window.sees_no("REMOVE").await;
    window.presses("Remove from the workspace").await;
    window.sees("Bob loses Acme at once").await;
    assert!(!bob.sees_workspace(&acme).await.is_null(), "nothing is done yet");
    window.presses("REMOVE").await;
    window.sees_row(&["alice@example.com", "Owner"]).await;
    window.sees_no("bob@example.com").await;
    assert!(bob.sees_workspace(&acme).await.is_null());
    window.breaks_no_policy().await;
    window.closes().await;
}
