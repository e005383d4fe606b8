//! A visit: one request of a browser, who sent it, and the page it gets.

use axum::{
    extract::{FromRequestParts, Path},
    http::{HeaderMap, StatusCode, header::SET_COOKIE, request::Parts},
    response::{Html, IntoResponse, Response},
};
use domain::{App, session::Viewer};
use serde::Serialize;

use super::{csrf::CsrfToken, failure::Failure};
use crate::{Site, auth};

/// What every page but a plain redirect needs to know of a request.
pub(super) struct Visit {
    pub(super) site: Site,
    pub(super) headers: HeaderMap,
    pub(super) viewer: Option<Viewer>,
    csrf: CsrfToken,
}

impl FromRequestParts<Site> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        Ok(Self {
            viewer: auth::viewer(site, &parts.headers).await?,
            csrf: CsrfToken::of(&parts.headers)?,
            headers: parts.headers.clone(),
            site: site.clone(),
        })
    }
}

impl Visit {
    /// What the domain works with.
    pub(super) const fn app(&self) -> &App {
        &self.site.app
    }

    /// Who is signed in; off to the login otherwise.
    pub(super) fn signed_in(&self) -> Result<&Viewer, Failure> {
        self.viewer.as_ref().ok_or(Failure::SignInFirst)
    }

    /// The page `template`, filled with `values`.
    pub(super) fn page(&self, status: StatusCode, template: &str, values: impl Serialize) -> Result<Response, Failure> {
        let viewer = self.viewer.as_ref().map(|viewer| viewer.user.name.as_str());
        let frame = Frame { csrf: self.csrf.as_str(), viewer, page: values };
        let mut response = (status, Html(self.site.pages.render(template, &frame)?)).into_response();
        if let Some(cookie) = self.csrf.set_cookie(&self.site) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// The values of every page around its own.
#[derive(Serialize)]
pub(super) struct Frame<'a, T> {
    csrf: &'a str,
    viewer: Option<&'a str>,
    #[serde(flatten)]
    page: T,
}

impl<T> Frame<'_, T> {
    /// The frame of a page without forms that does not know who looks at it.
    pub(super) const fn anonymous(page: T) -> Self {
        Self { csrf: "", viewer: None, page }
    }
}

/// The one variable part of a path. What cannot be read as text leads nowhere.
#[derive(Debug)]
pub(super) struct Segment(pub(super) String);

impl FromRequestParts<Site> for Segment {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let path = Path::<String>::from_request_parts(parts, site).await;
        path.map(|Path(text)| Self(text)).map_err(|_| Failure::NotFound)
    }
}
