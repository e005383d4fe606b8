//! /playground: GraphiQL with the session of the browser, and a few operations to begin with.

use std::path::Path;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use domain::{
    config::ConfigError,
    id::Kind,
    session::{self, Viewer},
};
use serde::Serialize;

use super::{
    failure::{Failure, WithFailurePages as Page},
    samples::Samples,
    visit::{Segment, Visit},
};
use crate::Site;

/// Where the releases of npm can be read by URL.
const NPM: &str = "https://cdn.jsdelivr.net/npm/";
/// Where a folder of packages is served.
const OWN: &str = "/playground/assets/";

/// A file of a package that GraphiQL needs.
struct Part {
    package: &'static str,
    version: &'static str,
    path: &'static str,
    /// What the browser holds the file from elsewhere against.
    integrity: &'static str,
}

/// React before those who use it. The tests install these versions too (tests/clients/package.json).
const PARTS: [Part; 4] = [
    Part {
        package: "react",
        version: "18.3.1",
        path: "umd/react.production.min.js",
        integrity: "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
    },
    Part {
        package: "react-dom",
        version: "18.3.1",
        path: "umd/react-dom.production.min.js",
        integrity: "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
    },
    Part {
        package: "graphiql",
        version: "4.1.2",
        path: "graphiql.min.js",
        integrity: "sha384-9XdHu7ajgGJziD4J1zNBKQ842Q/+zZfDv+ib1eMhZWBH6hPAs806x+Jbcf0yNO6B",
    },
    Part {
        package: "graphiql",
        version: "4.1.2",
        path: "graphiql.min.css",
        integrity: "sha384-1el1QShFBnnXTx9x/Cprg82hZWKt0ry29OAYIXt05swbi0KcZDFoj0CWguMpopJr",
    },
];

impl Part {
    fn name(&self) -> String {
        format!("{}/{}", self.package, self.path)
    }

    fn is_stylesheet(&self) -> bool {
        Path::new(self.path).extension().is_some_and(|extension| extension == "css")
    }

    fn content_type(&self) -> &'static str {
        if self.is_stylesheet() { "text/css; charset=utf-8" } else { "text/javascript; charset=utf-8" }
    }
}

/// Where the files of GraphiQL come from.
#[derive(Clone, Debug)]
pub enum Playground {
    /// The releases of npm, which the browser fetches by URL.
    Npm,
    /// These files, in the order of the parts.
    Own(Vec<Bytes>),
}

impl Playground {
    /// The files of a folder into which npm has installed the packages (`node_modules`); the error names one that is
    /// missing.
    pub fn from_folder(folder: &Path) -> Result<Self, ConfigError> {
        let read = |part: &Part| {
            let file = std::fs::read(folder.join(part.name()));
            let failed = |error| {
                let problem = format!("{} cannot be read: {error}", part.name());
                ConfigError::new("USHER_PLAYGROUND_ASSETS", problem)
            };
            file.map(Bytes::from).map_err(failed)
        };
        Ok(Self::Own(PARTS.iter().map(read).collect::<Result<_, _>>()?))
    }

    fn asset(&self, part: &Part) -> Asset {
        match self {
            Self::Npm => Asset {
                url: format!("{NPM}{}@{}/{}", part.package, part.version, part.path),
                integrity: Some(part.integrity),
            },
            Self::Own(_) => Asset { url: format!("{OWN}{}", part.name()), integrity: None },
        }
    }

    /// What the page may load: GraphiQL's files and nothing else of where they come from. Its dialogs put a style element
    /// into the page, and its fonts are inside its stylesheet.
    fn policy(&self) -> String {
        let urls = |stylesheets: bool| match self {
            Self::Npm => PARTS
                .iter()
                .filter(|part| part.is_stylesheet() == stylesheets)
                .map(|part| format!(" {}", self.asset(part).url))
                .collect(),
            Self::Own(_) => String::new(),
        };
        format!(
            "default-src 'none'; script-src 'self'{}; style-src-elem 'self' 'unsafe-inline'{}; img-src 'self' data:; \
             font-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            urls(false),
            urls(true),
        )
    }
}

/// The routes of the playground.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/playground", get(Page(show)))
        .route("/playground/playground.js", get(script))
        .route("/playground/assets/{*name}", get(Page(asset)))
}

/// The values of the page `playground`.
#[derive(Serialize)]
struct Values {
    scripts: Vec<Asset>,
    stylesheets: Vec<Asset>,
    /// The operations to begin with, with an empty line between two of them.
    operations: String,
    /// The workspace they are about.
    workspace_id: Option<String>,
}

#[derive(Serialize)]
struct Asset {
    url: String,
    integrity: Option<&'static str>,
}

/// The operations to begin with, each a document; an empty line is between two of them in their file.
pub(super) fn documents(templates: Option<&Path>) -> Vec<String> {
    let file = worker::templates::file("page/playground.graphql", templates).unwrap_or_default();
    let text = String::from_utf8_lossy(&file);
    text.split("\n\n").map(|document| document.trim().to_owned()).filter(|document| !document.is_empty()).collect()
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let playground = visit.site.playground.as_ref().ok_or(Failure::NotFound)?;
    let assets = |stylesheets: bool| {
        PARTS.iter().filter(|part| part.is_stylesheet() == stylesheets).map(|part| playground.asset(part)).collect()
    };
    let values = Values {
        scripts: assets(false),
        stylesheets: assets(true),
        operations: documents(visit.site.templates.as_deref()).join("\n\n"),
        workspace_id: match &visit.viewer {
            Some(viewer) => workspace_id(&visit, viewer).await?,
            None => None,
        },
    };
    let mut page = visit.page(StatusCode::OK, "playground", values)?;
    let policy = playground.policy().parse().map_err(domain::Error::internal)?;
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(page)
}

async fn workspace_id(visit: &Visit, viewer: &Viewer) -> Result<Option<String>, Failure> {
    let active = session::active_workspace(visit.app(), viewer).await?;
    Ok(active.map(|member| Kind::Workspace.id(member.workspace.id)))
}

async fn script(State(site): State<Site>) -> Response {
    super::asset(&site, "page/playground.js", "text/javascript; charset=utf-8")
}

/// A file out of the folder, of those that GraphiQL needs.
async fn asset(State(site): State<Site>, Segment(name): Segment) -> Result<Response, Failure> {
    let Some(Playground::Own(files)) = site.playground.as_deref() else { return Err(Failure::NotFound) };
    let mut parts = PARTS.iter().zip(files);
    let (part, bytes) = parts.find(|(part, _)| part.name() == name).ok_or(Failure::NotFound)?;
    let headers = [(CONTENT_TYPE, part.content_type()), (CACHE_CONTROL, "public, max-age=3600")];
    Ok((headers, bytes.clone()).into_response())
}

/// The page with sample data, without GraphiQL.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let (scripts, stylesheets) = (Vec::new(), Vec::new());
    all.signed_in("playground", Values { scripts, stylesheets, operations: String::new(), workspace_id: None })
}
