//! The ways in to GraphQL, each to its specification.

pub(crate) mod http;
mod media;
mod operation;
mod parameters;
mod payload;
mod refusal;
mod sessions;
mod sse;
mod timing;
mod values;
mod ws;

use axum::http::HeaderMap;
use domain::{
    Error,
    client::Client,
    session::{self, Viewer},
};
use entity::language::Language;
use secrecy::{ExposeSecret, SecretString};

pub use self::{sessions::Sessions, timing::Timing};
use crate::{Site, auth, language};

/// Who sends requests: the token is kept and looked up for each of them, so that a session that ends ends at once.
#[derive(Clone, Default)]
struct Sender {
    token: Option<SecretString>,
    client: Client,
    language: Option<Language>,
}

impl Sender {
    /// The sender of an HTTP request; Forbidden when a browser sends our cookie from somebody else's page.
    fn new(site: &Site, client: Client, headers: &HeaderMap) -> domain::Result<Self> {
        let credentials = auth::credentials(headers);
        if credentials.as_ref().is_some_and(|found| found.from_cookie) && !auth::from_own_origin(site, headers) {
            return Err(Error::Forbidden);
        }
        let token = credentials.map(|found| found.token);
        Ok(Self { token, client, language: language::accepted(headers) })
    }

    /// Who is signed in, as of now.
    async fn viewer(&self, site: &Site) -> domain::Result<Option<Viewer>> {
        match &self.token {
            Some(token) => session::viewer(&site.app, token.expose_secret()).await,
            None => Ok(None),
        }
    }
}
