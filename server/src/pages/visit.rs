//! A visit: one request of a browser, who sent it, and the page it gets.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::{FromRequestParts, Path, Query},
    http::{HeaderMap, StatusCode, header::SET_COOKIE, request::Parts},
    response::{Html, IntoResponse, Response},
};
use domain::{App, UserError, client::Client, invitation::Preview, session::Viewer};
use entity::language::Language;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;
use worker::catalogue::Catalogue;

use super::{csrf::CsrfToken, failure::Failure, form::FormErrors, label, refusal};
use crate::{Site, auth, client::SentBy, language};

/// What every page but a plain redirect needs to know of a request.
pub(super) struct Visit {
    pub(super) site: Site,
    pub(super) client: Client,
    pub(super) headers: HeaderMap,
    pub(super) viewer: Option<Viewer>,
    csrf: CsrfToken,
    reader_language: ReaderLanguage,
}

/// The language of whoever the link of a request is for, once it is known; the page of a failure speaks it, too.
#[derive(Clone, Debug, Default)]
pub(super) struct ReaderLanguage(Arc<OnceLock<Language>>);

impl FromRequestParts<Site> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let Ok(SentBy(client)) = SentBy::from_request_parts(parts, site).await;
        Ok(Self {
            client,
            viewer: auth::viewer(site, &parts.headers).await?,
            csrf: CsrfToken::of(&parts.headers)?,
            reader_language: parts.extensions.get().cloned().unwrap_or_default(),
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

    /// From here on the visit is about this invitation: its pages speak as its mail does.
    pub(super) fn is_about(&self, invitation: &Preview) {
        self.is_for(invitation.account_language.or(invitation.language));
    }

    /// From here on the visit is with the link of somebody who reads this language.
    pub(super) fn is_for(&self, language: Option<Language>) {
        if let Some(language) = language {
            self.reader_language.0.get_or_init(|| language);
        }
    }

    /// The language of its pages: that of the account that is signed in, else that of whoever its link is for, else the
    /// browser's.
    pub(super) fn language(&self) -> Language {
        let account = self.viewer.as_ref().and_then(|viewer| viewer.user.language);
        let chosen = account.or_else(|| self.reader_language.0.get().copied());
        chosen.or_else(|| self.accepted_language()).unwrap_or_default()
    }

    /// The language the browser asks for.
    pub(super) fn accepted_language(&self) -> Option<Language> {
        language::accepted(&self.headers)
    }

    /// The texts in its language.
    pub(super) fn catalogue(&self) -> &Catalogue {
        self.site.pages.catalogue(self.language())
    }

    /// What its pages say about one expected outcome.
    pub(super) fn says(&self, error: &UserError) -> String {
        refusal::text(self.catalogue(), error)
    }

    /// What a form says about `errors`.
    pub(super) fn errors(&self, errors: &[UserError]) -> FormErrors {
        FormErrors::new(self.site.pages.catalogue(self.language()), errors)
    }

    /// The page `template`, filled with `values`.
    pub(super) fn page(&self, status: StatusCode, template: &str, values: impl Serialize) -> Result<Response, Failure> {
        let switched_to = self.viewer.as_ref().and_then(|viewer| viewer.session.workspace_id);
        self.page_in(switched_to, status, template, values)
    }

    /// The same, of a workspace that need not be the one the session is switched to.
    pub(super) fn page_in(
        &self,
        workspace_id: Option<Uuid>,
        status: StatusCode,
        template: &str,
        values: impl Serialize,
    ) -> Result<Response, Failure> {
        let viewer = self.viewer.as_ref().map(|viewer| viewer.user.name.as_str());
        let menu = workspace_id.map(label::workspace_path);
        let frame = Frame { csrf: self.csrf.as_str(), viewer, menu, page: values };
        let mut response = (status, Html(self.site.pages.render(self.language(), template, &frame)?)).into_response();
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
    /// Where the menu leads to: the workspace's console.
    menu: Option<String>,
    #[serde(flatten)]
    page: T,
}

impl<'a, T> Frame<'a, T> {
    /// The frame of a page of nobody's visit: each form that it has is refused.
    pub(super) const fn without_visit(viewer: Option<&'a str>, page: T) -> Self {
        Self { csrf: "", viewer, menu: None, page }
    }
}

/// The variable parts of a path. What cannot be read as text leads nowhere.
#[derive(Debug)]
pub(super) struct Segment<T = String>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Site> for Segment<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let path = Path::<T>::from_request_parts(parts, site).await;
        path.map(|Path(segments)| Self(segments)).map_err(|_| Failure::NotFound)
    }
}

/// What the query of an address asks for. One that cannot be read leads nowhere.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Site> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let query = Query::<T>::from_request_parts(parts, site).await;
        query.map(|Query(asked)| Self(asked)).map_err(|_| Failure::NotFound)
    }
}
