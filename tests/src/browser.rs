//! A browser without JavaScript: it follows redirects, keeps cookies, and sends the forms that a page has.

use url::Url;

/// A browser of somebody's own.
#[derive(Clone)]
pub struct Browser(reqwest::Client);

/// A page as it was shown, and where.
pub struct Page {
    /// Where it is.
    pub url: Url,
    /// Its HTML.
    pub html: String,
    browser: Browser,
}

impl Default for Browser {
    fn default() -> Self {
        Self(reqwest::Client::builder().cookie_store(true).build().expect("an HTTP client"))
    }
}

impl Browser {
    /// Opens a page.
    pub async fn visits(&self, url: impl AsRef<str>) -> Page {
        self.shows(self.0.get(url.as_ref())).await
    }

    async fn shows(&self, request: reqwest::RequestBuilder) -> Page {
        let answer = request.send().await.expect("the program answers");
        let (status, url) = (answer.status(), answer.url().clone());
        let html = answer.text().await.expect("the whole page");
        assert!(!status.is_server_error(), "{status} at {url}: {html}");
        Page { url, html, browser: self.clone() }
    }
}

impl Page {
    /// Fills the form that has this button and presses it.
    pub async fn presses(&self, button: &str, typed: &[(&str, &str)]) -> Page {
        let forms = self.html.split("<form ").skip(1).filter_map(|rest| rest.split("</form>").next());
        let label = format!(">{button}</button>");
        let form = forms.into_iter().find(|form| form.contains(&label));
        let form = form.unwrap_or_else(|| panic!("no button {button} at {}: {}", self.url, self.html));
        let mut fields: Vec<(String, String)> = elements(form, "input").filter_map(name_and_value).collect();
        for (name, value) in typed {
            let field = fields.iter_mut().find(|(field, _)| field == name);
            field.unwrap_or_else(|| panic!("no field {name} at {}: {form}", self.url)).1 = (*value).to_owned();
        }
        let pressed = form.split("<button").find(|rest| rest.contains(&label)).and_then(name_and_value);
        fields.extend(pressed);
        let action = attribute(form, "action").unwrap_or_else(|| self.url.to_string());
        let url = self.url.join(&action).expect("the address of a form");
        // As browsers do.
        let origin = self.url.origin().ascii_serialization();
        self.browser.shows(self.browser.0.post(url).header("origin", origin).form(&fields)).await
    }
}

fn elements<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let begin = format!("<{name} ");
    let parts: Vec<&str> = html.split(begin.as_str()).skip(1).filter_map(|rest| rest.split('>').next()).collect();
    parts.into_iter()
}

fn name_and_value(element: &str) -> Option<(String, String)> {
    let tag = element.split('>').next()?;
    Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))
}

fn attribute(element: &str, name: &str) -> Option<String> {
    let value = element.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
    Some(unescaped(value))
}

/// Text of a page or mail as its reader sees it: characters for their names.
pub fn unescaped(html: &str) -> String {
    let names = [("&#x3D;", "="), ("&#x27;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    names.into_iter().fold(html.to_owned(), |text, (name, character)| text.replace(name, character))
}
