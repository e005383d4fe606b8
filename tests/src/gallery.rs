//! A gallery: pages as the app answered them, whatever it took to get there, shown to a real browser.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{Request, Response, StatusCode};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::Usher;

/// Pages by their names: that of the template, and after a dot what is special about it.
#[derive(Clone, Default)]
pub struct Gallery(Vec<(String, Response<String>)>);

impl Gallery {
    /// Adds a page.
    pub fn add(&mut self, name: &str, page: Response<String>) {
        assert!(page.body().starts_with("<!doctype html>"), "{name} is no page: {} {}", page.status(), page.body());
        assert!(self.0.iter().all(|(other, _)| other != name), "{name} is there twice");
        self.0.push((name.to_owned(), page));
    }

    /// The names of the pages.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The names of the templates that the pages are made of.
    pub fn templates(&self) -> BTreeSet<String> {
        self.names().filter_map(|name| name.split('.').next()).map(str::to_owned).collect()
    }

    /// The pages, by their names.
    pub fn pages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, page)| (name.as_str(), page.body().as_str()))
    }

    /// Shows the pages over the network, each under its name, with the stylesheet and the script of the app.
    pub async fn opens(&self, app: &Usher) -> OpenGallery {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on the loopback");
        let port = listener.local_addr().expect("the address of a listener").port();
        let router = Router::new().route("/{name}", get(page)).route("/assets/{name}", get(asset));
        let router = router.with_state((Arc::new(self.clone()), app.clone()));
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await });
        OpenGallery { url: format!("http://localhost:{port}"), _serving: serving }
    }
}

/// A gallery that can be visited, until it is dropped.
pub struct OpenGallery {
    /// Where it is.
    pub url: String,
    _serving: JoinSet<std::io::Result<()>>,
}

async fn page(State((gallery, _)): State<(Arc<Gallery>, Usher)>, Path(name): Path<String>) -> Response<Body> {
    let Some((_, page)) = gallery.0.iter().find(|(other, _)| *other == name) else {
        return Response::builder().status(StatusCode::NOT_FOUND).body(Body::empty()).expect("a response");
    };
    let policy = page.headers()[CONTENT_SECURITY_POLICY].clone();
    let shown = Response::builder().header(CONTENT_TYPE, "text/html; charset=utf-8");
    shown.header(CONTENT_SECURITY_POLICY, policy).body(page.body().clone().into()).expect("a response")
}

async fn asset(State((_, app)): State<(Arc<Gallery>, Usher)>, Path(name): Path<String>) -> Response<String> {
    app.request(Request::get(format!("/assets/{name}")).body(Body::empty()).expect("a request")).await
}
