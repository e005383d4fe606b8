//! The pages in a real browser, Chromium, on the real program.

pub(crate) mod administrator;
pub(crate) mod every_page;
pub(crate) mod invited;
pub(crate) mod keyboard;
pub(crate) mod live_pages;
pub(crate) mod other_ways;
pub(crate) mod pictures;

use serde_json::Value;
use tests::{Actor, Chromium, Object, Running, Window};

use crate::live;

/// The program, and Alice, who owns the workspace Acme with the location Riga.
async fn acme() -> (Running, Actor, Object) {
    let (usher, alice, acme) = live::usher().await;
    alice.creates_location(&acme, "Riga").await;
    (usher, alice, acme)
}

/// Bob, who has joined.
async fn member(usher: &Running, alice: &Actor, acme: &Object) -> Actor {
    let bob = usher.account("bob@example.com").await;
    alice.invites(acme, "bob@example.com").await;
    bob.accepts(&usher.link_to("bob@example.com", "Alice invites you to Acme").await).await.succeeds();
    bob
}

/// The address of a page, as people type it.
fn page(usher: &Running, path: &str) -> String {
    format!("http://localhost:{}{path}", usher.address().port().expect("a port"))
}

/// Opens a browser and logs in there.
async fn logs_in(chromium: &Chromium, usher: &Running, actor: &Actor) -> Window {
    let window = chromium.opens_a_window().await;
    window.goes(page(usher, "/login")).await;
    enters(&window, actor).await;
    window
}

/// Fills the form of the login and sends it.
async fn enters(window: &Window, actor: &Actor) {
    if window.evaluates("document.getElementById('email').readOnly").await != Value::Bool(true) {
        window.types("email", &actor.email).await;
    }
    window.types("password", &actor.password).await;
    window.presses("LOGIN").await;
    window.sees("Log out").await;
}
