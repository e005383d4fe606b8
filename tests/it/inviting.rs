//! Sending invitations: to whom, as what, and who sees them.

use std::time::Duration;

use entity::membership::Role;
use entity::{invitation, membership, outbox};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tests::{Object, Usher, stories};

stories![
    an_invitation_is_sent_with_all_that_it_grants,
    the_mail_says_who_invites_to_what_and_until_when,
    an_administrator_invites_and_a_user_does_not,
    a_stranger_finds_no_workspace_to_invite_to,
    a_member_is_not_invited,
    a_person_has_one_open_invitation_to_a_workspace,
    a_person_is_invited_to_several_workspaces,
    locations_are_only_for_users,
    locations_of_another_workspace_are_not_found,
    a_role_that_nobody_can_be_invited_to_is_refused,
    the_list_is_newest_first_and_filtered_by_status_and_address,
    the_list_is_paged,
    an_invitation_is_seen_by_who_manages_it_and_by_who_is_invited,
    who_is_invited_sees_it_in_the_viewer,
    who_is_invited_reads_id_and_name_of_the_workspace_alone,
    a_declined_person_is_invited_again,
    a_revoked_person_is_invited_again,
    an_expired_person_is_invited_again,
    a_removed_member_is_invited_again,
];

async fn an_invitation_is_sent_with_all_that_it_grants(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let input = json!({ "email": " Bob@Example.com ", "locationIds": [riga.id()], "message": " Welcome! " });
    let sent = alice.invites_with(&acme, input).await.object("/invitation");

    assert_eq!((sent.text("/email"), sent.text("/role"), sent.text("/status")), ("Bob@Example.com", "USER", "PENDING"));
    assert_eq!((sent.text("/message"), sent.text("/workspace/name")), ("Welcome!", "Acme"));
    assert_eq!(
        (sent.texts("/locations", "/name"), sent.text("/invitedBy/email")),
        (vec!["Riga".into()], "alice@example.com")
    );
    let week = chrono::TimeDelta::days(7);
    assert_eq!(time(&sent, "/expiresAt") - time(&sent, "/createdAt"), week);
    assert_eq!((sent.text("/delivery/status"), sent.at("/delivery/attempts")), ("QUEUED", &json!(0)));
    assert_eq!((sent.at("/viewerCanResend"), sent.at("/viewerCanRevoke")), (&json!(true), &json!(true)));
    assert_eq!(alice.sees_invitations(&acme).await.as_slice(), std::slice::from_ref(&sent));

    app.run_jobs().await;
    let seen = alice.sees_invitation(&sent).await;
    let mail = app.mail_to("Bob@Example.com");
    assert_eq!((seen.text("/delivery/status"), seen.at("/delivery/attempts")), ("SENT", &json!(1)));
    assert_eq!(time(&seen, "/delivery/sentAt"), app.now());
    assert_eq!(seen.text("/delivery/messageId"), mail.message_id());
}

fn time(object: &Object, path: &str) -> chrono::DateTime<chrono::Utc> {
    object.text(path).parse().expect("a time")
}

async fn the_mail_says_who_invites_to_what_and_until_when(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let oslo = alice.creates_location(&acme, "Oslo").await;
    let input =
        json!({ "email": "bob@example.com", "locationIds": [riga.id(), oslo.id()], "message": "Hello,\nwelcome" });
    alice.invites_with(&acme, input).await.succeeds();
    app.run_jobs().await;

    let mail = app.mail_to("bob@example.com");
    assert_eq!(mail.subject(), "Alice invites you to Acme");
    assert!(mail.link().starts_with("http://usher.test/join/"));
    for content in [mail.text(), mail.html()] {
        for said in
            ["Alice", "Acme", "User", "Oslo, Riga", "Hello,", "welcome", "9 March 2026, 09:00 UTC", "bob@example.com"]
        {
            assert!(content.contains(said), "{said} is not in {content}");
        }
        assert!(content.contains("ACCEPT INVITATION"));
    }
    assert_eq!(mail.html().matches("<a ").count(), 1, "there is one button and no other link");
}

async fn an_administrator_invites_and_a_user_does_not(app: Usher) {
    let (_, acme) = app.owner("alice@example.com", "Acme").await;
    let dora = app.member("dora@example.com", &acme, Role::Administrator).await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let input = json!({ "email": "bob@example.com", "role": "ADMINISTRATOR" });
    let invitation = dora.invites_with(&acme, input).await.object("/invitation");

    assert_eq!(uma.invites_with(&acme, json!({ "email": "carl@example.com" })).await.error_code(), "FORBIDDEN");
    assert_eq!(uma.resends(&invitation).await.error_code(), "FORBIDDEN");
    assert_eq!(uma.revokes(&invitation).await.error_code(), "FORBIDDEN");
    let query = "query($id: ID!) { workspace(id: $id) { name invitations { nodes { id } } } }";
    let answer = uma.graphql(query, json!({ "id": acme.id() })).await;
    assert_eq!(answer.error_code(), "FORBIDDEN");
    assert_eq!(answer.data("/workspace"), &json!({ "name": "Acme", "invitations": null }));
    assert_eq!(app.count::<invitation::Entity>().await, 1);
    app.ignores_mail().await;
}

async fn a_stranger_finds_no_workspace_to_invite_to(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let mallory = app.account("mallory@example.com").await;
    assert_eq!(mallory.invites_with(&acme, json!({ "email": "carl@example.com" })).await.error_code(), "NOT_FOUND");
    assert_eq!(
        mallory.invites_many(&acme, json!([{ "email": "carl@example.com" }]), None).await.error_code(),
        "NOT_FOUND"
    );
    assert_eq!(mallory.resends(&invitation).await.error_code(), "NOT_FOUND");
    assert_eq!(mallory.revokes(&invitation).await.error_code(), "NOT_FOUND");
    assert!(mallory.sees_invitation(&invitation).await.is_null());
    let visitor = app.visitor("carl@example.com");
    assert_eq!(
        visitor.invites_with(&acme, json!({ "email": "carl@example.com" })).await.error_code(),
        "UNAUTHENTICATED"
    );
    assert_eq!(app.count::<invitation::Entity>().await, 1);
    app.ignores_mail().await;
}

async fn a_member_is_not_invited(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    app.member("bob@example.com", &acme, Role::User).await;
    for address in ["BOB@example.com", "alice@example.com"] {
        let refused = alice.invites_with(&acme, json!({ "email": address })).await;
        assert_eq!((refused.user_error(), refused.user_error_field()), ("ALREADY_MEMBER".into(), "email".into()));
    }
    assert_eq!(app.count::<outbox::Entity>().await, 0);
}

async fn a_person_has_one_open_invitation_to_a_workspace(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    alice.sends_link(&acme, "bob@example.com").await;
    let refused = alice.invites_with(&acme, json!({ "email": "Bob@EXAMPLE.com" })).await;
    assert_eq!((refused.user_error(), refused.user_error_field()), ("ALREADY_INVITED".into(), "email".into()));
    assert_eq!(refused.data("/invitation"), &Value::Null);
    app.run_jobs().await;
    app.no_more_mail();
}

async fn a_person_is_invited_to_several_workspaces(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let other = alice.creates_workspace("Other").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let (_, other_link) = alice.sends_link(&other, "bob@example.com").await;
    assert_ne!(link, other_link);
    assert_eq!(alice.looks_at(&link).await.text("/workspaceName"), "Acme");
    assert_eq!(alice.looks_at(&other_link).await.text("/workspaceName"), "Other");
}

async fn locations_are_only_for_users(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let input = |ids: Value| json!({ "email": "bob@example.com", "role": "ADMINISTRATOR", "locationIds": ids });
    let refused = alice.invites_with(&acme, input(json!([riga.id()]))).await;
    assert_eq!(
        (refused.user_error(), refused.user_error_field()),
        ("LOCATIONS_NOT_ALLOWED".into(), "locationIds".into())
    );
    assert_eq!(app.count::<invitation::Entity>().await, 0);
    alice.invites_with(&acme, input(json!([]))).await.succeeds();
    app.ignores_mail().await;
}

async fn locations_of_another_workspace_are_not_found(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let other = alice.creates_workspace("Other").await;
    let oslo = alice.creates_location(&other, "Oslo").await;
    for id in [oslo.id(), acme.id()] {
        let input = json!({ "email": "bob@example.com", "locationIds": [riga.id(), id] });
        let refused = alice.invites_with(&acme, input).await;
        assert_eq!(
            (refused.user_error(), refused.user_error_field()),
            ("LOCATION_NOT_FOUND".into(), "locationIds".into())
        );
    }
    let unreadable = alice.invites_with(&acme, json!({ "email": "bob@example.com", "locationIds": ["riga"] })).await;
    assert_eq!(unreadable.error_code(), "BAD_USER_INPUT");
    assert_eq!(app.count::<invitation::Entity>().await, 0);
}

async fn a_role_that_nobody_can_be_invited_to_is_refused(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for role in ["OWNER", "KING", "user"] {
        let refused = alice.invites_with(&acme, json!({ "email": "bob@example.com", "role": role })).await;
        assert_eq!(refused.error_code(), "GRAPHQL_VALIDATION_FAILED", "{role}");
    }
    assert_eq!(app.count::<invitation::Entity>().await, 0);
}

async fn the_list_is_newest_first_and_filtered_by_status_and_address(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let expired = alice.invites(&acme, "expired@example.com").await;
    app.clock_moves(Duration::from_hours(7 * 24));
    let revoked = alice.invites(&acme, "revoked@example.com").await;
    alice.revokes(&revoked).await.succeeds();
    let open = alice.invites(&acme, "Open@Example.com").await;

    let query = "query($id: ID!, $status: [InvitationStatus!], $search: String) { workspace(id: $id) { \
                 invitations(status: $status, search: $search) { totalCount nodes { id } } } }";
    let list = async |status: Value, search: Value| {
        let variables = json!({ "id": acme.id(), "status": status, "search": search });
        let found = alice.graphql(query, variables).await.object("/workspace/invitations");
        assert_eq!(found.at("/totalCount"), &json!(found.list("/nodes").len()));
        found.texts("/nodes", "/id")
    };
    let all = [open.id(), revoked.id(), expired.id()];
    assert_eq!(list(Value::Null, Value::Null).await, all);
    assert_eq!(list(json!(["PENDING"]), Value::Null).await, [open.id()]);
    assert_eq!(list(json!(["REVOKED", "EXPIRED"]), Value::Null).await, [revoked.id(), expired.id()]);
    assert_eq!(list(json!([]), Value::Null).await, [""; 0]);
    assert_eq!(list(Value::Null, json!("OPEN@")).await, [open.id()]);
    assert_eq!(list(json!(["EXPIRED"]), json!("open")).await, [""; 0]);
    assert_eq!(list(Value::Null, json!("%")).await, [""; 0], "a percent sign is only a character");
    app.ignores_mail().await;
}

async fn the_list_is_paged(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(alice.invites(&acme, &format!("guest{number}@example.com")).await.id().to_owned());
    }
    ids.reverse();
    let query = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { workspace(id: $id) { \
                 invitations(first: $first, after: $after, last: $last, before: $before) { totalCount \
                 nodes { id } edges { cursor node { id } } \
                 pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";
    let page = async |mut window: Value| {
        window["id"] = json!(acme.id());
        alice.graphql(query, window).await.object("/workspace/invitations")
    };
    let first = page(json!({ "first": 2 })).await;
    let next = page(json!({ "first": 2, "after": first.text("/pageInfo/endCursor") })).await;
    let last = page(json!({ "last": 2 })).await;
    let before = page(json!({ "last": 2, "before": last.text("/pageInfo/startCursor") })).await;
    let pages = [
        (&first, 0..2, true, false),
        (&next, 2..4, true, true),
        (&last, 3..5, false, true),
        (&before, 1..3, true, true),
    ];
    for (page, range, more, less) in pages {
        assert_eq!(page.texts("/nodes", "/id"), ids[range]);
        assert_eq!(page.texts("/edges", "/node/id"), page.texts("/nodes", "/id"));
        assert_eq!(
            (page.at("/pageInfo/hasNextPage"), page.at("/pageInfo/hasPreviousPage")),
            (&json!(more), &json!(less))
        );
        assert_eq!(page.at("/totalCount"), &json!(5));
    }
    for window in
        [json!({ "first": 101 }), json!({ "first": -1 }), json!({ "first": 1, "last": 1 }), json!({ "after": "x" })]
    {
        let mut variables = window;
        variables["id"] = json!(acme.id());
        assert_eq!(alice.graphql(query, variables).await.error_code(), "BAD_USER_INPUT");
    }
    app.ignores_mail().await;
}

async fn an_invitation_is_seen_by_who_manages_it_and_by_who_is_invited(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let bob = app.account("bob@example.com").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    assert_eq!(alice.sees_invitation(&invitation).await, invitation);
    let seen = bob.sees_invitation(&invitation).await;
    assert_eq!((seen.text("/status"), seen.text("/workspace/name")), ("PENDING", "Acme"));
    assert_eq!((seen.at("/viewerCanResend"), seen.at("/viewerCanRevoke")), (&json!(false), &json!(false)));
    assert!(uma.sees_invitation(&invitation).await.is_null());
    assert!(app.visitor("bob@example.com").sees_invitation(&invitation).await.is_null());
    app.ignores_mail().await;
}

async fn who_is_invited_sees_it_in_the_viewer(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let invitation = alice.invites(&acme, "BOB@example.com").await;
    let viewer = bob.sees_viewer().await;
    assert_eq!(viewer.texts("/invitations/nodes", "/id"), [invitation.id()]);
    assert_eq!(viewer.at("/invitations/totalCount"), &json!(1));

    app.clock_moves(Duration::from_hours(7 * 24));
    assert_eq!(bob.sees_viewer().await.at("/invitations/totalCount"), &json!(0));
    app.ignores_mail().await;
}

async fn who_is_invited_reads_id_and_name_of_the_workspace_alone(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let fields = "id name createdAt viewerRole eventCursor";
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Invitation {{ workspace {{ {fields} }} }} }} }}");
    let workspace = bob.graphql(&query, json!({ "id": invitation.id() })).await.object("/node/workspace");
    let nothing = Value::Null;
    let seen =
        json!({ "id": acme.id(), "name": "Acme", "createdAt": nothing, "viewerRole": nothing, "eventCursor": nothing });
    assert_eq!(*workspace, seen);
    let query = "query($id: ID!) { node(id: $id) { ... on Invitation { workspace { members { totalCount } } } } }";
    assert_eq!(bob.graphql(query, json!({ "id": invitation.id() })).await.error_code(), "FORBIDDEN");
    assert!(bob.sees_workspace(&acme).await.is_null());
    app.ignores_mail().await;
}

async fn a_declined_person_is_invited_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (declined, link) = alice.sends_link(&acme, "bob@example.com").await;
    app.visitor("bob@example.com").declines(&link).await.succeeds();
    let (again, _) = alice.sends_link(&acme, "bob@example.com").await;
    assert_eq!(
        alice.sees_invitations(&acme).await.iter().map(|row| row.id().to_owned()).collect::<Vec<_>>(),
        [again.id(), declined.id()]
    );
}

async fn a_revoked_person_is_invited_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (revoked, link) = alice.sends_link(&acme, "bob@example.com").await;
    alice.revokes(&revoked).await.succeeds();
    let (_, new_link) = alice.sends_link(&acme, "bob@example.com").await;
    let bob = app.visitor("bob@example.com");
    assert_eq!(bob.joins(&link).await.user_error(), "INVITATION_REVOKED", "the old link stays dead");
    assert_eq!(bob.joins(&new_link).await.text("/nextStep"), "REGISTER");
}

async fn an_expired_person_is_invited_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (expired, _) = alice.sends_link(&acme, "bob@example.com").await;
    app.clock_moves(Duration::from_hours(7 * 24));
    let (again, _) = alice.sends_link(&acme, "bob@example.com").await;
    assert_eq!(alice.sees_status(&expired).await, "EXPIRED");
    assert_eq!(alice.sees_status(&again).await, "PENDING");
}

async fn a_removed_member_is_invited_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.member("bob@example.com", &acme, Role::User).await;
    membership::Entity::delete_many()
        .filter(membership::Column::UserId.eq(bob.user_id().await))
        .exec(app.db())
        .await
        .expect("the membership can be deleted");
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "OPEN_WORKSPACE");
    app.ignores_mail().await;
}
