//! Failures that no form can show: what went wrong in place of a page, and the page that says so.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Request, rejection::FormRejection},
    handler::Handler,
    http::{Method, StatusCode, header::RETRY_AFTER, request::Parts},
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
    refusal,
    samples::Samples,
    visit::{Frame, InvitationLanguage, Visit},
};
use crate::{Site, language};

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
            Self::RateLimited(_) => {
                (StatusCode::TOO_MANY_REQUESTS, Key("failure-rate-limited"), Key("failure-rate-limited-text"))
            }
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, Key("failure-internal"), Key("failure-internal-text"))
            }
        })
    }

    fn values(&self, catalogue: &Catalogue, heading: Key, text: Key) -> Result<Values, TemplateError> {
        let text = match self {
            Self::Refused(errors) => {
                errors.iter().map(|error| refusal::text(catalogue, error)).collect::<Vec<_>>().join(" ")
            }
            Self::RateLimited(retry_after) => {
                let seconds = retry_after.as_secs().max(1);
                let (seconds, minutes) = (json!(seconds), json!(seconds.div_ceil(60)));
                catalogue.text(text.0, [("seconds", &seconds), ("minutes", &minutes)])?
            }
            _ => catalogue.text(text.0, [])?,
        };
        Ok(Values { heading, text })
    }

    /// The page that says what went wrong, to whoever sent the request.
    pub(super) async fn page(&self, site: &Site, mut visited: Visited) -> Response {
        let Some((status, heading, text)) = self.wording() else { return visited.to_login() };
        let shown = match Visit::from_request_parts(&mut visited.0, site).await {
            Ok(visit) => match self.values(visit.catalogue(), heading, text) {
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
        let language = language::accepted(&visited.0.headers).unwrap_or_default();
        let values = self.values(site.pages.catalogue(language), heading, text)?;
        let html = site.pages.render(language, "failure", &Frame::without_visit(None, values))?;
        Ok((status, Html(html)).into_response())
    }
}

/// What a failure's page needs to know of the request: all but its body.
pub(super) struct Visited(Parts);

impl Visited {
    /// What `request` says, and the request.
    pub(super) fn by(mut request: Request) -> (Self, Request) {
        request.extensions_mut().insert(InvitationLanguage::default());
        let (parts, body) = request.into_parts();
        (Self(parts.clone()), Request::from_parts(parts, body))
    }

    /// A login leads back to the page that was asked for, when it was one to be shown.
    fn to_login(&self) -> Response {
        let page = self.0.uri.path_and_query().filter(|_| self.0.method == Method::GET);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(page.iter().map(|next| ("next", next.as_str())))
            .finish();
        Redirect::to(format!("/login?{query}").trim_end_matches('?')).into_response()
    }
}

/// A handler whose failures become pages.
#[derive(Clone, Copy)]
pub(super) struct WithFailurePages<H>(pub(super) H);

impl<H: Handler<T, Site>, T: 'static> Handler<T, Site> for WithFailurePages<H> {
    type Future = BoxFuture<'static, Response>;

    fn call(self, request: Request, site: Site) -> Self::Future {
        Box::pin(async move {
            let (visited, request) = Visited::by(request);
            let mut response = self.0.call(request, site.clone()).await;
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
    all.signed_out("failure", failure.values(all.catalogue, heading, text)?)
}
