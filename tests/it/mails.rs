//! What every mail is like, seen in the gallery of all of them with sample data.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use axum::http::StatusCode;
use tests::{Usher, stories, unescaped};

stories![
    every_mail_is_in_the_gallery_in_every_language,
    a_mail_is_the_same_without_its_style_element,
    a_mail_has_a_line_for_the_list_of_mails,
    the_plain_part_says_what_the_html_says,
];

/// A mail of the gallery.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) html: String,
    /// The page that shows it, with its subject and its plain part.
    page: String,
}

async fn get(app: &Usher, path: &str) -> String {
    let page = app.visitor("maria@example.com").opens(path).await;
    assert_eq!(page.status(), StatusCode::OK, "{path}: {}", page.body());
    page.into_body()
}

/// All mails of the gallery.
pub(crate) async fn samples(app: &Usher) -> Vec<Sample> {
    let gallery = get(app, "/mail/preview").await;
    let names = gallery.split("href=\"/mail/").skip(1).filter_map(|rest| rest.split('"').next());
    let names = names.filter(|name| !name.starts_with("preview/"));
    let mut samples = Vec::new();
    for name in names {
        let (page, html) = (get(app, &format!("/mail/{name}")).await, get(app, &format!("/mail/{name}/html")).await);
        samples.push(Sample { name: name.to_owned(), html, page });
    }
    assert!(samples.len() > 10, "{gallery}");
    samples
}

async fn every_mail_is_in_the_gallery_in_every_language(app: Usher) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates/mail");
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry of the folder"));
    let folders = entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name());
    let folders: Vec<String> = folders.map(|name| name.to_string_lossy().into_owned()).collect();
    let expected: BTreeSet<String> =
        folders.iter().flat_map(|name| ["en", "lv"].map(|tag| format!("{name}.{tag}"))).collect();
    let samples = samples(&app).await;
    assert_eq!(samples.iter().map(|sample| sample.name.clone()).collect::<BTreeSet<_>>(), expected);
    for Sample { name, html, .. } in samples {
        let tag = name.rsplit('.').next().expect("a language");
        assert!(html.contains(&format!("<html lang=\"{tag}\"")), "{name}: {html}");
    }
    assert!(get(&app, "/mail").await.contains("href=\"/mail/preview\""));
    for nothing in ["/mail/nothing.en", "/mail/invitation.xx", "/mail/invitation"] {
        let page = app.visitor("maria@example.com").opens(nothing).await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{nothing}");
    }
}

async fn a_mail_is_the_same_without_its_style_element(app: Usher) {
    for Sample { name, html, .. } in samples(&app).await {
        let (head, body) = html.split_once("</head>").expect("a head");
        assert!(head.contains("@media (prefers-color-scheme: dark)"), "{name} is readable in the dark: {head}");
        assert!(!head.contains("padding"), "{name}: what is for all is in each element: {head}");
        let tags: Vec<&str> = body.split('<').filter_map(|tag| tag.split('>').next()).collect();
        for tag in tags.iter().filter(|tag| tag.contains("class=\"") || tag.starts_with("h1") || tag.starts_with("p "))
        {
            assert!(tag.contains("style=\""), "{name}: only a class: <{tag}>");
        }
        for class in ["around", "card", "text", "quiet"] {
            let used = tags.iter().any(|tag| tag.contains(class));
            assert!(used && head.contains(&format!(".{class}")), "{name}: {class}");
        }
        assert!(!html.contains("<link") && !html.contains("@import") && !html.contains("@font-face"), "{name}: {html}");
    }
}

/// What is written between tags.
fn texts(html: &str) -> Vec<String> {
    let body = html.split_once("<body").map_or("", |(_, body)| body);
    let texts = body.split('>').skip(1).filter_map(|text| text.split('<').next()).map(words);
    texts.filter(|text| !text.is_empty()).collect()
}

/// A text as a reader sees it, with one space between words.
fn words(text: &str) -> String {
    unescaped(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn a_mail_has_a_line_for_the_list_of_mails(app: Usher) {
    for Sample { name, html, .. } in samples(&app).await {
        let first = texts(&html).into_iter().next().expect("a text");
        let hidden = html.split("max-height: 0;overflow: hidden;mso-hide: all;").nth(1);
        let hidden = hidden.and_then(|rest| rest.split('>').nth(1)).expect("something hidden");
        assert_eq!(words(hidden.split('<').next().expect("its text")), first, "{name} begins with it");
        assert!(first.split(' ').count() > 2, "{name}: {first:?} is no sentence");
    }
}

async fn the_plain_part_says_what_the_html_says(app: Usher) {
    for Sample { name, html, page } in samples(&app).await {
        let subject = page.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next()).expect("a subject");
        let plain = page.split("<pre class=\"mail\">").nth(1).and_then(|rest| rest.split("</pre>").next());
        let plain = words(&format!("{subject} {}", plain.expect("a plain part")));
        // First comes the line for the list of mails. Below the button is its link, for those who cannot press it.
        for text in texts(&html).into_iter().skip(1) {
            let text = match text.split_once("http://") {
                Some((_, link)) => format!("http://{link}"),
                None => text,
            };
            assert!(plain.contains(&text), "{name}: {text:?} is not in {plain:?}");
        }
        for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(plain.contains(&words(link)), "{name}: {link} is not in {plain:?}");
        }
    }
}
