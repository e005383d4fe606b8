//! Failures that no form can show: what went wrong in place of a page, and the page that says so.

use std::time::Duration;

use axum::{
    extract::{Request, rejection::FormRejection},
    handler::Handler,
    http::{Method, StatusCode, header::RETRY_AFTER},
    response::{Html, IntoResponse, Redirect, Response},
};
use domain::Error;
use futures::future::BoxFuture;
use serde::Serialize;
use worker::templates::TemplateError;

use super::visit::Frame;
use crate::Site;

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
    /// Input that no form of ours sends, with what is wrong with it.
    BadInput(String),
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
            Error::User(_) => Self::BadInput(error.to_string()),
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
        Self::BadInput("This form could not be read. Go back and send it again.".to_owned())
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
struct Values<'a> {
    heading: &'a str,
    text: &'a str,
}

impl Failure {
    /// Status, heading and text; none when another page helps more.
    fn wording(&self) -> Option<(StatusCode, &'static str, &str)> {
        Some(match self {
            Self::SignInFirst => return None,
            Self::NotFound => {
                (StatusCode::NOT_FOUND, "Page not found", "There is nothing here, or nothing that you may see.")
            }
            Self::Forbidden => {
                (StatusCode::FORBIDDEN, "Not allowed", "Your role in this workspace does not include this page.")
            }
            Self::ForgedForm => (
                StatusCode::FORBIDDEN,
                "Please send the form again",
                "It was open for too long, or did not come from this site. Nothing was changed. Go back, reload the page \
                 and try again; cookies must be allowed.",
            ),
            Self::BadInput(problem) => (StatusCode::BAD_REQUEST, "This did not work", problem),
            Self::RateLimited(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "Too many attempts", "Wait a little, then try again.")
            }
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong",
                "The fault is ours, not yours. Try again in a moment.",
            ),
        })
    }

    /// The page that says what went wrong.
    pub(super) fn page(&self, site: &Site, visited: &Visited) -> Response {
        let Some((status, heading, text)) = self.wording() else { return visited.to_login() };
        let mut response = match site.pages.render("failure", &Frame::anonymous(Values { heading, text })) {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the page of a failure failed");
                (status, text.to_owned()).into_response()
            }
        };
        if let Self::RateLimited(retry_after) = self {
            // Rounded up: a moment too early would only be refused again.
            response.headers_mut().insert(RETRY_AFTER, (retry_after.as_secs() + 1).into());
        }
        response
    }
}

/// The page that was asked for, when it was one to be shown: a login leads back to it.
pub(super) struct Visited(Option<String>);

impl Visited {
    /// The page that `request` asks for.
    pub(super) fn by(request: &Request) -> Self {
        let path = request.uri().path_and_query().map(ToString::to_string);
        Self(path.filter(|_| request.method() == Method::GET))
    }

    fn to_login(&self) -> Response {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.0.iter().map(|next| ("next", next)))
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
            let visited = Visited::by(&request);
            let mut response = self.0.call(request, site.clone()).await;
            match response.extensions_mut().remove::<Failure>() {
                Some(failure) => failure.page(&site, &visited),
                None => response,
            }
        })
    }
}
