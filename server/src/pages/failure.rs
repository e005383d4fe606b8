//! Failures that no form can show: what went wrong in place of a page, and the page that says so.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request, rejection::FormRejection},
    handler::Handler,
    http::{
        Method, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
        request::Parts,
    },
    response::{Html, IntoResponse, Redirect, Response},
};
use domain::{Error, UserError};
use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::json;
use worker::{
    catalogue::{Catalogue, Key},
    templates::TemplateError,
};

use super::{
    csrf::Fields,
    form::Hidden,
    refusal,
    samples::{self, Samples},
    visit::{Frame, ReaderLanguage, Visit},
};
use crate::{
    Site,
    body::{self, Unread},
    graphql::limits,
    language,
};

/// Why there is no page.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// Nobody is signed in, where somebody must be: off to the login.
    SignInFirst,
    /// It does not exist, or not for the one who asks.
    NotFound,
    /// A member without the right.
    Forbidden,
    /// A form without the token that only our own pages give out.
    ForgedForm,
    /// Input that no form of ours sends.
    BadInput,
    /// A method that the address does not take.
    WrongMethod,
    /// More than one form may send.
    TooLarge,
    /// An expected outcome that no form of ours can show.
    Refused(Vec<UserError>),
    /// A limit was reached.
    RateLimited(Duration),
    /// The program, the database or the machine failed; the log knows why.
    Internal,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            // The ids that pages read are parts of paths: one that cannot be read leads nowhere.
            Error::NotFound | Error::BadInput(_) => Self::NotFound,
            Error::Forbidden => Self::Forbidden,
            Error::Unauthenticated => Self::SignInFirst,
            Error::RateLimited { retry_after } => Self::RateLimited(retry_after),
            Error::User(errors) => Self::Refused(errors),
            Error::Internal(cause) => {
                tracing::error!(error = &*cause as &dyn std::error::Error, "a page failed");
                Self::Internal
            }
        }
    }
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Self {
        Error::internal(error).into()
    }
}

impl From<FormRejection> for Failure {
    fn from(_: FormRejection) -> Self {
        Self::BadInput
    }
}

impl From<Unread> for Failure {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge => Self::TooLarge,
            Unread::TooSlow(_) | Unread::Broken(_) => Self::BadInput,
        }
    }
}

/// Carries the failure to [`WithFailurePages`], which knows the templates.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The values of the page `failure`.
#[derive(Serialize)]
struct Values {
    heading: Key,
    text: String,
    /// The form that was sent, when it can be filled in anew.
    back: Option<String>,
}

/// The values of the page `signed-out`.
#[derive(Serialize)]
struct SignedOut<'a> {
    path: &'a str,
    /// Whether it is a form that can hold files.
    multipart: bool,
    /// Whether a file was chosen.
    had_file: bool,
    typed: Vec<Hidden<'a>>,
}

impl Failure {
    /// Status, heading and text; none when another page helps more.
    const fn wording(&self) -> Option<(StatusCode, Key, Key)> {
        Some(match self {
            Self::SignInFirst => return None,
            Self::NotFound => (StatusCode::NOT_FOUND, Key("failure-not-found"), Key("failure-not-found-text")),
            Self::Forbidden => (StatusCode::FORBIDDEN, Key("failure-forbidden"), Key("failure-forbidden-text")),
            Self::ForgedForm => (StatusCode::FORBIDDEN, Key("failure-forged-form"), Key("failure-forged-form-text")),
            Self::BadInput | Self::Refused(_) => {
                (StatusCode::BAD_REQUEST, Key("failure-bad-input"), Key("failure-bad-input-text"))
            }
            Self::WrongMethod => {
                (StatusCode::METHOD_NOT_ALLOWED, Key("failure-bad-input"), Key("failure-wrong-method-text"))
            }
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Key("failure-too-large"), Key("failure-too-large-text")),
            Self::RateLimited(_) => {
                (StatusCode::TOO_MANY_REQUESTS, Key("failure-rate-limited"), Key("failure-rate-limited-text"))
            }
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, Key("failure-internal"), Key("failure-internal-text"))
            }
        })
    }

    fn values(
        &self,
        catalogue: &Catalogue,
        form: Option<&str>,
        heading: Key,
        text: Key,
    ) -> Result<Values, TemplateError> {
        let back = form.filter(|_| matches!(self, Self::TooLarge)).map(str::to_owned);
        let text = match self {
            Self::Refused(errors) => {
                errors.iter().map(|error| refusal::text(catalogue, error)).collect::<Vec<_>>().join(" ")
            }
            Self::RateLimited(retry_after) => try_again_in(catalogue, *retry_after)?,
            Self::TooLarge => catalogue.text(text.0, [("max", &json!(limits::BODY_MB))])?,
            _ => catalogue.text(text.0, [])?,
        };
        Ok(Values { heading, text, back })
    }

    /// The page that says what went wrong, to whoever sent the request.
    pub(super) async fn page(&self, site: &Site, mut visited: Visited) -> Response {
        let Some((status, heading, text)) = self.wording() else { return visited.login_first(site).await };
        let shown = match Visit::from_request_parts(&mut visited.parts, site).await {
            Ok(visit) => match self.values(visit.catalogue(), Some(visited.parts.uri.path()), heading, text) {
                Ok(values) => visit.page(status, "failure", values),
                Err(error) => Err(error.into()),
            },
            // Nobody knows who it is: the database does not answer.
            Err(_) => self.anonymous_page(site, &visited, status, heading, text).map_err(Self::from),
        };
        let mut response = shown.unwrap_or_else(|_| status.into_response());
        if let Self::RateLimited(retry_after) = self {
            response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().into());
        }
        response
    }

    fn anonymous_page(
        &self,
        site: &Site,
        visited: &Visited,
        status: StatusCode,
        heading: Key,
        text: Key,
    ) -> Result<Response, TemplateError> {
        let language = language::accepted(&visited.parts.headers).unwrap_or_default();
        let values = self.values(site.pages.catalogue(language), Some(visited.parts.uri.path()), heading, text)?;
        let html = site.pages.render(language, "failure", &Frame::without_visit(None, values))?;
        Ok((status, Html(html)).into_response())
    }
}

/// When to try again, in words.
pub(super) fn try_again_in(catalogue: &Catalogue, time: Duration) -> Result<String, TemplateError> {
    let seconds = time.as_secs().max(1);
    let (seconds, minutes) = (json!(seconds), json!(seconds.div_ceil(60)));
    catalogue.text(Key("failure-rate-limited-text").0, [("seconds", &seconds), ("minutes", &minutes)])
}

/// What a failure's page needs to know of the request.
pub(super) struct Visited {
    parts: Parts,
    body: Bytes,
}

impl Visited {
    /// What `request` says, and its body, which is not read yet.
    pub(super) fn by(mut request: Request) -> (Self, Body) {
        request.extensions_mut().insert(ReaderLanguage::default());
        let (parts, body) = request.into_parts();
        (Self { parts, body: Bytes::new() }, body)
    }

    /// The request, once more.
    fn request(&self) -> Request {
        Request::from_parts(self.parts.clone(), self.body.clone().into())
    }

    /// A login leads back to the page that was asked for, when it was one to be shown. What was typed into a form is kept.
    async fn login_first(mut self, site: &Site) -> Response {
        if self.parts.method == Method::POST
            && let Ok(page) = self.signed_out(site).await
        {
            return page;
        }
        let page = self.parts.uri.path_and_query().filter(|_| self.parts.method == Method::GET);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(page.iter().map(|next| ("next", next.as_str())))
            .finish();
        Redirect::to(format!("/login?{query}").trim_end_matches('?')).into_response()
    }

    /// The form that somebody sent whose session had ended: to be sent again after a login elsewhere.
    async fn signed_out(&mut self, site: &Site) -> Result<Response, Failure> {
        let fields = Fields::from_request(self.request(), site).await?;
        let visit = Visit::from_request_parts(&mut self.parts, site).await?;
        let content_type = self.parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let values = SignedOut {
            path: self.parts.uri.path(),
            multipart: content_type.is_some_and(|value| value.starts_with("multipart/form-data")),
            had_file: fields.has_file(),
            typed: fields.typed().map(Hidden::from).collect(),
        };
        visit.page(StatusCode::FORBIDDEN, "signed-out", values)
    }
}

/// A handler whose failures become pages.
#[derive(Clone, Copy)]
pub(super) struct WithFailurePages<H>(pub(super) H);

impl<H: Handler<T, Site>, T: 'static> Handler<T, Site> for WithFailurePages<H> {
    type Future = BoxFuture<'static, Response>;

    fn call(self, request: Request, site: Site) -> Self::Future {
        Box::pin(async move {
            let (mut visited, body) = Visited::by(request);
            match body::read(body, site.request_timeout).await {
                Ok(bytes) => visited.body = bytes,
                Err(unread) => return Failure::from(unread).page(&site, visited).await,
            }
            let mut response = self.0.call(visited.request(), site.clone()).await;
            match response.extensions_mut().remove::<Failure>() {
                Some(failure) => failure.page(&site, visited).await,
                None => response,
            }
        })
    }
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let failure = Failure::NotFound;
    let Some((_, heading, text)) = failure.wording() else { return Ok(()) };
    all.signed_out("failure", failure.values(all.catalogue, None, heading, text)?)?;
    let typed = vec![Hidden::from(("name", samples::WORKSPACE))];
    all.signed_out("signed-out", SignedOut { path: "/workspaces", multipart: false, had_file: false, typed })
}
