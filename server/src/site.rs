//! Site: what every handler is given.

use std::{path::Path, sync::Arc, time::Duration};

use domain::App;
use ipnet::IpNet;
use url::Url;
use worker::{
    Captured, MailSettings, Queue,
    templates::{Escape, TemplateError, Templates},
};

use crate::{
    Playground,
    graphql::{self, DocumentList, Documents, Feed, Sessions, Timing, UsherSchema},
    pages::documents,
};

/// What differs between one server and another.
#[derive(Debug)]
pub struct SiteOptions<'a> {
    /// What links begin with; the origin that browsers must name.
    pub public_url: Url,
    /// Where mail is kept, if it is: then it is shown at /mail.
    pub captured: Option<Captured>,
    /// The templates of mails, for samples of them.
    pub mails: MailSettings,
    /// Whether the schema can be asked for.
    pub introspection: bool,
    /// The only documents that are executed; none means any.
    pub documents: Option<DocumentList>,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long connections that stay open may be silent.
    pub timing: Timing,
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
    /// The templates of mails, for samples of them.
    pub mails: Arc<MailSettings>,
    /// The GraphQL schema with its resolvers.
    pub schema: UsherSchema,
    /// The documents that can be executed.
    pub(crate) documents: Arc<Documents>,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long connections that stay open may be silent.
    pub timing: Timing,
    /// Hands new events to subscriptions; somebody has to run it.
    pub feed: Feed,
    /// The sessions behind open WebSockets; somebody has to run it.
    pub sessions: Sessions,
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
        let own = documents(options.templates, options.playground.is_some());
        let schema = graphql::schema(options.introspection);
        Ok(Self {
            documents: Arc::new(Documents::new(options.documents, &own, schema.field_types())),
            schema,
            request_timeout: options.request_timeout,
            timing: options.timing,
            feed: Feed::default(),
            sessions: Sessions::default(),
            pages: Arc::new(pages(options.templates)?),
            templates: options.templates.map(Arc::from),
            public_url: Arc::new(options.public_url),
            trusted_proxies: Arc::from(options.trusted_proxies),
            captured: options.captured,
            mails: Arc::new(options.mails),
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
