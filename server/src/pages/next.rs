//! Where a form leads on to, when its address says so: only to our own pages, so that nobody is led to another site. A
//! login's is remembered over the mail that a new password or a new account takes, in the same browser.

use axum::{
    http::{HeaderMap, header::SET_COOKIE},
    response::Response,
};
use cookie::time::Duration;
use url::{Url, form_urlencoded};

use crate::{Site, auth};

/// The cookie that remembers where a login leads on to.
const COOKIE: &str = "usher_next";
/// As long as the link of a registration works.
const AGE: Duration = Duration::days(1);

/// The path, with its query, if it is one of this site; browsers read more than one spelling as another site.
pub(super) fn own_path(next: &str) -> Option<&str> {
    let plain = next.starts_with('/') && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let base = Url::parse("http://usher.invalid/").ok()?;
    let joined = base.join(next).ok().filter(|joined| joined.origin() == base.origin());
    joined.filter(|_| plain).map(|_| next)
}

/// Makes the browser that gets `page` remember `next`, if it is one of our own pages.
pub(super) fn remember(site: &Site, next: &str, mut page: Response) -> Response {
    if let Some(next) = own_path(next) {
        let encoded: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        page.headers_mut().append(SET_COOKIE, auth::set_cookie(site, COOKIE, &encoded, AGE));
    }
    page
}

/// Where the login leads on to that this browser was stopped at last.
pub(super) fn remembered(headers: &HeaderMap) -> Option<String> {
    let encoded = auth::cookie(headers, COOKIE)?;
    let (next, _) = form_urlencoded::parse(encoded.as_bytes()).next()?;
    Some(next.into_owned())
}

/// Makes the browser that gets `page` forget it: the login has led on.
pub(super) fn forget(site: &Site, mut page: Response) -> Response {
    page.headers_mut().append(SET_COOKIE, auth::set_cookie(site, COOKIE, "", Duration::ZERO));
    page
}
