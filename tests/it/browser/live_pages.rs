//! Live pages beyond what they show: as many as one likes, over a new start of the server, and when they are told no more.

use serde_json::Value;
use tests::{Chromium, Program, Window, eventually, free_port, stories};

use super::{acme, logs_in, page};

stories![alone:
    a_live_page_goes_on_after_a_new_start,
    any_number_of_live_pages_can_be_open,
    a_live_page_that_is_told_no_more_stays_marked,
    a_button_that_needs_scripts_is_not_shown_without_them,
];

const STALE: &str = "This is no longer kept up to date.";

/// Takes the place of EventSource, for a story to say what comes.
const TOLD_BY_THE_STORY: &str = "window.EventSource = class extends EventTarget { \
                                 static CLOSED = 2; constructor() { super(); window.source = this; } close() {} }";

/// Waits until the page is told of changes.
pub(super) async fn listens(window: &Window) {
    eventually("the list listens", async || {
        (window.evaluates("document.documentElement.dataset.listening").await == "yes").then_some(())
    })
    .await;
}

async fn a_live_page_goes_on_after_a_new_start() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let address = format!("127.0.0.1:{}", free_port());
    let up = || {
        let program = Program::new(&["up"]).with("USHER_LISTEN", &address);
        program.with("USHER_DATA_DIR", data.path().to_str().expect("a path in UTF-8"))
    };
    let usher = up().starts().await;
    let alice = usher.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    let window = logs_in(&Chromium::start(), &usher, &alice).await;
    window.goes(page(&usher, &format!("/w/{}/invitations", acme.id()))).await;
    listens(&window).await;
    assert_eq!(usher.stops().await.0.code(), Some(0));
    eventually("the page knows", async || {
        (window.evaluates("document.documentElement.dataset.listening ?? 'no'").await == "no").then_some(())
    })
    .await;
    let _usher = up().starts().await;
    alice.invites(&acme, "bob@example.com").await;
    window.sees_row(&["bob@example.com", "Sent"]).await;
    listens(&window).await;
    window.sees_no(STALE).await;
    window.closes().await;
}

async fn any_number_of_live_pages_can_be_open() {
    let (usher, alice, acme) = acme().await;
    let window = logs_in(&Chromium::start(), &usher, &alice).await;
    let list = page(&usher, &format!("/w/{}/invitations", acme.id()));
    // A browser opens six connections to a server.
    for _ in 0..8 {
        window.opens_a_tab().await;
        window.goes(&list).await;
        listens(&window).await;
    }
    alice.invites(&acme, "bob@example.com").await;
    window.sees_row(&["bob@example.com", "Sent"]).await;
    window.turns_to_tab(1).await;
    window.sees_row(&["bob@example.com", "Sent"]).await;
    window.closes().await;
}

async fn a_live_page_that_is_told_no_more_stays_marked() {
    let (usher, alice, acme) = acme().await;
    let window = logs_in(&Chromium::start(), &usher, &alice).await;
    window.runs_in_every_page(TOLD_BY_THE_STORY).await;
    window.goes(page(&usher, &format!("/w/{}/invitations", acme.id()))).await;
    alice.invites(&acme, "bob@example.com").await;
    let refusal = r#"{"errors":[{"message":"No.","extensions":{"code":"FORBIDDEN"}}]}"#;
    for (event, data) in [("next", r#"{"data":{}}"#), ("next", refusal), ("complete", "null")] {
        let data = Value::from(data);
        window.evaluates(&format!("source.dispatchEvent(new MessageEvent('{event}', {{ data: {data} }}))")).await;
    }
    window.sees(STALE).await;
    window.sees_row(&["bob@example.com"]).await;
    window.sees(STALE).await;
    window.closes().await;
}

async fn a_button_that_needs_scripts_is_not_shown_without_them() {
    let (usher, alice, acme) = acme().await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let one = page(&usher, &format!("/w/{}/invitations/{}", acme.id(), invitation.id()));
    let window = logs_in(&Chromium::start(), &usher, &alice).await;
    window.goes(&one).await;
    window.sees("COPY LINK").await;
    window.turns_scripts_off().await;
    window.goes(&one).await;
    window.sees("Resend").await;
    assert_eq!(window.evaluates("document.body.innerText.includes('COPY LINK')").await, false);
    window.closes().await;
}
