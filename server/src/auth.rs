//! Who is asking: a bearer token or the session cookie, and where a browser's request comes from.

use axum::http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, COOKIE, ORIGIN, USER_AGENT},
};
use cookie::{Cookie, SameSite, time::Duration};
use domain::{
    Result,
    session::{self, Viewer},
};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::Site;

/// The cookie that carries a session's token.
pub const SESSION_COOKIE: &str = "usher_session";

/// A session's token and how it came.
#[derive(Debug)]
pub struct Credentials {
    /// The token.
    pub token: SecretString,
    /// A browser adds cookies by itself, whoever made it send the request.
    pub from_cookie: bool,
}

/// The token of a request: a bearer token, else the session cookie.
pub fn credentials(headers: &HeaderMap) -> Option<Credentials> {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(bearer);
    match bearer {
        Some(token) => Some(Credentials { token, from_cookie: false }),
        None => cookie(headers, SESSION_COOKIE).map(|token| Credentials { token: token.into(), from_cookie: true }),
    }
}

/// The token in `Bearer …`.
pub fn bearer(value: &str) -> Option<SecretString> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().into())
}

/// Who is signed in: nobody when there is no token, or it is not one of ours any more.
pub async fn viewer(site: &Site, headers: &HeaderMap) -> Result<Option<Viewer>> {
    match credentials(headers) {
        Some(credentials) => session::viewer(&site.app, credentials.token.expose_secret()).await,
        None => Ok(None),
    }
}

/// The value of a cookie.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut cookies = values.flat_map(|value| Cookie::split_parse(value).filter_map(std::result::Result::ok));
    cookies.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

/// What the client calls itself.
pub fn user_agent(headers: &HeaderMap) -> Option<&str> {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok())
}

/// The `Set-Cookie` that begins a session.
pub fn session_cookie(site: &Site, token: &SecretString) -> HeaderValue {
    // As long as browsers allow: the session itself ends by its own rules, which slide with its use.
    set_cookie(site, SESSION_COOKIE, token.expose_secret(), Duration::days(400))
}

/// The `Set-Cookie` that ends a session.
pub fn ended_session_cookie(site: &Site) -> HeaderValue {
    set_cookie(site, SESSION_COOKIE, "", Duration::ZERO)
}

/// A `Set-Cookie` for the whole site that scripts cannot read and other sites' forms do not carry.
pub fn set_cookie(site: &Site, name: &str, value: &str, age: Duration) -> HeaderValue {
    let cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(site.is_https())
        .max_age(age);
    HeaderValue::from_str(&cookie.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Whether a request comes from our own pages, as far as it says: true without an `Origin`, or with the public URL's.
/// Every name of this machine is as good as another.
pub fn from_own_origin(site: &Site, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Some(origin) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else { return false };
    let same_place = origin.scheme() == site.public_url.scheme()
        && origin.port_or_known_default() == site.public_url.port_or_known_default();
    same_place
        && (origin.host() == site.public_url.host() || (is_this_machine(&origin) && is_this_machine(&site.public_url)))
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
