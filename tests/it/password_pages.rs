//! The pages of a forgotten password, as a browser without JavaScript meets them.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{Request, Response, StatusCode};
use tests::{Usher, stories};

use crate::password::NEW;

stories![the_pages_set_a_password_without_a_script, the_page_of_a_dead_link_says_so,];

/// Asks for a page, or posts its form with the token that a browser got with the page before.
async fn page(app: &Usher, path: &str, form: Option<&[(&str, &str)]>) -> Response<String> {
    let csrf = "0123456789012345678901234567890123456789012";
    let request = Request::builder().uri(path).header(COOKIE, format!("usher_csrf={csrf}"));
    let request = match form {
        None => request.body(Body::empty()),
        Some(fields) => {
            let mut body = url::form_urlencoded::Serializer::new(String::new());
            let body = body.append_pair("csrf", csrf).extend_pairs(fields).finish();
            request.method("POST").header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body.into())
        }
    };
    app.request(request.expect("a request")).await
}

#[track_caller]
fn shows(page: &Response<String>, status: StatusCode, text: &str) {
    assert_eq!(page.status(), status, "{}", page.body());
    assert!(page.body().contains(text), "{text:?} is not in {}", page.body());
}

async fn the_pages_set_a_password_without_a_script(app: Usher) {
    let bob = app.account("bob@example.com").await;
    shows(&page(&app, "/login", None).await, StatusCode::OK, "href=\"/forgot\"");
    shows(&page(&app, "/forgot", None).await, StatusCode::OK, "name=\"email\"");
    let refused = page(&app, "/forgot", Some(&[("email", "bob@")])).await;
    shows(&refused, StatusCode::UNPROCESSABLE_ENTITY, "Enter an e-mail address");
    let unknown = page(&app, "/forgot", Some(&[("email", "nobody@example.com")])).await;
    let known = page(&app, "/forgot", Some(&[("email", " bob@example.com ")])).await;
    shows(&known, StatusCode::OK, "a mail is on its way");
    assert_eq!(known.body(), &unknown.body().replace("nobody@example.com", "bob@example.com"));

    app.run_jobs().await;
    let link = app.mail_to("bob@example.com").link();
    let path = link.strip_prefix("http://usher.test").expect("a page of ours");
    for _ in 0..2 {
        shows(&page(&app, path, None).await, StatusCode::OK, "name=\"password\"");
    }
    let refused = page(&app, path, Some(&[("password", "short")])).await;
    shows(&refused, StatusCode::UNPROCESSABLE_ENTITY, "at least 8 characters");
    assert!(bob.is_signed_in().await, "looking and failing change nothing");
    let done = page(&app, path, Some(&[("password", NEW)])).await;
    assert_eq!((done.status(), done.headers()[LOCATION].as_bytes()), (StatusCode::SEE_OTHER, &b"/login?reset=1"[..]));
    shows(&page(&app, "/login?reset=1", None).await, StatusCode::OK, "Your new password is set.");
    let login = page(&app, "/login", Some(&[("email", "bob@example.com"), ("password", NEW)])).await;
    assert!(login.headers().contains_key(SET_COOKIE));
    shows(&page(&app, path, None).await, StatusCode::NOT_FOUND, "This link is not valid");
    app.ignores_mail().await;
}

async fn the_page_of_a_dead_link_says_so(app: Usher) {
    for path in ["/reset/x", "/reset/%FF", "/reset/%20"] {
        assert_eq!(page(&app, path, None).await.status(), StatusCode::NOT_FOUND);
    }
    let posted = page(&app, "/reset/x", Some(&[("password", NEW)])).await;
    shows(&posted, StatusCode::NOT_FOUND, "href=\"/forgot\"");
}
