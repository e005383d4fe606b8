//! What resolvers take out of a request: the App, who is signed in, and how to answer with a cookie.

use std::sync::Arc;

use async_graphql::{Context, Result};
use domain::{App, Error, session::Viewer};
use entity::language::Language;

use super::error::shown;
use crate::Site;

/// What a request says about its sender.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    /// Who is signed in.
    pub(crate) viewer: Option<Arc<Viewer>>,
    /// What the client calls itself.
    pub(crate) user_agent: Option<String>,
    /// The language it asks for.
    pub(crate) language: Option<Language>,
}

/// The parts of a request that resolvers use.
pub(crate) trait RequestContext {
    /// What every handler is given.
    fn site(&self) -> &Site;
    /// What the request says about its sender.
    fn client(&self) -> &Client;

    /// What the domain works with.
    fn app(&self) -> &App {
        &self.site().app
    }

    /// Who is signed in, if anybody.
    fn viewer(&self) -> Option<&Viewer> {
        self.client().viewer.as_deref()
    }

    /// Who is signed in; UNAUTHENTICATED when nobody is.
    fn signed_in(&self) -> Result<&Viewer> {
        self.viewer().ok_or_else(|| shown(Error::Unauthenticated))
    }
}

impl RequestContext for Context<'_> {
    fn site(&self) -> &Site {
        self.data_unchecked()
    }

    fn client(&self) -> &Client {
        self.data_unchecked()
    }
}
