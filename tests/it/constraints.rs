//! What the database refuses by itself, whatever the code above it does, and what goes with a row that is deleted.

use domain::id::Kind;
use entity::{
    event, invitation, invitation_location, location, membership, membership_location, outbox, session, user, workspace,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter,
    SqlErr,
};
use serde_json::json;
use tests::{Actor, Object, Usher, stories};
use uuid::Uuid;

stories![
    an_address_has_one_account,
    a_person_has_one_membership_and_a_workspace_one_owner,
    an_address_has_one_open_invitation_into_a_workspace,
    states_and_roles_are_of_those_there_are,
    nothing_hangs_on_what_is_not_there,
    with_a_workspace_goes_all_that_is_its_own,
    with_an_account_go_its_memberships_and_nobody_elses_history,
    with_a_location_goes_who_was_given_it_and_no_member,
];

async fn only<E: EntityTrait>(app: &Usher) -> E::Model {
    let mut rows = E::find().all(app.db()).await.expect("a table can be read");
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

/// Whether the database takes a row like this one.
async fn takes<M, A>(app: &Usher, row: M) -> Result<(), DbErr>
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait + sea_orm::ActiveModelBehavior + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    A::Entity::insert(row.into_active_model()).exec_without_returning(app.db()).await.map(drop)
}

#[track_caller]
fn is_taken_already(refused: Result<(), DbErr>) {
    let error = refused.expect_err("a second one");
    assert!(matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))), "{error}");
}

#[track_caller]
fn points_nowhere(refused: Result<(), DbErr>) {
    let error = refused.expect_err("a row that points nowhere");
    assert!(matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))), "{error}");
}

async fn an_address_has_one_account(app: Usher) {
    app.account("bob@example.com").await;
    let bob = only::<user::Entity>(&app).await;
    let other = user::Model { id: app.domain().clock.new_id(), email: "Bob@Example.COM".to_owned(), ..bob.clone() };
    is_taken_already(takes(&app, other.clone()).await);
    takes(&app, user::Model { email_key: "rob@example.com".to_owned(), ..other }).await.expect("another address");
}

async fn a_person_has_one_membership_and_a_workspace_one_owner(app: Usher) {
    app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let alice = only::<membership::Entity>(&app).await;
    let again = membership::Model { id: app.domain().clock.new_id(), role: membership::Role::User, ..alice.clone() };
    is_taken_already(takes(&app, again.clone()).await);
    let of_bob = membership::Model { user_id: bob.user_id().await, ..again };
    is_taken_already(takes(&app, membership::Model { role: membership::Role::Owner, ..of_bob.clone() }).await);
    takes(&app, of_bob).await.expect("a member who is not a second owner");
}

async fn an_address_has_one_open_invitation_into_a_workspace(app: Usher) {
    use invitation::Status::{Accepted, Confirmed, Declined, Expired, Pending, Revoked};
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    alice.invites(&acme, "bob@example.com").await;
    let first = only::<invitation::Entity>(&app).await;
    let like_it = |status| invitation::Model { id: app.domain().clock.new_id(), status, ..first.clone() };
    for open in [Pending, Confirmed] {
        is_taken_already(takes(&app, like_it(open)).await);
    }
    for closed in [Accepted, Declined, Revoked, Expired, Revoked] {
        takes(&app, like_it(closed)).await.expect("any number of closed ones");
    }
    app.ignores_mail().await;
}

async fn states_and_roles_are_of_those_there_are(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    alice.invites(&acme, "bob@example.com").await;
    for statement in [
        "UPDATE memberships SET role = 'GUEST'",
        "UPDATE invitations SET role = 'OWNER'",
        "UPDATE invitations SET status = 'OPEN'",
        "UPDATE invitations SET generation = 0",
        "UPDATE outbox SET status = 'LOST'",
        "UPDATE outbox SET kind = 'NEWSLETTER'",
        "UPDATE events SET status = 'OPEN'",
    ] {
        let error = app.db().execute_unprepared(statement).await.expect_err(statement);
        assert!(error.to_string().to_lowercase().contains("check constraint"), "{statement}: {error}");
    }
    app.ignores_mail().await;
}

async fn nothing_hangs_on_what_is_not_there(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    alice.creates_location(&acme, "Riga").await;
    alice.invites(&acme, "carl@example.com").await;
    let id = || app.domain().clock.new_id();
    let member = membership::Model {
        id: id(),
        user_id: bob.user_id().await,
        role: membership::Role::User,
        ..only::<membership::Entity>(&app).await
    };
    points_nowhere(takes(&app, membership::Model { workspace_id: id(), ..member.clone() }).await);
    points_nowhere(takes(&app, membership::Model { user_id: id(), ..member }).await);
    let riga = only::<location::Entity>(&app).await;
    points_nowhere(takes(&app, location::Model { id: id(), workspace_id: id(), ..riga.clone() }).await);
    let carl = only::<invitation::Entity>(&app).await;
    points_nowhere(takes(&app, invitation::Model { id: id(), workspace_id: id(), ..carl.clone() }).await);
    points_nowhere(takes(&app, invitation_location::Model { invitation_id: id(), location_id: riga.id }).await);
    points_nowhere(takes(&app, invitation_location::Model { invitation_id: carl.id, location_id: id() }).await);
    app.ignores_mail().await;
}

/// A member and an invited person, both with the one location; alice owns the workspace and adam invited.
async fn a_workspace_in_use(app: &Usher) -> (Object, Actor, Actor) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, membership::Role::Administrator).await;
    let bob = app.account("bob@example.com").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    for email in ["bob@example.com", "carl@example.com"] {
        let input = json!({ "email": email, "locationIds": [riga.id()] });
        let invitation = adam.invites_with(&acme, input).await.object("/invitation");
        if email == "bob@example.com" {
            bob.joins(&app.link_of(&invitation)).await.succeeds();
        }
    }
    app.run_jobs().await;
    app.ignores_mail().await;
    (acme, adam, bob)
}

fn row(workspace: &Object) -> Uuid {
    Kind::Workspace.parse(workspace.id()).expect("the id of a workspace")
}

async fn with_a_workspace_goes_all_that_is_its_own(app: Usher) {
    let (acme, _, bob) = a_workspace_in_use(&app).await;
    bob.creates_workspace("Bolt").await;
    bob.switches_to(&acme).await.succeeds();
    workspace::Entity::delete_by_id(row(&acme)).exec(app.db()).await.expect("a workspace can be deleted");
    let left = [
        app.count::<membership_location::Entity>().await,
        app.count::<location::Entity>().await,
        app.count::<invitation::Entity>().await,
        app.count::<invitation_location::Entity>().await,
        app.count::<outbox::Entity>().await,
    ];
    assert_eq!(left, [0; 5]);
    let of_bolt = only::<membership::Entity>(&app).await;
    let events = event::Entity::find().all(app.db()).await.expect("events can be read");
    assert!(events.iter().all(|event| event.workspace_id == of_bolt.workspace_id) && !events.is_empty());
    assert_eq!((app.count::<user::Entity>().await, bob.is_signed_in().await), (3, true));
    let sessions = session::Entity::find().filter(session::Column::WorkspaceId.eq(row(&acme)));
    assert_eq!(sessions.all(app.db()).await.expect("sessions can be read"), []);
}

async fn with_an_account_go_its_memberships_and_nobody_elses_history(app: Usher) {
    let (acme, adam, bob) = a_workspace_in_use(&app).await;
    let (events, invitations) = (app.count::<event::Entity>().await, app.count::<invitation::Entity>().await);
    let id = adam.user_id().await;
    user::Entity::delete_by_id(id).exec(app.db()).await.expect("an account can be deleted");
    assert!(!adam.is_signed_in().await);
    let sessions = session::Entity::find().filter(session::Column::UserId.eq(id));
    assert_eq!(sessions.all(app.db()).await.expect("sessions can be read"), []);
    let members = membership::Entity::find().all(app.db()).await.expect("memberships can be read");
    assert!(members.len() == 2 && members.iter().all(|member| member.invited_by.is_none()), "{members:?}");
    assert_eq!(bob.sees_locations(&acme).await, ["Riga"]);
    let kept = invitation::Entity::find().all(app.db()).await.expect("invitations can be read");
    assert!(kept.iter().all(|invitation| invitation.invited_by.is_none()), "{kept:?}");
    assert_eq!((app.count::<event::Entity>().await, app.count::<invitation::Entity>().await), (events, invitations));
}

async fn with_a_location_goes_who_was_given_it_and_no_member(app: Usher) {
    let (acme, _, bob) = a_workspace_in_use(&app).await;
    let riga = only::<location::Entity>(&app).await;
    riga.delete(app.db()).await.expect("a location can be deleted");
    let links = (app.count::<membership_location::Entity>().await, app.count::<invitation_location::Entity>().await);
    assert_eq!(links, (0, 0));
    assert_eq!((app.count::<membership::Entity>().await, app.count::<invitation::Entity>().await), (3, 2));
    assert!(bob.sees_locations(&acme).await.is_empty());
}
