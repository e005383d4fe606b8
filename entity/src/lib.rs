//! The tables of Usher, one a file. `migration` makes them; nothing here decides anything.

pub mod bulk_send;
pub mod event;
pub mod invitation;
pub mod invitation_location;
pub mod language;
pub mod link_request;
pub mod location;
pub mod membership;
pub mod membership_location;
pub mod numbering;
pub mod opt_out;
pub mod outbox;
pub mod password_reset;
pub mod registration;
pub mod session;
pub mod user;
pub mod worker;
pub mod workspace;
