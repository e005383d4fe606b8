//! Every page with sample data: which there are, and that nothing can be done there.

use std::collections::BTreeSet;

use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{Response, StatusCode};
use tests::{Usher, stories};

use crate::browser::every_page::templates;

stories![
    every_page_is_in_the_gallery_in_every_language,
    the_forms_of_the_gallery_go_nowhere,
    what_is_not_in_the_gallery_is_not_found,
];

/// The pages of the gallery in a language, by the names of their templates.
pub(crate) async fn samples(app: &Usher, tag: &str) -> Vec<(String, Response<String>)> {
    let visitor = app.visitor("eve@example.com");
    let gallery = visitor.opens("/mail/preview").await;
    let names = gallery.body().split("href=\"/mail/preview/").skip(1).filter_map(|rest| rest.split('"').next());
    let mut samples = Vec::new();
    for name in names.filter_map(|name| name.strip_suffix(&format!(".{tag}"))) {
        let page = visitor.opens(&format!("/mail/preview/{name}.{tag}")).await;
        assert_eq!(page.status(), StatusCode::OK, "{name}: {}", page.body());
        samples.push((name.to_owned(), page));
    }
    samples
}

async fn every_page_is_in_the_gallery_in_every_language(app: Usher) {
    for tag in ["en", "lv"] {
        let samples = samples(&app, tag).await;
        assert_eq!(samples.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(), templates());
        assert_eq!(samples.len(), templates().len(), "each is there once");
        for (name, page) in samples {
            assert!(page.body().contains(&format!("<html lang=\"{tag}\"")), "{name}: {}", page.body());
        }
    }
}

async fn the_forms_of_the_gallery_go_nowhere(app: Usher) {
    let page = app.visitor("eve@example.com").opens("/login").await;
    let usual = page.headers()[CONTENT_SECURITY_POLICY].to_str().expect("a text").to_owned();
    let expected = format!("{}; frame-src 'self'", usual.replace("form-action 'self'", "form-action 'none'"));
    assert_ne!(usual, expected);
    for (name, page) in samples(&app, "en").await {
        assert_eq!(page.headers()[CONTENT_SECURITY_POLICY], expected, "{name}");
        let tokens: Vec<&str> = page.body().split("name=\"csrf\" value=\"").skip(1).collect();
        assert!(tokens.iter().all(|rest| rest.starts_with('"')), "{name}: a form with a token");
        assert!(name != "login" || tokens.len() == 1, "{}", page.body());
    }
}

async fn what_is_not_in_the_gallery_is_not_found(app: Usher) {
    for nothing in ["layout.en", "login.xx", "login", "nothing.en"] {
        let page = app.visitor("eve@example.com").opens(&format!("/mail/preview/{nothing}")).await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{nothing}");
    }
}
