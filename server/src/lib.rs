//! The API, the pages and the program `usher`.

pub mod auth;
mod body;
pub mod cli;
mod client;
mod connections;
pub mod graphql;
mod health;
mod http;
mod language;
mod metrics;
mod pages;
mod shutdown;
mod site;
mod telemetry;

pub use connections::Connections;
pub use graphql::{DocumentList, Timing};
pub use http::router;
pub use pages::Playground;
pub use site::{Site, SiteOptions};
