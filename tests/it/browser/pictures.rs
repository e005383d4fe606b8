//! The pictures in docs/screenshots: `UPDATE=1 ./test pictures` takes them anew, from the pages of the gallery.

use std::path::{Path, PathBuf};
use std::{env, fs};

use tests::{Chromium, Usher, stories};

use super::every_page::collect;

stories![once: the_pictures_of_the_readme_can_be_taken];

/// A picture: its name, the page, whether dark, and what is pressed before.
const PICTURES: [(&str, &str, &str, Option<&str>); 6] = [
    ("join", "join", "light", None),
    ("invitations", "invitations", "light", None),
    ("send", "invitations", "light", Some("SEND NEW INVITATION")),
    ("preview", "send-preview", "light", None),
    ("timeline", "invitation.failed", "dark", None),
    ("audit", "audit", "dark", None),
];

const WIDTH: u32 = 1200;

/// How high the page is, or the dialog in it, with the room around it.
const HEIGHT: &str = "Math.max(document.documentElement.scrollHeight, \
                      (document.querySelector('dialog[open]')?.scrollHeight ?? 0) + 80)";

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots")
}

async fn the_pictures_of_the_readme_can_be_taken(app: Usher) {
    let gallery = collect::everything(&app).await;
    let open = gallery.opens(&app).await;
    let window = Chromium::start().opens_a_window().await;
    // The gallery is no server to listen to; its pages would say that they are live no more.
    window.runs_in_every_page("delete window.EventSource").await;
    for (name, page, scheme, pressed) in PICTURES {
        window.measures(WIDTH, 600).await;
        window.prefers(scheme).await;
        window.goes(format!("{}/{page}", open.url)).await;
        if let Some(label) = pressed {
            window.presses(label).await;
        }
        // The whole of it, but of a long list only the beginning.
        let height = window.evaluates(HEIGHT).await.as_u64().expect("a height");
        window.measures(WIDTH, u32::try_from(height).map_or(WIDTH, |height| height.min(WIDTH))).await;
        let picture = window.is_photographed(name).await;
        if env::var_os("UPDATE").is_some() {
            fs::copy(&picture, kept().join(format!("{name}.png"))).expect("a picture can be kept");
        }
        assert!(kept().join(format!("{name}.png")).is_file(), "run `UPDATE=1 ./test pictures`");
    }
    window.closes().await;
    app.ignores_mail().await;
}
