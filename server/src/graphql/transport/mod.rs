//! The ways in to GraphQL, each to its specification.

pub(crate) mod http;
mod sse;
mod ws;

use std::sync::Arc;

use async_graphql::Request;
use axum::http::HeaderMap;
use domain::{Error, client::Client, session};
use entity::language::Language;
use secrecy::{ExposeSecret, SecretString};

use super::{context::Asker, loader::Loader};
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

    /// Gives a request what its resolvers use.
    async fn sign(&self, site: &Site, request: Request) -> domain::Result<Request> {
        let viewer = match &self.token {
            Some(token) => session::viewer(&site.app, token.expose_secret()).await?.map(Arc::new),
            None => None,
        };
        let asker = Asker { viewer, client: self.client.clone(), language: self.language };
        Ok(request.data(asker).data(site.clone()).data(Loader::default()))
    }
}
