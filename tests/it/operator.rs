//! What the operator does with accounts, and what is told of locations that invitations named.

use std::time::Duration;

use domain::operator;
use entity::membership::Role;
use serde_json::{Value, json};
use tests::{Actor, Object, Usher, stories, unescaped};

use crate::members::{hands_over, membership_of};

stories![
    a_disabled_account_is_out_and_told_nothing,
    a_disabled_account_joins_nothing,
    nobody_hands_a_workspace_over_to_a_disabled_account,
    the_invitations_of_a_disabled_account_are_suspended,
    a_password_set_by_the_operator_ends_every_session,
    a_location_that_is_deleted_is_dropped_from_invitations_and_told,
    a_location_is_dropped_from_an_invitation_that_expired,
    the_audit_log_of_all_workspaces_is_read_in_order,
];

async fn disables(app: &Usher, email: &str, disabled: bool) {
    operator::set_disabled(app.domain(), email, disabled).await.expect("an account");
}

async fn a_disabled_account_is_out_and_told_nothing(app: Usher) {
    let bob = app.account("bob@example.com").await;
    disables(&app, "bob@example.com", true).await;
    assert!(!bob.is_signed_in().await);
    assert_eq!(bob.logs_in().await.user_error(), "INVALID_CREDENTIALS");
    bob.mutates("requestPasswordReset", json!({ "email": bob.email }), "").await.succeeds();
    app.run_jobs().await;
    app.no_more_mail();
    disables(&app, "BOB@example.com", false).await;
    bob.logs_in().await.succeeds();
    assert!(operator::set_disabled(app.domain(), "nobody@example.com", true).await.is_err());
}

async fn a_disabled_account_joins_nothing(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    disables(&app, "bob@example.com", true).await;
    // The same as for any account: a stranger with the link learns nothing by it.
    assert_eq!(bob.elsewhere().joins(&link).await.text("/nextStep"), "LOGIN");
    assert_eq!(bob.logs_in_through(&link).await.user_error(), "INVALID_CREDENTIALS");
    assert_eq!(alice.sees_member_addresses(&acme).await, ["alice@example.com"]);
    assert_eq!(alice.sees_invitation(&invitation).await.text("/status"), "PENDING");
    disables(&app, "bob@example.com", false).await;
    assert_eq!(bob.elsewhere().joins(&link).await.text("/nextStep"), "LOGIN");
    assert_eq!(alice.sees_member_addresses(&acme).await, ["alice@example.com", "bob@example.com"]);
    app.ignores_mail().await;
}

async fn nobody_hands_a_workspace_over_to_a_disabled_account(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let of_adam = membership_of(&adam, &acme).await;
    let page = format!("/w/{}/settings/ownership", acme.id());
    let can_choose_him = async || unescaped(alice.opens(&page).await.body()).contains(&of_adam);
    assert!(can_choose_him().await);
    disables(&app, "adam@example.com", true).await;
    assert!(!can_choose_him().await);
    let refused = hands_over(&alice, &acme, &of_adam).await;
    assert_eq!(
        (refused.user_error(), refused.user_error_field()),
        ("ROLE_NOT_ALLOWED".into(), "toMembershipId".into())
    );
    disables(&app, "adam@example.com", false).await;
    hands_over(&alice, &acme, &of_adam).await.succeeds();
}

async fn the_invitations_of_a_disabled_account_are_suspended(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let (invitation, link) = adam.sends_link(&acme, "bob@example.com").await;
    let bob = app.account("bob@example.com").await;
    disables(&app, "adam@example.com", true).await;
    assert_eq!(bob.joins(&link).await.user_error(), "INVITATION_SUSPENDED");
    alice.resends(&invitation).await.succeeds();
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "OPEN_WORKSPACE");
    app.ignores_mail().await;
}

async fn a_password_set_by_the_operator_ends_every_session(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let new = "set by the operator";
    operator::reset_password(app.domain(), "bob@example.com", &new.into()).await.expect("an account");
    assert!(!bob.is_signed_in().await);
    assert_eq!(bob.logs_in().await.user_error(), "INVALID_CREDENTIALS");
    bob.with_password(new).logs_in().await.succeeds();
    app.run_jobs().await;
    assert_eq!(app.mail_to("bob@example.com").subject(), "Your password was changed");
}

async fn dropped_locations(actor: &Actor, invitation: &Object) -> Value {
    let query = "query($id: ID!) { node(id: $id) { ... on Invitation { droppedLocations } } }";
    let answer = actor.graphql(query, json!({ "id": invitation.id() })).await;
    answer.data("/node/droppedLocations").clone()
}

async fn a_location_is_dropped_from_an_invitation_that_expired(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let input = json!({ "email": "bob@example.com", "locationIds": [riga.id()] });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    app.clock_moves(Duration::from_hours(8 * 24));
    worker::sweep(app.domain()).await.expect("a sweep");
    alice.logs_in().await.succeeds();
    assert_eq!(alice.sees_invitation(&invitation).await.text("/status"), "EXPIRED");
    alice.deletes_location(&riga).await.succeeds();
    alice.resends(&invitation).await.succeeds();
    assert_eq!(dropped_locations(&alice, &invitation).await, json!(["Riga"]));
    app.ignores_mail().await;
}

async fn a_location_that_is_deleted_is_dropped_from_invitations_and_told(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let oslo = alice.creates_location(&acme, "Oslo").await;
    let input = json!({ "email": "bob@example.com", "locationIds": [riga.id(), oslo.id()] });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    alice.deletes_location(&riga).await.succeeds();
    assert_eq!(alice.sees_invitation(&invitation).await.texts("/locations", "/name"), ["Oslo"]);
    assert_eq!(dropped_locations(&alice, &invitation).await, json!(["Riga"]));
    let bob = app.account("bob@example.com").await;
    assert_eq!(dropped_locations(&bob, &invitation).await, json!([]));
    let list = format!("/w/{}/invitations", acme.id());
    for page in [&list, &format!("{list}/{}", invitation.id())] {
        let page = alice.opens(page).await;
        assert!(page.body().contains("without Riga, deleted since"), "{}", page.body());
    }
    app.ignores_mail().await;
    let query =
        "query($id: ID!) { workspace(id: $id) { events(first: 100) { nodes { type summary invitation { id } } } } }";
    let events = alice.graphql(query, json!({ "id": acme.id() })).await.object("/workspace").list("/events/nodes");
    let told = events.iter().find(|event| event.text("/type") == "invitation.location_deleted").expect("an event");
    assert_eq!(told.text("/invitation/id"), invitation.id());
    assert_eq!(
        told.text("/summary"),
        "The location Riga was deleted; it is no longer part of the invitation of bob@example.com."
    );
}

async fn the_audit_log_of_all_workspaces_is_read_in_order(app: Usher) {
    let (_, acme) = app.owner("alice@example.com", "Acme").await;
    let (olga, _) = app.owner("olga@example.com", "Other").await;
    olga.creates_workspace("Third").await;
    app.run_jobs().await;
    let names = async |workspace, since| {
        let told = operator::audit(app.domain(), workspace, since, 0).await.expect("the audit log");
        let name = |(event, actor): &operator::Told| {
            let by = actor.as_ref().map_or("nobody", |user| user.email.as_str());
            format!("{} by {by}", event.details["name"].as_str().unwrap_or("?"))
        };
        told.iter().map(name).collect::<Vec<_>>()
    };
    let all = ["Acme by alice@example.com", "Other by olga@example.com", "Third by olga@example.com"];
    assert_eq!(names(None, None).await, all);
    let id = domain::id::Kind::Workspace.parse(acme.id()).expect("an id");
    assert_eq!(names(Some(id), None).await, all[..1]);
    assert_eq!(names(None, Some(app.now() + chrono::TimeDelta::seconds(1))).await, [""; 0]);
}
