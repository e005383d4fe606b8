//! A deleted workspace: there for nobody at once, kept by a link or by an administrator, and gone when its grace is over.

use std::time::Duration;

use domain::workspace;
use entity::{event, invitation, location, membership, membership::Role, outbox};
use serde_json::{Value, json};
use tests::{Actor, Answer, EventStream, Object, Serving, UserError, Usher, at_once, stories};

stories![
    a_deleted_workspace_is_there_for_no_member,
    nothing_of_a_deleted_workspace_can_be_read_or_changed,
    an_invitation_into_a_deleted_workspace_is_there_for_nobody,
    owner_and_administrators_are_mailed_a_link_that_keeps_it,
    mail_that_waits_is_cancelled,
    the_link_of_an_invitation_is_dead_until_the_workspace_is_kept,
    the_link_keeps_it_once,
    an_administrator_keeps_it_without_a_link,
    only_the_owner_deletes_and_only_with_the_password,
    after_its_grace_it_is_deleted_for_good,
    a_link_of_an_earlier_deletion_is_dead,
    an_invitation_does_not_expire_unseen_while_its_workspace_is_deleted,
    who_follows_is_told_how_invitations_stand_when_it_is_kept,
    a_session_goes_on_elsewhere,
    deleting_twice_at_once_deletes_once,
    the_page_of_the_link_keeps_it_when_its_button_is_pressed,
];

pub(crate) const GRACE: Duration = Duration::from_hours(5 * 24);

pub(crate) async fn deletes(actor: &Actor, workspace: &Object) -> Answer {
    let input = json!({ "workspaceId": workspace.id(), "password": actor.password });
    actor.mutates("deleteWorkspace", input, "deletion { workspaceId workspaceName deletesAt }").await
}

pub(crate) async fn keeps(actor: &Actor, input: Value) -> Answer {
    actor.mutates("cancelWorkspaceDeletion", input, "workspace { id name viewerRole }").await
}

async fn keeps_by(actor: &Actor, link: &str) -> Answer {
    keeps(actor, json!({ "token": link.rsplit('/').next() })).await
}

async fn deletions(actor: &Actor) -> Vec<Object> {
    let answer = actor.graphql("{ viewer { workspaceDeletions { workspaceId workspaceName deletesAt } } }", json!({}));
    answer.await.object("/viewer").list("/workspaceDeletions")
}

async fn a_deleted_workspace_is_there_for_no_member(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let deleted = deletes(&alice, &acme).await;
    assert_eq!(deleted.text("/deletion/workspaceName"), "Acme");
    assert_eq!(deleted.text("/deletion/deletesAt"), "2026-03-07T09:00:00+00:00");
    for member in [&alice, &adam, &uma] {
        let viewer = member.sees_viewer().await;
        let seen = (member.sees_workspace(&acme).await.is_null(), viewer.at("/activeWorkspace").is_null());
        assert_eq!(seen, (true, true));
        let listed = (viewer.at("/workspaces/totalCount"), viewer.list("/workspaces/nodes").len());
        assert_eq!(listed, (&json!(0), 0));
        assert_eq!(member.switches_to(&acme).await.error_code(), "NOT_FOUND");
    }
    app.ignores_mail().await;
}

async fn nothing_of_a_deleted_workspace_can_be_read_or_changed(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let of_uma = crate::members::membership_of(&uma, &acme).await;
    let account = domain::id::Kind::User.id(uma.user_id().await);
    deletes(&alice, &acme).await.succeeds();
    for id in [riga.id(), of_uma.as_str(), invitation.id(), account.as_str()] {
        let node = alice.graphql("query($id: ID!) { node(id: $id) { id __typename } }", json!({ "id": id })).await;
        assert_eq!(node.data("/node"), &Value::Null);
    }
    let bob = json!({ "email": "new@example.com" });
    let refused = [
        alice.renames_workspace(&acme, "Other").await,
        alice.revokes(&invitation).await,
        alice.resends(&invitation).await,
        alice.invites_with(&acme, bob.clone()).await,
        alice.invites_many(&acme, json!([bob]), None).await,
        alice.deletes_location(&riga).await,
        crate::members::removes(&alice, &of_uma).await,
        deletes(&alice, &acme).await,
    ];
    assert_eq!(refused.map(|answer| answer.error_code()), ["NOT_FOUND"; 8]);
    app.ignores_mail().await;
}

async fn an_invitation_into_a_deleted_workspace_is_there_for_nobody(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    let bob = app.account("bob@example.com").await;
    deletes(&alice, &acme).await.succeeds();
    assert_eq!(bob.sees_viewer().await.at("/invitations/totalCount"), &json!(0));
    assert!(bob.sees_invitation(&invitation).await.is_null());
    assert!(bob.looks_at(&link).await.is_null());
    assert_eq!(bob.accepts_by_id(&invitation).await.error_code(), "NOT_FOUND");
    app.ignores_mail().await;
}

async fn owner_and_administrators_are_mailed_a_link_that_keeps_it(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    deletes(&alice, &acme).await.succeeds();
    app.run_jobs().await;
    app.mail_to("alice@example.com");
    let mail = app.mail_to("adam@example.com");
    app.no_more_mail();
    assert_eq!(mail.subject(), "Acme was deleted");
    assert!(mail.text().contains("7 March 2026, 09:00 UTC"), "{}", mail.text());
    assert!(mail.link().starts_with("http://usher.test/cancel-deletion/"), "{}", mail.link());
    let kept = keeps_by(&app.visitor("adam@example.com"), &mail.link()).await;
    assert_eq!((kept.text("/workspace/name").as_str(), kept.data("/workspace/viewerRole")), ("Acme", &Value::Null));
    for member in [&alice, &adam, &uma] {
        assert_eq!(member.sees_workspace(&acme).await.text("/name"), "Acme");
    }
    assert_eq!(alice.sees_active_workspace().await.as_deref(), Some("Acme"));
}

async fn mail_that_waits_is_cancelled(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    deletes(&alice, &acme).await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("alice@example.com").link();
    app.no_more_mail();
    keeps_by(&alice, &link).await.succeeds();
    let after = alice.sees_invitation(&invitation).await;
    assert_eq!((after.text("/status"), after.text("/delivery/status")), ("PENDING", "CANCELLED"));
    alice.resends(&invitation).await.succeeds();
    app.run_jobs().await;
    let bob = app.visitor("bob@example.com");
    assert_eq!(bob.joins(&app.mail_to("bob@example.com").link()).await.text("/nextStep"), "REGISTER");
}

async fn the_link_of_an_invitation_is_dead_until_the_workspace_is_kept(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let bob = app.visitor("bob@example.com");
    deletes(&alice, &acme).await.succeeds();
    assert_eq!(bob.joins(&link).await.user_error(), "TOKEN_INVALID");
    assert_eq!(bob.declines(&link).await.user_error(), "TOKEN_INVALID");
    assert_eq!(bob.registers_through(&link).await.user_error(), "TOKEN_INVALID");
    keeps(&alice, json!({ "workspaceId": acme.id() })).await.succeeds();
    bob.registers_through(&link).await.succeeds();
    bob.logs_in().await.succeeds();
    assert_eq!(bob.sees_active_workspace().await.as_deref(), Some("Acme"));
    app.ignores_mail().await;
}

async fn the_link_keeps_it_once(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (_, invitation) = alice.sends_link(&acme, "bob@example.com").await;
    deletes(&alice, &acme).await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("alice@example.com").link();
    let mangled = &link[..link.len() - 1];
    for bad in [invitation.as_str(), mangled, "http://usher.test/cancel-deletion/nothing"] {
        assert_eq!(keeps_by(&alice, bad).await.user_error(), "TOKEN_INVALID");
    }
    assert_eq!(alice.joins(&link).await.user_error(), "TOKEN_INVALID", "a link for one thing is none for another");
    keeps_by(&alice, &link).await.succeeds();
    assert_eq!(
        keeps_by(&alice, &link).await.user_errors(),
        [UserError { code: "TOKEN_INVALID".to_owned(), field: "token".to_owned() }]
    );
}

async fn an_administrator_keeps_it_without_a_link(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let (olga, _) = app.owner("olga@example.com", "Other").await;
    deletes(&alice, &acme).await.succeeds();
    assert_eq!(deletions(&adam).await[0].text("/workspaceId"), acme.id());
    for other in [&uma, &olga] {
        assert_eq!(deletions(other).await, []);
        assert_eq!(keeps(other, json!({ "workspaceId": acme.id() })).await.error_code(), "NOT_FOUND");
    }
    let nobody = app.visitor("x@example.com");
    assert_eq!(keeps(&nobody, json!({ "workspaceId": acme.id() })).await.error_code(), "UNAUTHENTICATED");
    assert_eq!(keeps(&adam, json!({})).await.error_code(), "BAD_USER_INPUT");
    let kept = keeps(&adam, json!({ "workspaceId": acme.id() })).await;
    assert_eq!(kept.text("/workspace/viewerRole"), "ADMINISTRATOR");
    assert_eq!(keeps(&adam, json!({ "workspaceId": acme.id() })).await.error_code(), "NOT_FOUND");
    app.run_jobs().await;
    app.no_more_mail();
    let query = "query($id: ID!) { workspace(id: $id) { events(last: 2) { nodes { type summary actor { email } } } } }";
    let events = adam.graphql(query, json!({ "id": acme.id() })).await.object("/workspace").list("/events/nodes");
    let told: Vec<_> = events.iter().map(|event| (event.text("/type"), event.text("/actor/email"))).collect();
    let expected = [("workspace.deleted", "alice@example.com"), ("workspace.deletion_cancelled", "adam@example.com")];
    assert_eq!(told, expected);
}

async fn who_follows_is_told_how_invitations_stand_when_it_is_kept(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let cursor = bob.graphql("{ viewer { eventCursor } }", json!({})).await.data("/viewer/eventCursor").clone();
    let invitation = alice.invites(&acme, "bob@example.com").await;
    deletes(&alice, &acme).await.succeeds();
    app.clock_moves(GRACE - Duration::from_mins(5));
    keeps(&alice, json!({ "workspaceId": acme.id() })).await.succeeds();
    alice.revokes(&invitation).await.succeeds();
    let served = app.serves(Serving::default()).await;
    let follow = "subscription($after: String) { viewerInvitations(after: $after) { status deliveryStatus } }";
    let mut events = EventStream::open(served.address.clone(), &bob, follow, json!({ "after": cursor })).await;
    for told in [["PENDING", "QUEUED"], ["PENDING", "CANCELLED"], ["REVOKED", "CANCELLED"]] {
        let event = events.next().await;
        let change = &event["data"]["viewerInvitations"];
        assert_eq!([&change["status"], &change["deliveryStatus"]], told);
    }
    app.ignores_mail().await;
}

async fn an_invitation_does_not_expire_unseen_while_its_workspace_is_deleted(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    app.clock_moves(Duration::from_hours(3 * 24));
    deletes(&alice, &acme).await.succeeds();
    app.clock_moves(GRACE - Duration::from_mins(5));
    worker::sweep(app.domain()).await.expect("a sweep");
    keeps(&alice, json!({ "workspaceId": acme.id() })).await.succeeds();
    worker::sweep(app.domain()).await.expect("a sweep");
    assert_eq!(alice.sees_invitation(&invitation).await.text("/status"), "EXPIRED");
    app.ignores_mail().await;
    let query = "query($id: ID!) { workspace(id: $id) { events(last: 3) { nodes { type } } } }";
    let events = alice.graphql(query, json!({ "id": acme.id() })).await.object("/workspace");
    let expected = ["invitation.kept", "workspace.deletion_cancelled", "invitation.expired"];
    assert_eq!(events.texts("/events/nodes", "/type"), expected);
}

async fn only_the_owner_deletes_and_only_with_the_password(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let (olga, _) = app.owner("olga@example.com", "Other").await;
    assert_eq!(deletes(&adam, &acme).await.error_code(), "FORBIDDEN");
    assert_eq!(deletes(&uma, &acme).await.error_code(), "FORBIDDEN");
    assert_eq!(deletes(&olga, &acme).await.error_code(), "NOT_FOUND");
    assert_eq!(deletes(&app.visitor("x@example.com"), &acme).await.error_code(), "UNAUTHENTICATED");
    let input = json!({ "workspaceId": acme.id(), "password": "not the password" });
    let refused = alice.mutates("deleteWorkspace", input, "deletion { workspaceId }").await;
    assert_eq!((refused.user_error(), refused.user_error_field()), ("INVALID_CREDENTIALS".into(), "password".into()));
    assert!(!alice.sees_workspace(&acme).await.is_null());
}

async fn after_its_grace_it_is_deleted_for_good(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let other = alice.creates_workspace("Other").await;
    alice.creates_location(&acme, "Riga").await;
    alice.creates_location(&other, "Oslo").await;
    for number in 0..3 {
        alice.sends_link(&acme, &format!("bob{number}@example.com")).await;
    }
    alice.sends_link(&other, "bob@example.com").await;
    deletes(&alice, &acme).await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("alice@example.com").link();
    app.clock_moves(GRACE);
    let late = (keeps_by(&alice, &link).await, keeps(&alice, json!({ "workspaceId": acme.id() })).await);
    assert_eq!((late.0.user_error(), late.1.error_code()), ("TOKEN_INVALID".to_owned(), "NOT_FOUND".to_owned()));
    app.clock_moves(Duration::from_mins(1));
    let sweeps = (0..4).map(|_| {
        let domain = app.domain().clone();
        async move { workspace::sweep(&domain).await.expect("a sweep") }
    });
    let swept: usize = at_once(sweeps).await.into_iter().sum();
    assert_eq!(swept, 1);
    let left = [
        app.count::<invitation::Entity>().await,
        app.count::<membership::Entity>().await,
        app.count::<location::Entity>().await,
        app.count::<outbox::Entity>().await,
        app.count::<event::Entity>().await,
    ];
    assert_eq!(left, [1, 1, 1, 1, 4], "of the other workspace: created, location, invited, sent");
    assert_eq!(alice.sees_active_workspace().await.as_deref(), Some("Other"));
}

async fn a_link_of_an_earlier_deletion_is_dead(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    deletes(&alice, &acme).await.succeeds();
    app.run_jobs().await;
    let first = app.mail_to("alice@example.com").link();
    keeps_by(&alice, &first).await.succeeds();
    deletes(&alice, &acme).await.succeeds();
    app.run_jobs().await;
    let second = app.mail_to("alice@example.com").link();
    assert_eq!(keeps_by(&alice, &first).await.user_error(), "TOKEN_INVALID");
    keeps_by(&alice, &second).await.succeeds();
}

async fn a_session_goes_on_elsewhere(app: Usher) {
    let (alice, _) = app.owner("alice@example.com", "Acme").await;
    let (olga, other) = app.owner("olga@example.com", "Other").await;
    let (_, link) = olga.sends_link(&other, "alice@example.com").await;
    alice.accepts(&link).await.succeeds();
    deletes(&olga, &other).await.succeeds();
    assert_eq!(alice.sees_active_workspace().await, None);
    let elsewhere = alice.elsewhere();
    elsewhere.logs_in().await.succeeds();
    assert_eq!(elsewhere.sees_active_workspace().await, None, "the one used last is deleted");
    app.ignores_mail().await;
}

async fn deleting_twice_at_once_deletes_once(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let deleted = at_once((0..4).map(|_| {
        let (alice, acme) = (alice.clone(), acme.clone());
        async move { deletes(&alice, &acme).await.is_done() }
    }));
    assert_eq!(deleted.await.into_iter().filter(|done| *done).count(), 1);
    app.run_jobs().await;
    app.mail_to("alice@example.com");
    app.no_more_mail();
}

async fn the_page_of_the_link_keeps_it_when_its_button_is_pressed(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    deletes(&alice, &acme).await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("alice@example.com").link();
    let path = link.strip_prefix("http://usher.test").expect("a page of ours");
    let somebody = app.visitor("somebody@example.com");
    for _ in 0..2 {
        let page = somebody.opens(path).await;
        assert!(page.status() == 200 && page.body().contains("7 March 2026"), "{}", page.body());
    }
    assert_eq!(somebody.submits_forged(path, &[]).await.status(), 403);
    assert!(alice.sees_workspace(&acme).await.is_null(), "looking keeps nothing");
    let kept = somebody.submits(path, &[]).await;
    assert!(kept.status() == 200 && kept.body().contains(&format!("/w/{}", acme.id())), "{}", kept.body());
    assert_eq!(alice.sees_workspace(&acme).await.text("/name"), "Acme");
    for dead in [somebody.opens(path).await, somebody.submits(path, &[]).await] {
        assert_eq!(dead.status(), 404);
    }
}
