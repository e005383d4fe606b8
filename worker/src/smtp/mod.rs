//! SMTP: connections of our own to one mail server, few, kept and shared, and what its answers mean for a mail.
//! Why not lettre's: docs/decisions/0003-smtp-connections.md.

mod answer;
mod budget;
mod connection;
mod failure;
mod letter;
mod open;
mod pool;
pub(crate) mod roots;
mod server;
mod wire;

#[cfg(test)]
mod tests;

pub(crate) use letter::Letter;
pub(crate) use pool::Pool;
pub(crate) use server::Server;
