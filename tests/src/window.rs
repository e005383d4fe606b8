//! A window of a real browser, Chromium, and what a person does at it. Every wait is for a condition, with a limit.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::eventually;
use crate::servers::Chromedriver;

/// Notes what a page was kept from by its content policy.
const WATCH: &str = "window.violations = []; document.addEventListener('securitypolicyviolation', \
                     (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));";

/// Browsers that a story may open.
pub struct Chromium(Arc<Chromedriver>);

/// A window of a browser of its own.
pub struct Window {
    client: Client,
    /// Where commands of Chromium's own are sent.
    commands: String,
    /// Ends when no window needs it any more.
    _driver: Arc<Chromedriver>,
}

impl Chromium {
    /// Gets ready; no browser is open yet.
    pub fn start() -> Self {
        Self(Arc::new(Chromedriver::start()))
    }

    /// Opens a browser with one window, where nobody is signed in anywhere. It knows no host but this machine.
    pub async fn opens_a_window(&self) -> Window {
        let arguments = json!([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            "--window-size=1200,900",
            "--hide-scrollbars",
            "--lang=en",
        ]);
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments, "prefs": { "intl.accept_languages": "en" } },
            "pageLoadStrategy": "normal",
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("an object") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&self.0.url()).await.expect("Chromium starts");
        let session = client.session_id().await.expect("chromedriver answers").expect("a session");
        let window = Window {
            client,
            commands: format!("{}/session/{session}/goog/cdp/execute", self.0.url()),
            _driver: Arc::clone(&self.0),
        };
        window.runs_in_every_page(WATCH).await;
        window
    }
}

impl Window {
    /// Opens an address and waits until it is loaded.
    pub async fn goes(&self, url: impl AsRef<str>) {
        self.client.goto(url.as_ref()).await.expect("an address that loads");
    }

    /// Opens a tab beside those that are open, which are hidden from then on, and goes on in it.
    pub async fn opens_a_tab(&self) {
        let tab = self.client.new_window(true).await.expect("a tab");
        self.client.switch_to_window(tab.handle).await.expect("the tab that was opened");
    }

    /// Goes on in the tab that was opened as this one, counted from 0.
    pub async fn turns_to_tab(&self, number: usize) {
        let tab = self.client.windows().await.expect("the tabs").swap_remove(number);
        self.client.switch_to_window(tab).await.expect("a tab that is open");
    }

    /// The path of the page that is shown, with its query.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("an address");
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// Waits until a page whose address has this in it is loaded.
    pub async fn arrives_at(&self, part: &str) {
        eventually(&format!("a page at {part}"), async || {
            let there = self.path().await.contains(part);
            (there && self.evaluates("document.readyState").await == "complete").then_some(())
        })
        .await;
    }

    /// Waits until the page shows this text.
    pub async fn sees(&self, text: &str) {
        self.shows(text, true).await;
    }

    /// Waits until the page does not show this text.
    pub async fn sees_no(&self, text: &str) {
        self.shows(text, false).await;
    }

    /// Waits until a row of a table shows all of these.
    pub async fn sees_row(&self, texts: &[&str]) {
        const ROWS: &str = "[...document.querySelectorAll('tbody tr')].map((row) => row.innerText)";
        eventually(&format!("a row with {texts:?}"), async || {
            let rows = self.evaluates(ROWS).await;
            let mut rows = rows.as_array()?.iter().filter_map(|row| row.as_str());
            rows.find(|row| texts.iter().all(|text| row.contains(text))).map(drop)
        })
        .await;
    }

    async fn shows(&self, text: &str, wanted: bool) {
        let what = format!("{text:?} is {}shown", if wanted { "" } else { "not " });
        eventually(&what, async || {
            // A page that is just being left has no body.
            let shown = self.evaluates("document.body?.innerText ?? ''").await;
            (shown.as_str()?.contains(text) == wanted).then_some(())
        })
        .await;
    }

    /// Presses the first button or link with this label that can be seen; again when a live list has just replaced it.
    pub async fn presses(&self, label: &str) {
        let path = format!("//*[self::button or self::a or self::summary][normalize-space()='{label}']");
        eventually(label, async || self.seen(&path).await.click().await.ok()).await;
    }

    /// Presses the first of the elements of a CSS selector.
    pub async fn presses_at(&self, selector: &str) {
        let press = async || self.client.find(Locator::Css(selector)).await.ok()?.click().await.ok();
        eventually(selector, press).await;
    }

    /// Types into the field with this name, in the place of what is there; a choice is made by its value.
    pub async fn types(&self, name: &str, text: &str) {
        let field = self.seen(&format!("//*[@name='{name}' and not(@type='hidden')]")).await;
        if field.tag_name().await.expect("a field") == "select" {
            field.select_by_value(text).await.unwrap_or_else(|error| panic!("{name} has no {text}: {error}"));
            return;
        }
        field.clear().await.expect("a field that can be emptied");
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{name} takes no text: {error}"));
    }

    /// Chooses a file of this machine for the field with this name.
    pub async fn chooses_file(&self, name: &str, path: &str) {
        let field = self.seen(&format!("//input[@name='{name}' and @type='file']")).await;
        field.send_keys(path).await.expect("a field for files");
    }

    /// Ticks the box whose label is this text.
    pub async fn ticks(&self, label: &str) {
        self.seen(&format!("//label[normalize-space()=\"{label}\"]/input")).await.click().await.expect("a box");
    }

    /// The first of the elements that can be seen, as soon as there is one.
    async fn seen(&self, path: &str) -> Element {
        eventually(path, async || {
            for element in self.client.find_all(Locator::XPath(path)).await.ok()? {
                if element.is_displayed().await.unwrap_or(false) {
                    return Some(element);
                }
            }
            None
        })
        .await
    }

    /// Presses a key, wherever the focus is.
    pub async fn strikes(&self, key: Key) {
        self.strikes_text(&char::from(key).to_string()).await;
    }

    /// Types at the keyboard, wherever the focus is.
    pub async fn strikes_text(&self, text: &str) {
        let struck = text.chars().flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }]);
        let keyboard = struck.fold(KeyActions::new("keyboard".to_owned()), KeyActions::then);
        self.client.perform_actions(keyboard).await.expect("keys can be struck");
    }

    /// Strikes Tab until the focus is on something with this label or name, which must be seen to have it.
    pub async fn tabs_to(&self, label: &str) {
        const FOCUSED: &str = "(() => { const e = document.activeElement; const style = getComputedStyle(e); \
                               return { name: e.name ?? '', label: (e.labels?.[0] ?? e).innerText.trim(), \
                               seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 }; })()";
        for _ in 0..60 {
            self.strikes(Key::Tab).await;
            let focused = self.evaluates(FOCUSED).await;
            if focused["label"] == label || focused["name"] == label {
                assert_eq!(focused["seen"], true, "the focus on {label} cannot be seen");
                return;
            }
        }
        panic!("Tab does not lead to {label}");
    }

    /// Goes to this by Tab and presses it by Enter.
    pub async fn strikes_at(&self, label: &str) {
        self.tabs_to(label).await;
        self.strikes(Key::Enter).await;
    }

    /// Goes to this field by Tab, which selects what is there, and types in its place.
    pub async fn strikes_into(&self, name: &str, text: &str) {
        self.tabs_to(name).await;
        self.strikes_text(text).await;
    }

    /// The value of an expression in the page's own script.
    pub async fn evaluates(&self, expression: &str) -> Value {
        self.client.execute(&format!("return {expression};"), Vec::new()).await.unwrap_or(Value::Null)
    }

    /// The value of a promise in the page's own script.
    pub async fn awaits(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[0]; ({expression}).then(done, (error) => done({{ error: `${{error}}` }}));"
        );
        self.client.execute_async(&script, Vec::new()).await.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Runs a script at the beginning of every page from now on.
    pub async fn runs_in_every_page(&self, script: &str) {
        self.commands("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// Scripts of pages do not run any more.
    pub async fn turns_scripts_off(&self) {
        self.commands("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Prefers `light` or `dark` from now on.
    pub async fn prefers(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.commands("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Is as large as this from now on.
    pub async fn measures(&self, width: u32, height: u32) {
        let mobile = width < 600;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.commands("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    async fn commands(&self, command: &str, parameters: Value) {
        let body = json!({ "cmd": command, "params": parameters });
        let answer =
            reqwest::Client::new().post(&self.commands).json(&body).send().await.expect("chromedriver answers");
        assert!(answer.status().is_success(), "{command}: {}", answer.text().await.unwrap_or_default());
    }

    /// Nothing was kept from the page that is shown by its content policy.
    pub async fn breaks_no_policy(&self) {
        assert_eq!(self.evaluates("window.violations").await, json!([]), "at {}", self.path().await);
    }

    /// Keeps a picture of what is shown as target/screenshots/NAME.png. Answers where it is.
    pub async fn is_photographed(&self, name: &str) -> PathBuf {
        let picture = self.client.screenshot().await.expect("a picture");
        let file = screenshots().join(format!("{name}.png"));
        fs::write(&file, picture).expect("a picture can be kept");
        file
    }

    /// Closes the browser.
    pub async fn closes(self) {
        self.client.close().await.expect("the browser closes");
    }
}

/// Where pictures are kept: in the target folder of the test binary.
fn screenshots() -> PathBuf {
    let ours = std::env::current_exe().expect("our own path");
    let target = ours.ancestors().find(|folder| folder.ends_with("target")).expect("a target folder");
    let folder = target.join("screenshots");
    fs::create_dir_all(&folder).expect("a folder for pictures");
    folder
}
