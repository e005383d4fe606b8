//! Members: who may change and remove whom, and leaving.

use entity::membership::Role;
use entity::session;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tests::{Actor, Answer, MEMBERSHIP, Object, Usher, stories};

stories![
    owner_and_administrators_change_roles,
    an_administrator_does_not_touch_the_owner,
    the_owner_stays_the_owner,
    a_user_changes_nobody,
    a_member_of_another_workspace_does_not_exist,
    who_is_not_signed_in_manages_nobody,
    a_removed_member_loses_the_workspace_at_once,
    an_administrator_may_remove_himself_and_a_user_leaves,
    a_removed_member_reads_nothing_more_by_the_old_invitation,
    a_removed_member_is_invited_again,
    an_invitation_of_an_inviter_who_lost_the_right_is_suspended,
    what_happens_to_members_is_in_the_audit_log,
    a_change_that_changes_nothing_is_no_event,
];

pub(crate) async fn updates(actor: &Actor, member: &str, mut changes: Value) -> Answer {
    changes["membershipId"] = json!(member);
    actor.mutates("updateMember", changes, &format!("membership {{ {MEMBERSHIP} }}")).await
}

pub(crate) async fn removes(actor: &Actor, member: &str) -> Answer {
    actor.mutates("removeMember", json!({ "membershipId": member }), "removedMembershipId").await
}

pub(crate) async fn leaves(actor: &Actor, workspace: &Object) -> Answer {
    actor.mutates("leaveWorkspace", json!({ "workspaceId": workspace.id() }), "").await
}

pub(crate) async fn hands_over(actor: &Actor, workspace: &Object, to: &str) -> Answer {
    let input = json!({ "workspaceId": workspace.id(), "toMembershipId": to, "password": actor.password });
    actor.mutates("transferOwnership", input, "workspace { id viewerRole }").await
}

/// The id of somebody's membership, as the owner of the address sees it.
pub(crate) async fn membership_of(actor: &Actor, workspace: &Object) -> String {
    let members = actor.sees_members(workspace).await;
    let own = members.iter().find(|member| member.text("/user/email") == actor.email);
    own.expect("a member of this workspace").id().to_owned()
}

pub(crate) async fn role_of(actor: &Actor, workspace: &Object) -> String {
    actor.sees_workspace(workspace).await.text("/viewerRole").to_owned()
}

pub(crate) fn outcome(answer: &Answer) -> (String, String) {
    (answer.user_error(), answer.user_error_field())
}

pub(crate) fn is(code: &str, field: &str) -> (String, String) {
    (code.to_owned(), field.to_owned())
}

async fn owner_and_administrators_change_roles(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let of_uma = membership_of(&uma, &acme).await;
    for manager in [&alice, &adam] {
        let promoted = updates(manager, &of_uma, json!({ "role": "ADMINISTRATOR" })).await.object("/membership");
        assert_eq!((promoted.id(), promoted.text("/role")), (of_uma.as_str(), "ADMINISTRATOR"));
        assert_eq!(role_of(&uma, &acme).await, "ADMINISTRATOR");
        assert_eq!(updates(manager, &of_uma, json!({ "role": "USER" })).await.text("/membership/role"), "USER");
        assert_eq!(role_of(&uma, &acme).await, "USER");
    }
    let own = updates(&adam, &membership_of(&adam, &acme).await, json!({ "role": "USER" })).await;
    assert_eq!(own.text("/membership/role"), "USER");
    assert_eq!(updates(&adam, &of_uma, json!({ "role": "USER" })).await.error_code(), "FORBIDDEN");
}

async fn an_administrator_does_not_touch_the_owner(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let of_alice = membership_of(&alice, &acme).await;
    for changes in
        [json!({ "role": "USER" }), json!({ "role": "ADMINISTRATOR" }), json!({ "locationIds": [] }), json!({})]
    {
        assert_eq!(outcome(&updates(&adam, &of_alice, changes).await), is("ROLE_NOT_ALLOWED", "membershipId"));
    }
    assert_eq!(outcome(&removes(&adam, &of_alice).await), is("ROLE_NOT_ALLOWED", "membershipId"));
    assert_eq!(role_of(&alice, &acme).await, "OWNER");
}

async fn the_owner_stays_the_owner(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let of_alice = membership_of(&alice, &acme).await;
    for role in ["ADMINISTRATOR", "USER"] {
        assert_eq!(outcome(&updates(&alice, &of_alice, json!({ "role": role })).await), is("LAST_OWNER", "role"));
    }
    assert_eq!(outcome(&removes(&alice, &of_alice).await), is("LAST_OWNER", "membershipId"));
    let unchanged = updates(&alice, &of_alice, json!({ "role": null, "locationIds": null })).await;
    assert_eq!(unchanged.text("/membership/role"), "OWNER");
    // Not even the schema knows a way to make somebody an owner.
    assert_eq!(updates(&alice, &of_alice, json!({ "role": "OWNER" })).await.error_code(), "BAD_USER_INPUT");
}

async fn a_user_changes_nobody(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let ugo = app.member("ugo@example.com", &acme, Role::User).await;
    for member in [&alice, &ugo, &uma] {
        let id = membership_of(member, &acme).await;
        assert_eq!(updates(&uma, &id, json!({ "role": "ADMINISTRATOR" })).await.error_code(), "FORBIDDEN");
        assert_eq!(updates(&uma, &id, json!({ "locationIds": [] })).await.error_code(), "FORBIDDEN");
        assert_eq!(removes(&uma, &id).await.error_code(), "FORBIDDEN");
        assert_eq!(hands_over(&uma, &acme, &id).await.error_code(), "FORBIDDEN");
    }
    assert_eq!(alice.sees_members(&acme).await.len(), 3);
}

async fn a_member_of_another_workspace_does_not_exist(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (mallory, other) = app.owner("mallory@example.com", "Mallory's").await;
    let of_alice = membership_of(&alice, &acme).await;
    for answer in [
        updates(&mallory, &of_alice, json!({ "role": "USER" })).await,
        removes(&mallory, &of_alice).await,
        leaves(&mallory, &acme).await,
        hands_over(&mallory, &acme, &of_alice).await,
        hands_over(&mallory, &other, &of_alice).await,
        updates(&mallory, acme.id(), json!({ "role": "USER" })).await,
        removes(&mallory, other.id()).await,
    ] {
        assert_eq!(answer.error_code(), "NOT_FOUND");
    }
    // In both workspaces: the membership of one is none of the other.
    let dora = app.member("dora@example.com", &acme, Role::Administrator).await;
    let of_dora = membership_of(&dora, &acme).await;
    let beta = alice.creates_workspace("Beta").await;
    assert_eq!(hands_over(&alice, &beta, &of_dora).await.error_code(), "NOT_FOUND");
    assert_eq!(removes(&alice, "not an id").await.error_code(), "BAD_USER_INPUT");
}

async fn who_is_not_signed_in_manages_nobody(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (of_alice, nobody) = (membership_of(&alice, &acme).await, alice.elsewhere());
    for answer in [
        updates(&nobody, &of_alice, json!({ "role": "USER" })).await,
        removes(&nobody, &of_alice).await,
        leaves(&nobody, &acme).await,
        hands_over(&nobody, &acme, &of_alice).await,
    ] {
        assert_eq!(answer.error_code(), "UNAUTHENTICATED");
    }
}

async fn a_removed_member_loses_the_workspace_at_once(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let (phone, laptop) = (uma.elsewhere(), uma.elsewhere());
    for client in [&uma, &phone, &laptop] {
        client.logs_in().await.succeeds();
        client.switches_to(&acme).await.succeeds();
    }
    laptop.creates_workspace("Uma's").await;
    let of_uma = membership_of(&uma, &acme).await;
    assert_eq!(removes(&alice, &of_uma).await.text("/removedMembershipId"), of_uma);

    assert_eq!((uma.sees_active_workspace().await, phone.sees_active_workspace().await), (None, None));
    assert!(uma.sees_workspace(&acme).await.is_null());
    assert_eq!(uma.switches_to(&acme).await.error_code(), "NOT_FOUND");
    assert_eq!(laptop.sees_active_workspace().await.as_deref(), Some("Uma's"), "another workspace stays");
    let switched = session::Entity::find().filter(session::Column::WorkspaceId.is_not_null()).count(app.db()).await;
    assert_eq!(switched.expect("sessions can be counted"), 2, "Alice's, and Uma's with her own workspace");
    assert_eq!(alice.sees_member_addresses(&acme).await, ["alice@example.com"]);
    assert_eq!(removes(&alice, &of_uma).await.error_code(), "NOT_FOUND");
}

async fn an_administrator_may_remove_himself_and_a_user_leaves(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    for member in [&adam, &uma] {
        member.switches_to(&acme).await.succeeds();
    }
    removes(&adam, &membership_of(&adam, &acme).await).await.succeeds();
    leaves(&uma, &acme).await.succeeds();
    for member in [&adam, &uma] {
        assert_eq!(member.sees_active_workspace().await, None);
        assert!(member.sees_workspace(&acme).await.is_null());
        assert_eq!(leaves(member, &acme).await.error_code(), "NOT_FOUND");
    }
    assert_eq!(alice.sees_member_addresses(&acme).await, ["alice@example.com"]);
}

async fn a_removed_member_reads_nothing_more_by_the_old_invitation(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let bob = app.account("bob@example.com").await;
    let input = json!({ "email": "bob@example.com", "locationIds": [riga.id()] });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    let locations = async |viewer: &Actor| {
        let seen = viewer.sees_invitation(&invitation).await.list("/locations");
        seen.iter().map(|location| location.text("/name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(locations(&bob).await, ["Riga"]);
    bob.joins(&app.link_of(&invitation)).await.succeeds();
    assert_eq!(locations(&bob).await, ["Riga"]);
    removes(&alice, &membership_of(&bob, &acme).await).await.succeeds();
    assert_eq!(locations(&bob).await, [""; 0]);
    assert_eq!(locations(&alice).await, ["Riga"]);
    let kept = bob.sees_invitation(&invitation).await;
    assert_eq!((kept.text("/status"), kept.text("/workspace/name")), ("ACCEPTED", "Acme"));
    app.ignores_mail().await;
}

async fn a_removed_member_is_invited_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    bob.joins(&link).await.succeeds();
    removes(&alice, &membership_of(&bob, &acme).await).await.succeeds();
    assert_eq!(bob.joins(&link).await.user_error(), "INVITATION_ALREADY_ACCEPTED");
    let (_, fresh) = alice.sends_link(&acme, "bob@example.com").await;
    assert_eq!(bob.joins(&fresh).await.text("/nextStep"), "OPEN_WORKSPACE");
    app.ignores_mail().await;
}

async fn an_invitation_of_an_inviter_who_lost_the_right_is_suspended(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let bob = app.account("bob@example.com").await;
    let (invitation, link) = adam.sends_link(&acme, "bob@example.com").await;
    updates(&alice, &membership_of(&adam, &acme).await, json!({ "role": "USER" })).await.succeeds();
    assert_eq!(bob.joins(&link).await.user_error(), "INVITATION_SUSPENDED");
    alice.resends(&invitation).await.succeeds();
    bob.joins(&link).await.succeeds();
    app.ignores_mail().await;
}

/// The last events of a workspace: type, summary and who did it.
async fn last_events(app: &Usher, actor: &Actor, workspace: &Object, count: usize) -> Vec<[String; 3]> {
    app.run_jobs().await;
    let query = "query($id: ID!, $count: Int) { workspace(id: $id) { events(last: $count) { nodes { \
                 type summary actor { name } } } } }";
    let answer = actor.graphql(query, json!({ "id": workspace.id(), "count": count })).await;
    let events = answer.object("/workspace").list("/events/nodes");
    events.iter().map(|event| ["/type", "/summary", "/actor/name"].map(|path| event.text(path).to_owned())).collect()
}

async fn what_happens_to_members_is_in_the_audit_log(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (riga, oslo) = (alice.creates_location(&acme, "Riga").await, alice.creates_location(&acme, "Oslo").await);
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let ugo = app.member("ugo@example.com", &acme, Role::User).await;
    let (of_uma, of_adam) = (membership_of(&uma, &acme).await, membership_of(&adam, &acme).await);
    updates(&adam, &of_uma, json!({ "locationIds": [riga.id(), oslo.id()] })).await.succeeds();
    updates(&adam, &of_uma, json!({ "role": "ADMINISTRATOR" })).await.succeeds();
    hands_over(&alice, &acme, &of_adam).await.succeeds();
    removes(&adam, &of_uma).await.succeeds();
    leaves(&ugo, &acme).await.succeeds();
    let events = last_events(&app, &adam, &acme, 5).await;
    let expected = [
        ["member.updated", "Uma was changed from USER to USER (Oslo, Riga).", "Adam"],
        ["member.updated", "Uma was changed from USER (Oslo, Riga) to ADMINISTRATOR.", "Adam"],
        ["workspace.handed_over", "The ownership went from Alice to Adam.", "Alice"],
        ["member.removed", "Uma was removed.", "Adam"],
        ["member.left", "Ugo left.", "Ugo"],
    ];
    assert_eq!(events, expected.map(|event| event.map(str::to_owned)));
}

async fn a_change_that_changes_nothing_is_no_event(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let of_uma = membership_of(&uma, &acme).await;
    for nothing in [json!({}), json!({ "role": "USER" }), json!({ "locationIds": [] })] {
        updates(&alice, &of_uma, nothing).await.succeeds();
    }
    assert_eq!(last_events(&app, &alice, &acme, 9).await.len(), 1, "only that the workspace was created");
}
