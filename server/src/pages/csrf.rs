//! Forms that only our own pages can send: each carries a hidden token that must equal the one in a cookie, which
//! another site can neither read nor set.

use axum::{
    Form,
    body::Bytes,
    extract::{FromRequest, Multipart, Request, multipart::MultipartError},
    http::{HeaderMap, HeaderValue, header::CONTENT_TYPE},
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
        let expected = expected(&request, site)?;
        let Form(Arrived { csrf, fields }) = Form::<Arrived<T>>::from_request(request, site).await?;
        if is_same(&csrf, &expected) { Ok(Self(fields)) } else { Err(Failure::ForgedForm) }
    }
}

/// The fields of a form of ours that may come several times under one name, or as files.
#[derive(Debug, Default)]
pub(super) struct Fields {
    texts: Vec<(String, String)>,
    files: Vec<(String, Bytes)>,
}

impl Fields {
    /// The text of a field; empty when there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// All texts of one name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.texts.iter().filter(move |(field, _)| field == name).map(|(_, text)| text.as_str())
    }

    /// What was typed or chosen, by the names of the fields: without the token, and without passwords, which no page
    /// repeats.
    pub(super) fn typed(&self) -> impl Iterator<Item = (&str, &str)> {
        let repeated = |name: &str| name != "csrf" && !name.to_ascii_lowercase().contains("password");
        self.texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).filter(move |(name, _)| repeated(name))
    }

    /// A file that has something in it.
    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        let file = self.files.iter().find(|(field, bytes)| field == name && !bytes.is_empty());
        file.map(|(_, bytes)| bytes.as_ref())
    }

    /// Whether there is a file that has something in it.
    pub(super) fn has_file(&self) -> bool {
        self.files.iter().any(|(_, bytes)| !bytes.is_empty())
    }

    async fn read(mut parts: Multipart) -> Result<Self, MultipartError> {
        let mut fields = Self::default();
        while let Some(part) = parts.next_field().await? {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() {
                fields.files.push((name, part.bytes().await?));
            } else {
                fields.texts.push((name, part.text().await?));
            }
        }
        Ok(fields)
    }
}

impl FromRequest<Site> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Failure> {
        let expected = expected(&request, site)?;
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let fields = if content_type.is_some_and(|value| value.starts_with("multipart/form-data")) {
            let parts = Multipart::from_request(request, site).await.map_err(|_| Failure::BadInput)?;
            Self::read(parts).await.map_err(|_| Failure::BadInput)?
        } else {
            let Form(texts) = Form::from_request(request, site).await?;
            Self { texts, files: Vec::new() }
        };
        if is_same(fields.text("csrf"), &expected) { Ok(fields) } else { Err(Failure::ForgedForm) }
    }
}

/// The token that a form must carry: that of the browser, if the request comes from our own pages.
fn expected(request: &Request, site: &Site) -> Result<String, Failure> {
    let expected = sent(request.headers()).ok_or(Failure::ForgedForm)?;
    if auth::from_own_origin(site, request.headers()) { Ok(expected) } else { Err(Failure::ForgedForm) }
}

/// Hashes are compared, so that the time tells nothing of the token.
fn is_same(csrf: &str, expected: &str) -> bool {
    token::hash(csrf) == token::hash(expected)
}
