//! What a page may be made to do by other sites, and what it tells them: forms, policies, the way on after a login.

use std::collections::BTreeMap;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
};
use axum::http::{Response, StatusCode};
use entity::session;
use tests::{Gallery, Usher, stories, unescaped};

use crate::browser::every_page::collect;

stories![
    every_page_forbids_scripts_of_others_and_frames,
    pages_with_a_token_are_neither_stored_nor_told_to_other_sites,
    a_form_without_our_token_changes_nothing,
    each_form_carries_our_token_and_is_taken_with_no_other,
    after_a_login_one_is_back_where_one_was_stopped,
    nobody_is_led_to_another_site,
];

fn header(page: &Response<String>, name: axum::http::HeaderName) -> String {
    page.headers().get(&name).unwrap_or_else(|| panic!("no {name}")).to_str().expect("text").to_owned()
}

async fn every_page_forbids_scripts_of_others_and_frames(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let console = format!("/w/{}/members", acme.id());
    for path in ["/", "/login", "/register", "/forgot", "/join/x", "/verify/x", "/reset/x", "/nowhere", &console] {
        let page = alice.opens(path).await;
        let policy = header(&page, CONTENT_SECURITY_POLICY);
        for rule in ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.split("; ").any(|part| part == rule), "{path}: {rule} is not in {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert!(!page.body().contains("style=\"") && !page.body().contains("<style"), "{path}: {}", page.body());
        let scripts = page.body().matches("<script").count();
        assert_eq!(scripts, page.body().matches("<script src=\"/assets/usher.js\"").count(), "{path}");
        assert!(!page.headers().contains_key(STRICT_TRANSPORT_SECURITY), "{path}: this site is not on https");
    }
}

async fn pages_with_a_token_are_neither_stored_nor_told_to_other_sites(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let join = link.strip_prefix("http://usher.test").expect("a page of ours").to_owned();
    let token = join.strip_prefix("/join/").expect("a token");
    let bob = app.visitor("bob@example.com");
    for path in [&join, &format!("/register?invitation={token}"), &format!("/login?invitation={token}")] {
        let page = bob.opens(path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&page, CACHE_CONTROL), "no-store", "{path}");
        assert_eq!(header(&page, REFERRER_POLICY), "same-origin", "{path}");
    }
}

async fn a_form_without_our_token_changes_nothing(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    let join = link.strip_prefix("http://usher.test").expect("a page of ours");
    let before = app.count::<session::Entity>().await;
    let login = [("email", "alice@example.com"), ("password", alice.password.as_str())];
    let forms: [(&str, &[(&str, &str)]); 5] = [
        ("/login", &login),
        ("/logout", &[]),
        ("/workspaces", &[("name", "Forged")]),
        (join, &[("action", "decline")]),
        ("/register", &[("email", "eve@example.com"), ("name", "Eve"), ("password", "a long password")]),
    ];
    for (path, fields) in forms {
        for forged in [fields.to_vec(), [fields, &[("csrf", "guessed")]].concat()] {
            assert_eq!(alice.submits_forged(path, &forged).await.status(), StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert_eq!(app.count::<session::Entity>().await, before);
    assert!(alice.is_signed_in().await);
    assert_eq!(alice.sees_status(&invitation).await, "PENDING");
    app.ignores_mail().await;
}

async fn after_a_login_one_is_back_where_one_was_stopped(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let elsewhere = alice.elsewhere();
    let wanted = format!("/w/{}/invitations?status=PENDING&search=bob", acme.id());
    let stopped = elsewhere.opens(&wanted).await;
    let login = header(&stopped, LOCATION);
    let form = elsewhere.opens(&login).await;
    let shown = wanted.replace('&', "&amp;").replace('=', "&#x3D;");
    assert!(form.body().contains(&format!("name=\"next\" value=\"{shown}\"")), "{}", form.body());
    let typed = [("email", "alice@example.com"), ("password", &alice.password), ("next", &wanted)];
    assert_eq!(header(&elsewhere.submits("/login", &typed).await, LOCATION), wanted);
}

async fn nobody_is_led_to_another_site(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let elsewhere = [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "login",
        "/%0d%0aset-cookie: a=b\r\n",
    ];
    for next in elsewhere {
        let typed = [("email", "alice@example.com"), ("password", &alice.password), ("next", next)];
        assert_eq!(header(&alice.elsewhere().submits("/login", &typed).await, LOCATION), "/", "{next:?}");
        assert_eq!(header(&alice.elsewhere().submits("/logout", &[("next", next)]).await, LOCATION), "/", "{next:?}");
    }
    let join = alice.elsewhere().submits("/logout", &[("next", "/join/abc")]).await;
    assert_eq!(header(&join, LOCATION), "/join/abc");
}

/// What stands between `before` and the next quotation mark.
fn between<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split('"').next()
}

/// The fields of a form but for the token, as they are when it is sent untouched; of those with one name the first.
fn fields(form: &str) -> BTreeMap<&str, String> {
    let mut fields = BTreeMap::new();
    for tag in form.split('<').filter_map(|rest| rest.split('>').next()) {
        if let Some(name) = between(tag, " name=\"").filter(|name| *name != "csrf") {
            fields.entry(name).or_insert_with(|| unescaped(between(tag, " value=\"").unwrap_or_default()));
        }
    }
    fields
}

/// Where the forms of these pages are sent, and one form for each; all carry our token.
fn forms(gallery: &Gallery) -> BTreeMap<String, &str> {
    let mut all = BTreeMap::new();
    for (name, page) in gallery.pages() {
        let forms = page.split("<form").skip(1).filter_map(|rest| rest.split("</form>").next());
        let (asking, sending): (Vec<&str>, Vec<&str>) = forms.partition(|form| form.contains("method=\"get\""));
        assert!(asking.iter().all(|form| !form.contains("csrf")), "{name}: the address would hold the token");
        for form in sending {
            assert!(form.contains("method=\"post\""), "{name}: {form}");
            let token = between(form, "name=\"csrf\" value=\"").unwrap_or_else(|| panic!("{name}: no token: {form}"));
            assert!(!token.is_empty() || name.ends_with(".sample"), "{name}: {form}");
            all.insert(unescaped(between(form, " action=\"").expect("an action")), form);
        }
    }
    all
}

async fn each_form_carries_our_token_and_is_taken_with_no_other(app: Usher) {
    let gallery = collect::everything(&app).await;
    let forms = forms(&gallery);
    assert!(forms.len() > 25, "{:?}", forms.keys());
    let eve = app.account("mallory@example.com").await;
    for (action, form) in forms {
        let fields = fields(form);
        let copied: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for forged in [copied.clone(), [copied, vec![("csrf", "guessed")]].concat()] {
            let refused = eve.submits_forged(&action, &forged).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{action}: {}", refused.body());
            assert!(refused.body().contains("Please send the form again"), "{action}: {}", refused.body());
        }
    }
    app.ignores_mail().await;
}
