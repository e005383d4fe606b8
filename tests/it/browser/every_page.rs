//! Every page there is, in every state it has: valid HTML, accessible in light and dark, and no wider than a phone, also
//! when it is written from the right.

pub(crate) mod collect;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tests::{Chromium, Gallery, Usher, Window, stories};

use crate::clients;

stories![once: every_page_is_valid_accessible_and_fits_a_phone];

/// Looks at the page as it is, with everything that can be opened open, and answers what is wrong with it;
/// GraphiQL itself is of others.
const LOOK: &str = "(async () => { \
    const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']; \
    document.querySelectorAll('details').forEach((details) => { details.open = true; }); \
    const { violations } = await axe.run({ exclude: ['.graphiql-container'] }, { resultTypes: ['violations'], runOnly }); \
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`); })()";

async fn every_page_is_valid_accessible_and_fits_a_phone(app: Usher) {
    let gallery = collect::everything(&app).await;
    assert_eq!(gallery.templates(), templates(), "every page of templates/page is in the gallery, and no other");
    is_valid(&gallery).await;
    let open = gallery.opens(&app).await;
    let window = Chromium::start().opens_a_window().await;
    takes_axe(&window).await;
    let mut wrong = Vec::new();
    // GraphiQL is of others, and does not run here.
    for name in gallery.names().filter(|name| !name.starts_with("playground")) {
        window.goes(format!("{}/{name}", open.url)).await;
        wrong.extend(look(&window, name).await);
    }
    window.goes(format!("{}/invitations", open.url)).await;
    window.presses("SEND NEW INVITATION").await;
    wrong.extend(look(&window, "invitations, with its dialog").await);
    window.goes(format!("{}/login", open.url)).await;
    window.evaluates("document.documentElement.removeAttribute('lang')").await;
    assert!(!look(&window, "spoilt").await.is_empty(), "what is wrong is found");
    window.closes().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.ignores_mail().await;
}

/// Has axe-core in every page that the window shows from now on.
pub(super) async fn takes_axe(window: &Window) {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/node_modules/axe-core/axe.min.js");
    window.runs_in_every_page(&fs::read_to_string(axe).expect("axe-core, which ./test installs")).await;
}

/// What axe-core finds in the page that is shown, in light and in dark.
pub(super) async fn violations(window: &Window, name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for scheme in ["light", "dark"] {
        wrong.extend(violations_in(window, name, scheme).await);
    }
    wrong
}

async fn violations_in(window: &Window, name: &str, scheme: &str) -> Vec<String> {
    window.prefers(scheme).await;
    let found = window.awaits(LOOK).await;
    let found = found.as_array().unwrap_or_else(|| panic!("{name}: {found}"));
    found.iter().filter_map(Value::as_str).map(|problem| format!("{name}, {scheme}: {problem}")).collect()
}

/// What is wrong with the page that is shown, to axe-core and at a phone.
async fn look(window: &Window, name: &str) -> Vec<String> {
    let mut wrong = violations(window, name).await;
    window.measures(360, 740).await;
    // Tables become lists there.
    wrong.extend(violations_in(window, name, "dark").await);
    for direction in ["rtl", "ltr"] {
        window.evaluates(&format!("document.documentElement.dir = '{direction}'")).await;
        let width = window.evaluates("document.documentElement.scrollWidth").await;
        if width != 360 {
            wrong.push(format!("{name}, {direction}: {width} wide on a phone of 360"));
        }
    }
    window.measures(1200, 900).await;
    window.breaks_no_policy().await;
    wrong
}

/// The templates that are a page of their own.
pub(crate) fn templates() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates/page");
    let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry of the folder").path());
    let name = |path: &Path| {
        let name = path.file_name()?.to_str()?.strip_suffix(".html.hbs")?.to_owned();
        let text = fs::read_to_string(path).expect("a template");
        let is_page = text.starts_with("{{#> layout") || (text.starts_with("<!doctype") && name != "layout");
        is_page.then_some(name)
    };
    files.filter_map(|path| name(&path)).collect()
}

async fn is_valid(gallery: &Gallery) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, html) in gallery.pages() {
        fs::write(folder.path().join(format!("{name}.html")), html).expect("a page can be written");
    }
    let output = clients::script("validate.js", &[&folder.path().to_string_lossy()]).await;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.trim(), format!("{} pages are valid", gallery.names().count()));
}
