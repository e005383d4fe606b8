//! What resolvers take out of a request: the App, who is signed in, and how to answer with a cookie.

use std::sync::Arc;

use async_graphql::{Context, Result};
use domain::{App, Error, client::Client, session::Viewer};
use entity::language::Language;

use super::error::shown;
use crate::Site;

/// Who sends a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asker {
    /// Who is signed in.
    pub(crate) viewer: Option<Arc<Viewer>>,
    /// Where it comes from.
    pub(crate) client: Client,
    /// The language it asks for.
    pub(crate) language: Option<Language>,
}

/// The parts of a request that resolvers use.
pub(crate) trait RequestContext {
    /// What every handler is given.
    fn site(&self) -> &Site;
    /// Who sends the request.
    fn asker(&self) -> &Asker;

    /// What the domain works with.
    fn app(&self) -> &App {
        &self.site().app
    }

    /// Where the request comes from.
    fn client(&self) -> &Client {
        &self.asker().client
    }

    /// Who is signed in, if anybody.
    fn viewer(&self) -> Option<&Viewer> {
        self.asker().viewer.as_deref()
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

    fn asker(&self) -> &Asker {
        self.data_unchecked()
    }
}
