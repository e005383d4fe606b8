//! Forms that only our own pages can send: each carries a hidden token that must equal the one in a cookie, which
//! another site can neither read nor set.

use axum::{
    Form,
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderValue},
};
use cookie::time::Duration;
use domain::token;
use secrecy::ExposeSecret;
use serde::{Deserialize, de::DeserializeOwned};

use super::failure::Failure;
use crate::{Site, auth};

/// The cookie that carries the token.
const COOKIE: &str = "usher_csrf";
/// How long a form may stay open.
const AGE: Duration = Duration::days(30);
/// 256 bits as base64url: what is shorter was not made here.
const LENGTH: usize = 43;

/// The token of a browser.
#[derive(Debug)]
pub(super) struct CsrfToken {
    value: String,
    is_new: bool,
}

impl CsrfToken {
    /// The token of the browser that sent these headers; a new one when it has none.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        match sent(headers) {
            Some(value) => Ok(Self { value, is_new: false }),
            None => Ok(Self { value: token::random()?.expose_secret().to_owned(), is_new: true }),
        }
    }

    /// The token, for the hidden field of a form.
    pub(super) fn as_str(&self) -> &str {
        &self.value
    }

    /// The `Set-Cookie` that a browser without a token needs.
    pub(super) fn set_cookie(&self, site: &Site) -> Option<HeaderValue> {
        self.is_new.then(|| auth::set_cookie(site, COOKIE, &self.value, AGE))
    }
}

fn sent(headers: &HeaderMap) -> Option<String> {
    auth::cookie(headers, COOKIE).filter(|value| value.len() >= LENGTH)
}

/// The fields of a form that one of our own pages sent.
#[derive(Debug)]
pub(super) struct Posted<T>(pub(super) T);

/// A form as it arrives.
#[derive(Deserialize)]
struct Arrived<T> {
    #[serde(default)]
    csrf: String,
    #[serde(flatten)]
    fields: T,
}

impl<T: DeserializeOwned> FromRequest<Site> for Posted<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Failure> {
        let expected = sent(request.headers()).ok_or(Failure::ForgedForm)?;
        if !auth::from_own_origin(site, request.headers()) {
            return Err(Failure::ForgedForm);
        }
        let Form(Arrived { csrf, fields }) = Form::<Arrived<T>>::from_request(request, site).await?;
        // Hashes are compared, so that the time tells nothing of the token.
        if token::hash(&csrf) == token::hash(&expected) { Ok(Self(fields)) } else { Err(Failure::ForgedForm) }
    }
}
