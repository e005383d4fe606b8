//! What Usher does: accounts, workspaces, invitations, the outbox of mails, and the events that tell of it all.
//!
//! Knows no HTTP, no GraphQL, no SMTP and no queue. Callers hand in who acts and in which workspace; every function
//! answers with a row, a view of rows, or an [`Error`].

mod app;
pub mod audience;
pub mod client;
pub mod clock;
pub mod config;
pub mod db;
pub mod doorbell;
pub mod email_address;
mod error;
pub mod event;
mod gather;
pub mod id;
pub mod invitation;
pub mod location;
pub mod mail;
pub mod membership;
pub mod operator;
pub mod outbox;
pub mod page;
pub mod password;
pub mod password_reset;
pub mod policy;
pub mod rate_limit;
pub mod registration;
pub mod session;
pub mod test_mail;
pub mod text;
pub mod token;
pub mod user;
pub mod workspace;

pub use app::App;
pub use error::{Code, Error, Result, UserError};
