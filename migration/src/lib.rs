//! The schema of Usher's database, one file a migration, the same for SQLite and PostgreSQL but for one function.
//!
//! What must never happen is refused here, by constraints: two accounts for one address, two open invitations for one
//! address in one workspace, two memberships of one person, two owners, a state that does not exist.

mod allow;
mod column;
mod m0001_accounts;
mod m0002_members;
mod m0003_invitations;
mod m0004_outbox;
mod m0005_events;
mod m0006_mail_history;
mod m0007_deletion;
mod m0008_seats;
mod m0009_disabled_accounts;
mod m0011_languages;
mod m0012_opt_outs;
mod m0013_link_requests;
mod m0014_events_of_person;
mod m0015_interruptions;
mod m0016_numbering;
mod m0017_number_events;
mod m0018_retries_and_stops;

use sea_orm_migration::{MigrationTrait, async_trait};
pub use sea_orm_migration::{MigratorTrait, sea_orm::DbErr};

/// All migrations, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_accounts::Migration),
            Box::new(m0002_members::Migration),
            Box::new(m0003_invitations::Migration),
            Box::new(m0004_outbox::Migration),
            Box::new(m0005_events::Migration),
            Box::new(m0006_mail_history::Migration),
            Box::new(m0007_deletion::Migration),
            Box::new(m0008_seats::Migration),
            Box::new(m0009_disabled_accounts::Migration),
            Box::new(m0011_languages::Migration),
            Box::new(m0012_opt_outs::Migration),
            Box::new(m0013_link_requests::Migration),
            Box::new(m0014_events_of_person::Migration),
            Box::new(m0015_interruptions::Migration),
            Box::new(m0016_numbering::Migration),
            Box::new(m0017_number_events::Migration),
            Box::new(m0018_retries_and_stops::Migration),
        ]
    }
}
