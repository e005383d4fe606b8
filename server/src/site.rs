//! Site: what every handler is given.

use std::{path::Path, sync::Arc};

use domain::App;
use ipnet::IpNet;
use url::Url;
use worker::{
    Captured, Queue,
    templates::{Escape, TemplateError, Templates},
};

use crate::{
    Playground,
    graphql::{self, Feed, UsherSchema},
};

/// What differs between one server and another.
#[derive(Clone)]
pub struct SiteOptions<'a> {
    /// What links begin with; the origin that browsers must name.
    pub public_url: Url,
    /// Where mail is kept, if it is: then it is shown at /mail.
    pub captured: Option<Captured>,
    /// Whether the schema can be asked for.
    pub introspection: bool,
    /// A folder whose templates take the place of the built-in ones.
    pub templates: Option<&'a Path>,
    /// The proxies in front, whose word counts for where a request comes from.
    pub trusted_proxies: &'a [IpNet],
    /// Where the files of GraphiQL come from, if it is served.
    pub playground: Option<Playground>,
}

/// What every handler is given. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    /// What the domain works with.
    pub app: App,
    /// The queue of mail jobs, for /readyz.
    pub queue: Queue,
    /// What links begin with.
    pub public_url: Arc<Url>,
    /// Where mail is kept, if it is.
    pub captured: Option<Captured>,
    /// The GraphQL schema with its resolvers.
    pub schema: UsherSchema,
    /// Hands new events to subscriptions; somebody has to run it.
    pub feed: Feed,
    /// A folder whose files take the place of the built-in ones.
    pub templates: Option<Arc<Path>>,
    /// The proxies in front, whose word counts for where a request comes from.
    pub trusted_proxies: Arc<[IpNet]>,
    /// Where the files of GraphiQL come from, if it is served.
    pub playground: Option<Arc<Playground>>,
    /// The templates of pages, by file name without `.html.hbs`.
    pub pages: Arc<Templates>,
}

impl Site {
    /// Puts a site together; fails when one of the templates does not compile.
    pub fn new(app: App, queue: Queue, options: SiteOptions<'_>) -> Result<Self, TemplateError> {
        Ok(Self {
            schema: graphql::schema(options.introspection),
            feed: Feed::default(),
            pages: Arc::new(pages(options.templates)?),
            templates: options.templates.map(Arc::from),
            public_url: Arc::new(options.public_url),
            trusted_proxies: Arc::from(options.trusted_proxies),
            captured: options.captured,
            playground: options.playground.map(Arc::new),
            app,
            queue,
        })
    }

    /// Whether browsers reach this site over https: then cookies are for https only.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// The templates of pages; `overrides` is a folder whose files take the place of the built-in ones.
pub(crate) fn pages(overrides: Option<&Path>) -> Result<Templates, TemplateError> {
    Templates::load("page", ".html.hbs", Escape::Html, overrides)
}
