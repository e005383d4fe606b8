//! Verbs of somebody at a browser without JavaScript: pages looked at and forms sent, with the session in its cookie.

use axum::http::header::{CONTENT_TYPE, COOKIE};
use axum::http::{Request, Response};
use url::form_urlencoded::Serializer;

use crate::Actor;

/// What the browser was given with the first page.
const CSRF: &str = "0123456789012345678901234567890123456789012";

impl Actor {
    /// Opens a page.
    pub async fn opens(&self, path: &str) -> Response<String> {
        let request = Request::get(path).header(COOKIE, self.cookies());
        self.reaches.send(request.body(String::new()).expect("a request")).await
    }

    /// Sends a form of ours.
    pub async fn submits(&self, path: &str, fields: &[(&str, &str)]) -> Response<String> {
        self.submits_forged(path, &[fields, &[("csrf", CSRF)]].concat()).await
    }

    /// Sends a form with these fields alone: without the token that a page of ours has, it is somebody else's.
    pub async fn submits_forged(&self, path: &str, fields: &[(&str, &str)]) -> Response<String> {
        let request = Request::post(path)
            .header(COOKIE, self.cookies())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        self.reaches.send(request.body(body).expect("a request")).await
    }

    fn cookies(&self) -> String {
        let session = self.token().map(|token| format!("; usher_session={token}"));
        format!("usher_csrf={CSRF}{}", session.unwrap_or_default())
    }
}
