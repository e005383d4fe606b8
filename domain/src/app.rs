//! App: the one bag of dependencies that every function of the domain is given.

use std::sync::Arc;

use sea_orm::DatabaseConnection;

use crate::{
    Result,
    clock::Clock,
    config::{MailConfig, Rules},
    doorbell::Doorbell,
    gather::Gathered,
    outbox::HandOff,
    password::Passwords,
    rate_limit::Limits,
    token::Keys,
};

/// What the domain works with. Cheap to clone; clones are the same App.
#[derive(Clone, Debug)]
pub struct App {
    /// The database.
    pub db: DatabaseConnection,
    /// Where time comes from.
    pub clock: Clock,
    /// Keys of links.
    pub keys: Arc<Keys>,
    /// Hashes and verifies passwords.
    pub passwords: Passwords,
    /// Says "look" to whoever listens.
    pub doorbell: Doorbell,
    /// Takes newly promised mails straight to the queue.
    pub hand_off: HandOff,
    /// How often things may be done.
    pub limits: Limits,
    /// How mail is tried.
    pub mail: Arc<MailConfig>,
    /// What was decided about invitations, sessions and workspaces.
    pub rules: Rules,
    /// Reads for many requests at once what each of them asks first.
    pub(crate) gathered: Gathered,
}

impl App {
    /// Puts an App together; `hand_off` is the end whose other one the queue holds.
    pub fn new(
        db: DatabaseConnection,
        clock: Clock,
        keys: Keys,
        hand_off: HandOff,
        limits: Limits,
        mail: MailConfig,
        rules: Rules,
    ) -> Result<Self> {
        Ok(Self {
            gathered: Gathered::new(&db),
            db,
            clock,
            keys: Arc::new(keys),
            passwords: Passwords::new()?,
            doorbell: Doorbell::default(),
            hand_off,
            limits,
            mail: Arc::new(mail),
            rules,
        })
    }
}
