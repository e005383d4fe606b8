//! The pages people see in a browser: plain HTML forms that work without JavaScript. GET shows and changes nothing; POST
//! acts through the same domain functions as the API.

mod account;
mod cancel_deletion;
mod console;
mod csrf;
mod failure;
mod forgot;
mod form;
mod home;
mod join;
mod label;
mod link;
mod live;
mod login;
mod logout;
mod mail;
mod next;
mod playground;
mod reason;
mod refusal;
mod register;
mod reset;
mod samples;
mod verify;
mod visit;

use std::path::Path;

use axum::{
    Router,
    extract::{Request, State},
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};

pub use self::playground::Playground;

use self::failure::{Failure, Visited, WithFailurePages as Page};
use crate::Site;

/// What a page may load and send: its own stylesheet and script, its own forms, events from its own server.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                              connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The routes of all pages.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/", get(Page(home::show)))
        .route("/join/{token}", get(Page(join::show)).post(Page(join::reply)))
        .route("/login", get(Page(login::show)).post(Page(login::submit)))
        .route("/logout", get(home::instead).post(Page(logout::submit)))
        .route("/register", get(Page(register::show)).post(Page(register::submit)))
        .route("/forgot", get(Page(forgot::show)).post(Page(forgot::submit)))
        .route("/reset/{token}", get(Page(reset::show)).post(Page(reset::submit)))
        .route("/cancel-deletion/{token}", get(Page(cancel_deletion::show)).post(Page(cancel_deletion::submit)))
        .route("/verify/{token}", get(Page(verify::show)).post(Page(verify::submit)))
        .route("/workspaces", get(home::instead).post(Page(home::create_workspace)))
        .route("/workspaces/{id}", get(home::instead).post(Page(home::act)))
        .route("/assets/usher.css", get(stylesheet))
        .route("/assets/usher.js", get(script))
        .merge(account::routes())
        .merge(console::routes())
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::map_response(secured))
}

/// The routes of captured mail.
pub(crate) fn mail_routes() -> Router<Site> {
    mail::routes().method_not_allowed_fallback(wrong_method).layer(middleware::map_response(secured))
}

/// The routes of the playground.
pub(crate) fn playground_routes() -> Router<Site> {
    playground::routes().method_not_allowed_fallback(wrong_method).layer(middleware::map_response(secured))
}

/// The documents that our own pages send, those of the playground among them where it is served.
pub(crate) fn documents(templates: Option<&Path>, with_playground: bool) -> Vec<String> {
    let of_playground = if with_playground { playground::documents(templates) } else { Vec::new() };
    live::DOCUMENTS.into_iter().map(str::to_owned).chain(of_playground).collect()
}

/// The page for a path that leads nowhere.
pub(crate) async fn not_found(State(site): State<Site>, request: Request) -> Response {
    secured(failed(Failure::NotFound, &site, request).await).await
}

/// The page for a method that a path does not take.
async fn wrong_method(State(site): State<Site>, request: Request) -> Response {
    failed(Failure::WrongMethod, &site, request).await
}

async fn failed(failure: Failure, site: &Site, request: Request) -> Response {
    let (visited, _) = Visited::by(request);
    failure.page(site, visited).await
}

async fn stylesheet(State(site): State<Site>) -> Response {
    asset(&site, "page/usher.css", "text/css; charset=utf-8")
}

async fn script(State(site): State<Site>) -> Response {
    asset(&site, "page/usher.js", "text/javascript; charset=utf-8")
}

fn asset(site: &Site, path: &str, content_type: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "public, max-age=3600")];
    match worker::templates::file(path, site.templates.as_deref()) {
        Some(text) => (headers, text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Adds the headers that every page carries. A path may hold a token, so no page is stored and no path is told to
/// another site; `same-origin` and not `no-referrer`, with which a browser would post `Origin: null`.
async fn secured(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
