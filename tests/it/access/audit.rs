//! The audit log: each mutation that changes something of a workspace says who did it, when, and what was before and is
//! after; the others say nothing.

use std::collections::BTreeSet;

use domain::operator;
use entity::membership::Role;
use entity::{event, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use tests::{Usher, stories};

use super::served::Served;
use super::stage::{COLUMNS, People, Stage};
use crate::members::leaves;

stories![
    every_change_says_what_was_before_and_is_after,
    every_mutation_is_a_change_or_none,
    an_adoption_names_the_former_and_the_new_inviter,
];

/// Who calls, what, and what is written, as `who: type: before → after`; `nothing` is no value.
const CHANGES: [(&str, &str, &[&str]); 25] = [
    ("owner", r#"createWorkspace(input: {name: "New"})"#, &["Olga: workspace.created: nothing → New"]),
    (
        "administrator",
        r#"updateWorkspace(input: {workspaceId: $workspace, name: "Other"})"#,
        &["Adam: workspace.renamed: Acme → Other"],
    ),
    (
        "administrator",
        "updateWorkspace(input: {workspaceId: $workspace, language: null})",
        &["Adam: workspace.language_changed: lv → nothing"],
    ),
    (
        "owner",
        "transferOwnership(input: {workspaceId: $workspace, toMembershipId: $administrator, password: $password})",
        &["Olga: workspace.handed_over: Olga → Tina"],
    ),
    (
        "owner",
        "deleteWorkspace(input: {workspaceId: $workspace, password: $password})",
        &["Olga: workspace.deleted: nothing → 2026-03-07T09:00:00Z"],
    ),
    (
        "administrator",
        "cancelWorkspaceDeletion(input: {workspaceId: $deleted})",
        &["Adam: workspace.deletion_cancelled: 2026-03-03T09:00:00Z → nothing"],
    ),
    (
        "nobody",
        "cancelWorkspaceDeletion(input: {token: $deletion_link})",
        &["nobody: workspace.deletion_cancelled: 2026-03-03T09:00:00Z → nothing"],
    ),
    (
        "owner",
        r#"createLocation(input: {workspaceId: $workspace, name: "Oslo", address: "Karl Johans gate 1"})"#,
        &["Olga: location.created: nothing → Oslo, Karl Johans gate 1"],
    ),
    (
        "owner",
        r#"updateLocation(input: {locationId: $location, address: "Elizabetes iela 2"})"#,
        &["Olga: location.updated: Riga, Brīvības iela 1 → Riga, Elizabetes iela 2"],
    ),
    (
        "owner",
        "deleteLocation(input: {locationId: $location})",
        &["Olga: location.deleted: Riga, Brīvības iela 1 → nothing"],
    ),
    (
        "owner",
        "updateMember(input: {membershipId: $user, role: ADMINISTRATOR})",
        &["Olga: member.updated: USER (Riga) → ADMINISTRATOR"],
    ),
    (
        "owner",
        "updateMember(input: {membershipId: $user, locationIds: []})",
        &["Olga: member.updated: USER (Riga) → USER"],
    ),
    ("owner", "removeMember(input: {membershipId: $user})", &["Olga: member.removed: USER (Riga) → nothing"]),
    ("user at Riga", "leaveWorkspace(input: {workspaceId: $workspace})", &["Rita: member.left: USER (Riga) → nothing"]),
    (
        "owner",
        r#"sendInvitation(input: {workspaceId: $workspace, email: "new@example.com"})"#,
        &["Olga: invitation.sent: nothing → PENDING"],
    ),
    (
        "owner",
        r#"sendInvitations(input: {workspaceId: $workspace, invitations: [{email: "new@example.com"}]})"#,
        &["Olga: invitation.sent: nothing → PENDING"],
    ),
    (
        "administrator",
        "resendInvitation(input: {invitationId: $invitation})",
        &["Adam: invitation.resent: PENDING until 2026-03-09T09:00:00Z → PENDING until 2026-03-09T09:00:00Z"],
    ),
    (
        "administrator",
        "revokeInvitation(input: {invitationId: $invitation})",
        &["Adam: invitation.revoked: PENDING → REVOKED"],
    ),
    (
        "owner",
        "dismissLinkRequest(input: {invitationId: $requested})",
        &["Olga: invitation.request_dismissed: REQUESTED → DISMISSED"],
    ),
    ("invited", "declineInvitation(input: {token: $link})", &["Ivan: invitation.declined: PENDING → DECLINED"]),
    ("nobody", "joinWorkspace(input: {token: $guest_link})", &["nobody: invitation.confirmed: PENDING → CONFIRMED"]),
    (
        "invited",
        "acceptInvitation(input: {invitationId: $invitation})",
        &["Ivan: invitation.accepted: PENDING → ACCEPTED", "Ivan: member.joined: nothing → USER (Riga)"],
    ),
    (
        "invited",
        "login(input: {email: $email, password: $password, invitationToken: $link})",
        &["Ivan: invitation.accepted: PENDING → ACCEPTED", "Ivan: member.joined: nothing → USER (Riga)"],
    ),
    (
        "nobody",
        r#"register(input: {email: $guest, name: "Guest", password: "long enough", invitationToken: $guest_link})"#,
        &["Guest: invitation.accepted: PENDING → ACCEPTED", "Guest: member.joined: nothing → USER (Riga)"],
    ),
    ("nobody", "requestLink(input: {token: $dead_link})", &["nobody: invitation.link_requested: nothing → REQUESTED"]),
];

/// What the owner does without changing anything of a workspace.
const QUIET: [&str; 13] = [
    r#"verifyEmail(input: {token: $verification, password: "long enough"})"#,
    "requestPasswordReset(input: {email: $email})",
    r#"resetPassword(input: {token: $reset, password: "long enough"})"#,
    r#"updateViewer(input: {name: "Olga"})"#,
    "switchWorkspace(input: {workspaceId: $workspace})",
    "sendTestMail(input: {workspaceId: $workspace})",
    r#"updateWorkspace(input: {workspaceId: $workspace, name: "Acme"})"#,
    "updateWorkspace(input: {workspaceId: $workspace, language: LV})",
    "updateMember(input: {membershipId: $user, locationIds: [$location]})",
    "changePassword(input: {currentPassword: $password, newPassword: $password})",
    "revokeOtherSessions",
    "revokeSession(input: {sessionId: $session})",
    "logout",
];

async fn every_change_says_what_was_before_and_is_after(app: Usher) {
    let people = People::arrive(&app).await;
    let quiet = QUIET.iter().map(|call| ("owner", *call, &[][..]));
    for (who, call, expected) in CHANGES.into_iter().chain(quiet) {
        let position = COLUMNS.iter().position(|column| *column == who).expect("a column of the table");
        let asker = &people.askers()[position];
        if who == "owner" {
            asker.logs_in().await.succeeds();
        }
        let mut stage = Stage::set(&app, &people).await;
        let filled = stage.fill(call, asker).await;
        let before = app.count::<event::Entity>().await;
        asker.calls(&filled, "userErrors { code message field }").await.succeeds();
        assert_eq!(written(&app, before).await, expected, "{call}");
    }
    app.ignores_mail().await;
}

/// What was written after so many events.
async fn written(app: &Usher, before: u64) -> Vec<String> {
    let rows = event::Entity::find().order_by_asc(event::Column::Drawn).all(app.db()).await;
    let mut written = Vec::new();
    for row in rows.expect("events can be read").into_iter().skip(usize::try_from(before).expect("a few")) {
        assert_eq!(row.occurred_at, app.now());
        let summary = domain::event::summary(&row);
        assert!(summary.ends_with('.') && !summary.contains('?'), "{summary}");
        let by = user::Entity::find().filter(user::Column::Id.eq(row.actor_id)).one(app.db()).await;
        let by = by.expect("accounts can be read").map_or("nobody".to_owned(), |user| user.name);
        let [before, after] = ["before", "after"].map(|when| domain::event::state(&row, when));
        let word = |state: Option<String>| state.unwrap_or_else(|| "nothing".to_owned());
        written.push(format!("{by}: {}: {} → {}", row.kind, word(before), word(after)));
    }
    written
}

async fn an_adoption_names_the_former_and_the_new_inviter(app: Usher) {
    let (olga, acme) = app.owner("olga@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let invitation = adam.invites(&acme, "bob@example.com").await;
    leaves(&adam, &acme).await.succeeds();
    let so_far = app.count::<event::Entity>().await;
    olga.resends(&invitation).await.succeeds();
    let term = "PENDING until 2026-03-09T09:00:00Z, invited by";
    let adopted = format!("Olga: invitation.resent: {term} Adam → {term} Olga");
    assert_eq!(written(&app, so_far).await, [adopted]);
    app.run_jobs().await;
    let query = "query($id: ID!) { workspace(id: $id) { events(last: 50) { nodes { type before after } } } }";
    let events = olga.graphql(query, json!({ "id": acme.id() })).await.object("/workspace").list("/events/nodes");
    let told = events.iter().find(|event| event.text("/type") == "invitation.resent").expect("the adoption");
    assert_eq!([told.text("/before"), told.text("/after")], [format!("{term} Adam"), format!("{term} Olga")]);
    let exported = operator::audit(app.domain(), None, None, 0).await.expect("the audit log");
    let details = exported.into_iter().map(|(event, _)| event.details).find(|details| details["adopted"] == true);
    assert_eq!(details.expect("the adoption")["former"], "Adam");
    let page = olga.opens(&format!("/w/{}/settings/audit", acme.id())).await.into_body();
    assert!(page.contains("sent again and adopted from Adam."), "{page}");
    app.ignores_mail().await;
}

async fn every_mutation_is_a_change_or_none(app: Usher) {
    let calls = CHANGES.iter().map(|(_, call, _)| *call).chain(QUIET);
    let named: BTreeSet<String> = calls.map(|call| call.split('(').next().unwrap_or(call).to_owned()).collect();
    let served = Served::by(&app).await;
    let served: BTreeSet<String> =
        served.fields().filter_map(|field| field.strip_prefix("Mutation.").map(str::to_owned)).collect();
    let missing: Vec<_> = served.difference(&named).collect();
    assert!(missing.is_empty(), "neither in CHANGES nor in QUIET: {missing:?}");
}
