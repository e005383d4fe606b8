//! What somebody changes of the own account: name, password, and which clients stay signed in.

use std::time::Duration;

use entity::{password_reset, session};
use serde_json::json;
use tests::{Actor, Answer, UserError, Usher, at_once, stories};

stories![
    somebody_changes_the_own_name,
    a_new_password_ends_every_other_session_and_is_told,
    a_wrong_current_password_changes_nothing,
    a_bad_new_password_changes_nothing,
    a_new_password_ends_the_links_that_set_one,
    of_two_new_passwords_at_once_one_counts,
    all_other_sessions_are_ended_at_once,
    a_session_slides_with_its_use_and_ends_at_last,
    nobody_signed_in_changes_nothing,
];

/// A password that nobody had before.
const NEW: &str = "a password of my own";

pub(crate) async fn changes_password(actor: &Actor, current: &str, new: &str) -> Answer {
    let input = json!({ "currentPassword": current, "newPassword": new });
    actor.mutates("changePassword", input, "viewer { user { email } }").await
}

async fn ends_other_sessions(actor: &Actor) -> Answer {
    let mutation = "mutation { revokeOtherSessions { revokedCount userErrors { code message field } } }";
    actor.graphql(mutation, json!({})).await
}

fn is(code: &str, field: &str) -> Vec<UserError> {
    vec![UserError { code: code.to_owned(), field: field.to_owned() }]
}

async fn somebody_changes_the_own_name(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let renamed = alice.mutates("updateViewer", json!({ "name": " Alice Å " }), "viewer { user { name } }").await;
    assert_eq!(renamed.text("/viewer/user/name"), "Alice Å");
    assert_eq!(alice.sees_members(&acme).await[0].text("/user/name"), "Alice Å");
    let unchanged = alice.mutates("updateViewer", json!({}), "viewer { user { name } }").await;
    assert_eq!(unchanged.text("/viewer/user/name"), "Alice Å");
    let refused = alice.mutates("updateViewer", json!({ "name": " " }), "viewer { user { name } }").await;
    assert_eq!(refused.user_errors(), is("INVALID_NAME", "name"));
}

async fn a_new_password_ends_every_other_session_and_is_told(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let phone = bob.elsewhere();
    phone.logs_in().await.succeeds();
    changes_password(&bob, &bob.password, NEW).await.succeeds();
    assert!(bob.is_signed_in().await, "this session stays");
    assert!(!phone.is_signed_in().await);
    assert_eq!(bob.elsewhere().logs_in().await.user_error(), "INVALID_CREDENTIALS");
    bob.with_password(NEW).logs_in().await.succeeds();
    app.run_jobs().await;
    let mail = app.mail_to("bob@example.com");
    assert_eq!(mail.subject(), "Your password was changed");
    assert_eq!(mail.link(), "http://usher.test/forgot");
}

async fn a_wrong_current_password_changes_nothing(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let phone = bob.elsewhere();
    phone.logs_in().await.succeeds();
    let refused = changes_password(&bob, "not the password", NEW).await;
    assert_eq!(refused.user_errors(), is("INVALID_CREDENTIALS", "currentPassword"));
    assert!(phone.is_signed_in().await);
    bob.elsewhere().logs_in().await.succeeds();
}

async fn a_bad_new_password_changes_nothing(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let refused = changes_password(&bob, &bob.password, "short").await;
    assert_eq!(refused.user_errors(), is("INVALID_PASSWORD", "newPassword"));
    bob.elsewhere().logs_in().await.succeeds();
}

async fn a_new_password_ends_the_links_that_set_one(app: Usher) {
    let bob = app.account("bob@example.com").await;
    bob.mutates("requestPasswordReset", json!({ "email": bob.email }), "").await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("bob@example.com").link();
    changes_password(&bob, &bob.password, NEW).await.succeeds();
    assert_eq!(app.count::<password_reset::Entity>().await, 0);
    let token = link.rsplit('/').next().expect("a token");
    let refused = bob.mutates("resetPassword", json!({ "token": token, "password": NEW }), "user { id }").await;
    assert_eq!(refused.user_error(), "TOKEN_INVALID");
    app.ignores_mail().await;
}

async fn of_two_new_passwords_at_once_one_counts(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let passwords = ["the first new password", "the second new password"];
    let clients = [bob.elsewhere(), bob.elsewhere()];
    for client in &clients {
        client.logs_in().await.succeeds();
    }
    let changes = clients.iter().cloned().zip(passwords).map(|(client, new)| async move {
        let answer = changes_password(&client, &client.password, new).await;
        (new, answer.is_done())
    });
    let done: Vec<_> = at_once(changes).await.into_iter().filter(|(_, done)| *done).collect();
    let [(password, _)] = done[..] else { panic!("not one of them: {done:?}") };
    bob.with_password(password).logs_in().await.succeeds();
    assert_eq!(app.count::<session::Entity>().await, 2, "the one that changed it, and the new one");
    app.ignores_mail().await;
}

async fn all_other_sessions_are_ended_at_once(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let (phone, tablet) = (bob.elsewhere(), bob.elsewhere());
    phone.logs_in().await.succeeds();
    tablet.logs_in().await.succeeds();
    let other = app.account("olga@example.com").await;
    let ended = ends_other_sessions(&bob).await;
    assert_eq!(ended.data("/revokeOtherSessions/revokedCount"), &json!(2));
    assert!(bob.is_signed_in().await && other.is_signed_in().await);
    assert!(!phone.is_signed_in().await && !tablet.is_signed_in().await);
    assert_eq!(ends_other_sessions(&bob).await.data("/revokeOtherSessions/revokedCount"), &json!(0));
}

async fn a_session_slides_with_its_use_and_ends_at_last(app: Usher) {
    const DAY: Duration = Duration::from_hours(24);
    let bob = app.account("bob@example.com").await;
    let idle = bob.elsewhere();
    idle.logs_in().await.succeeds();
    for _ in 0..18 {
        app.clock_moves(20 * DAY);
        assert!(bob.is_signed_in().await, "used every 20 days, it goes on");
    }
    assert!(!idle.is_signed_in().await, "30 days without use end it");
    app.clock_moves(4 * DAY);
    assert!(bob.is_signed_in().await);
    app.clock_moves(2 * DAY);
    assert!(!bob.is_signed_in().await, "after a year it ends, however much it is used");
    bob.logs_in().await.succeeds();
}

async fn nobody_signed_in_changes_nothing(app: Usher) {
    let nobody = app.visitor("bob@example.com");
    assert_eq!(changes_password(&nobody, "some password", NEW).await.error_code(), "UNAUTHENTICATED");
    assert_eq!(ends_other_sessions(&nobody).await.error_code(), "UNAUTHENTICATED");
    let renamed = nobody.mutates("updateViewer", json!({ "name": "Bob" }), "viewer { user { name } }").await;
    assert_eq!(renamed.error_code(), "UNAUTHENTICATED");
}
