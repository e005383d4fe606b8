//! The rules that are settings, as the program itself keeps them: when sessions and workspaces end, and how many seats
//! there are.

use chrono::{DateTime, TimeDelta, Utc};
use entity::session::{self, Column};
use sea_orm::{DatabaseConnection, EntityTrait, sea_query::Expr};
use serde_json::json;
use tests::{Actor, Object, Program, stories};

use crate::deletion::deletes;

stories![alone: a_program_keeps_the_rules_of_its_settings, a_program_without_settings_keeps_the_defaults];

fn up() -> Program {
    Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0")
}

/// The only session there is.
async fn session(db: &DatabaseConnection) -> session::Model {
    let found = session::Entity::find().one(db).await.expect("sessions can be read");
    found.expect("a session")
}

/// How long a session of that age lasts from its beginning to its end, once it is used.
async fn length(db: &DatabaseConnection, alice: &Actor, age: TimeDelta) -> TimeDelta {
    let begun = session(db).await.created_at - age;
    let aged = session::Entity::update_many()
        .col_expr(Column::CreatedAt, Expr::value(begun))
        .col_expr(Column::LastSeenAt, Expr::value(begun));
    aged.exec(db).await.expect("a session can be made older");
    assert!(alice.is_signed_in().await);
    session(db).await.expires_at - begun
}

/// For how many hours a workspace is kept that is deleted within an hour of the login.
async fn grace(db: &DatabaseConnection, alice: &Actor, workspace: &Object) -> i64 {
    let deleted = deletes(alice, workspace).await;
    let ends: DateTime<Utc> = deleted.text("/deletion/deletesAt").parse().expect("a time");
    (ends - session(db).await.created_at).num_hours()
}

async fn a_program_keeps_the_rules_of_its_settings() {
    let up = up().with("USHER_SEATS", "2").with("USHER_DELETION_GRACE", "3d");
    let usher = up.with("USHER_SESSION_IDLE", "2h").with("USHER_SESSION_MAX", "3h").starts().await;
    let alice = usher.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    alice.invites(&acme, "bob@example.com").await;
    let refused = alice.invites_with(&acme, json!({ "email": "carol@example.com" })).await;
    assert_eq!(refused.user_error(), "SEAT_LIMIT_REACHED");
    let db = usher.database().await;
    assert_eq!(grace(&db, &alice, &acme).await, 3 * 24);
    let begun = session(&db).await;
    assert_eq!(begun.expires_at - begun.last_seen_at, TimeDelta::hours(2));
    assert_eq!(length(&db, &alice, TimeDelta::minutes(150)).await, TimeDelta::hours(3));
}

async fn a_program_without_settings_keeps_the_defaults() {
    let usher = up().starts().await;
    let alice = usher.account("alice@example.com").await;
    let acme = alice.creates_workspace("Acme").await;
    for email in ["bob@example.com", "carol@example.com"] {
        alice.invites(&acme, email).await;
    }
    let db = usher.database().await;
    assert_eq!(grace(&db, &alice, &acme).await, 5 * 24);
    let begun = session(&db).await;
    assert_eq!(begun.expires_at - begun.last_seen_at, TimeDelta::days(30));
    assert_eq!(length(&db, &alice, TimeDelta::days(350)).await, TimeDelta::days(365));
}
