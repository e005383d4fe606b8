//! Ids that cannot be read, are of another type or lead nowhere: the field of the input is named, and nothing is written.

use domain::id::Kind;
use entity::invitation;
use serde_json::{Value, json};
use tests::{Usher, stories};

stories![
    an_id_that_leads_nowhere_is_named_by_its_field,
    an_unreadable_id_in_a_list_is_named_by_its_row,
    an_unreadable_id_of_a_query_is_named_by_its_argument,
];

/// Each mutation that is given one id: its field, what that points to, and what else it needs.
fn inputs() -> [(&'static str, &'static str, Kind, Value); 16] {
    let none = || json!({});
    [
        ("sendInvitation", "workspaceId", Kind::Workspace, json!({ "email": "bob@example.com" })),
        ("sendInvitations", "workspaceId", Kind::Workspace, json!({ "invitations": [{ "email": "bob@example.com" }] })),
        ("resendInvitation", "invitationId", Kind::Invitation, none()),
        ("revokeInvitation", "invitationId", Kind::Invitation, none()),
        ("dismissLinkRequest", "invitationId", Kind::Invitation, none()),
        ("acceptInvitation", "invitationId", Kind::Invitation, none()),
        ("declineInvitation", "invitationId", Kind::Invitation, none()),
        ("createLocation", "workspaceId", Kind::Workspace, json!({ "name": "Riga" })),
        ("updateLocation", "locationId", Kind::Location, json!({ "name": "Riga" })),
        ("deleteLocation", "locationId", Kind::Location, none()),
        ("updateMember", "membershipId", Kind::Membership, json!({ "role": "USER" })),
        ("removeMember", "membershipId", Kind::Membership, none()),
        ("updateWorkspace", "workspaceId", Kind::Workspace, json!({ "name": "Acme" })),
        ("switchWorkspace", "workspaceId", Kind::Workspace, none()),
        ("revokeSession", "sessionId", Kind::Session, none()),
        ("sendTestMail", "workspaceId", Kind::Workspace, none()),
    ]
}

async fn an_id_that_leads_nowhere_is_named_by_its_field(app: Usher) {
    let (alice, _) = app.owner("alice@example.com", "Acme").await;
    let nobody = app.domain().clock.new_id();
    for (mutation, field, kind, rest) in inputs() {
        for (id, code) in [
            ("not an id".to_owned(), "BAD_USER_INPUT"),
            (Kind::Event.id(nobody), "NOT_FOUND"),
            (kind.id(nobody), "NOT_FOUND"),
        ] {
            let mut input = rest.clone();
            input[field] = json!(id);
            let answer = alice.mutates(mutation, input, "__typename").await;
            assert_eq!((answer.error_code(), answer.error_field()), (code.to_owned(), field.to_owned()), "{mutation}");
        }
    }
}

async fn an_unreadable_id_in_a_list_is_named_by_its_row(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let wrong = json!({ "email": "bob@example.com", "locationIds": ["not an id"] });
    let single = alice.invites_with(&acme, wrong.clone()).await;
    assert_eq!((single.error_code().as_str(), single.error_field().as_str()), ("BAD_USER_INPUT", "locationIds"));
    let rows = json!([{ "email": "carl@example.com" }, wrong]);
    let bulk = alice.invites_many(&acme, rows, None).await;
    assert_eq!(bulk.error_code(), "BAD_USER_INPUT");
    assert_eq!(bulk.error_field(), "invitations.1.locationIds");
    assert_eq!(app.count::<invitation::Entity>().await, 0);
}

async fn an_unreadable_id_of_a_query_is_named_by_its_argument(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let answer = alice.graphql("{ workspace(id: \"not an id\") { name } }", json!({})).await;
    assert_eq!((answer.error_code().as_str(), answer.error_field().as_str()), ("BAD_USER_INPUT", "id"));
}
