//! The state machine of an invitation: every arrow, and every arrow that is refused.

use std::time::Duration;

use serde_json::json;
use tests::{Actor, Object, Usher, stories};

stories![
    pending_becomes_accepted_by_joining_with_an_account,
    pending_becomes_confirmed_by_joining_without_an_account,
    confirmed_becomes_accepted_by_registering,
    confirmed_becomes_accepted_when_the_account_came_another_way,
    pending_and_confirmed_become_declined,
    pending_and_confirmed_become_revoked,
    pending_and_confirmed_become_expired_at_the_end_of_their_term,
    expired_becomes_pending_by_resending,
    an_accepted_invitation_cannot_be_answered_or_taken_back,
    a_declined_invitation_refuses_everything,
    a_revoked_invitation_refuses_everything,
    an_expired_invitation_refuses_everything_but_resending,
    resending_renews_the_full_term_and_old_links_work_on,
    resending_to_somebody_who_pressed_join_sends_a_mail,
    resending_an_expired_invitation_while_another_is_open_is_refused,
    resending_to_somebody_who_is_a_member_meanwhile_is_refused,
    the_mail_of_a_revoked_invitation_is_not_sent,
    the_mail_of_an_answered_invitation_is_not_sent,
    the_mail_before_a_resend_is_not_sent,
    the_sweep_writes_down_what_time_has_ended,
];

const WEEK: Duration = Duration::from_hours(7 * 24);
const MOMENT: Duration = Duration::from_micros(1);

/// An owner, the workspace, an invitation to bob@example.com and its link.
async fn invited(app: &Usher) -> (Actor, Object, Object, String) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    (alice, acme, invitation, link)
}

async fn pending_becomes_accepted_by_joining_with_an_account(app: Usher) {
    let (alice, _, invitation, link) = invited(&app).await;
    let bob = app.account("bob@example.com").await;
    bob.joins(&link).await.succeeds();
    let seen = alice.sees_invitation(&invitation).await;
    assert_eq!(
        (seen.text("/status"), seen.at("/viewerCanResend"), seen.at("/viewerCanRevoke")),
        ("ACCEPTED", &json!(false), &json!(false))
    );
    app.ignores_mail().await;
}

async fn pending_becomes_confirmed_by_joining_without_an_account(app: Usher) {
    let (alice, _, invitation, link) = invited(&app).await;
    app.visitor("bob@example.com").joins(&link).await.succeeds();
    let seen = alice.sees_invitation(&invitation).await;
    assert_eq!(
        (seen.text("/status"), seen.at("/viewerCanResend"), seen.at("/viewerCanRevoke")),
        ("CONFIRMED", &json!(true), &json!(true))
    );
}

async fn confirmed_becomes_accepted_by_registering(app: Usher) {
    let (alice, _, invitation, link) = invited(&app).await;
    let bob = app.visitor("bob@example.com");
    bob.joins(&link).await.succeeds();
    bob.registers_through(&link).await.succeeds();
    assert_eq!(alice.sees_status(&invitation).await, "ACCEPTED");
    app.ignores_mail().await;
}

async fn confirmed_becomes_accepted_when_the_account_came_another_way(app: Usher) {
    let (alice, _, invitation, link) = invited(&app).await;
    app.visitor("bob@example.com").joins(&link).await.succeeds();
    let bob = app.account("bob@example.com").await;
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "OPEN_WORKSPACE");
    assert_eq!(alice.sees_status(&invitation).await, "ACCEPTED");
    app.ignores_mail().await;
}

async fn pending_and_confirmed_become_declined(app: Usher) {
    let (alice, acme, pending, link) = invited(&app).await;
    let bob = app.visitor("bob@example.com");
    assert_eq!(bob.declines(&link).await.text("/preview/status"), "DECLINED");
    let (confirmed, link) = alice.sends_link(&acme, "bob@example.com").await;
    bob.joins(&link).await.succeeds();
    assert_eq!(bob.declines(&link).await.text("/preview/status"), "DECLINED");
    for invitation in [pending, confirmed] {
        let seen = alice.sees_invitation(&invitation).await;
        assert_eq!((seen.text("/status"), seen.at("/respondedAt").is_null()), ("DECLINED", false));
    }
    let (by_id, _) = alice.sends_link(&acme, "bob@example.com").await;
    app.account("bob@example.com").await.declines_by_id(&by_id).await.succeeds();
    assert_eq!(alice.sees_status(&by_id).await, "DECLINED");
}

async fn pending_and_confirmed_become_revoked(app: Usher) {
    let (alice, acme, pending, _) = invited(&app).await;
    let revoked = alice.revokes(&pending).await.object("/invitation");
    assert_eq!((revoked.text("/status"), revoked.at("/viewerCanRevoke")), ("REVOKED", &json!(false)));
    let (confirmed, link) = alice.sends_link(&acme, "bob@example.com").await;
    app.visitor("bob@example.com").joins(&link).await.succeeds();
    assert_eq!(alice.revokes(&confirmed).await.text("/invitation/status"), "REVOKED");
}

async fn pending_and_confirmed_become_expired_at_the_end_of_their_term(app: Usher) {
    let (alice, acme, pending, link) = invited(&app).await;
    let (confirmed, link_of_carl) = alice.sends_link(&acme, "carl@example.com").await;
    let (bob, carl) = (app.visitor("bob@example.com"), app.visitor("carl@example.com"));
    carl.joins(&link_of_carl).await.succeeds();

    app.clock_moves(WEEK - MOMENT);
    assert_eq!(alice.sees_status(&pending).await, "PENDING");
    assert_eq!(alice.sees_status(&confirmed).await, "CONFIRMED");
    app.clock_moves(MOMENT);
    for (invitation, person, link) in [(pending, bob, link), (confirmed, carl, link_of_carl)] {
        let seen = alice.sees_invitation(&invitation).await;
        assert_eq!(
            (seen.text("/status"), seen.at("/viewerCanResend"), seen.at("/viewerCanRevoke")),
            ("EXPIRED", &json!(true), &json!(false))
        );
        assert_eq!(person.looks_at(&link).await.text("/status"), "EXPIRED");
    }
}

async fn expired_becomes_pending_by_resending(app: Usher) {
    let (alice, _, invitation, link) = invited(&app).await;
    let bob = app.visitor("bob@example.com");
    bob.joins(&link).await.succeeds();
    for swept in [false, true] {
        app.clock_moves(WEEK);
        if swept {
            worker::sweep(app.domain()).await.expect("a sweep");
        }
        let resent = alice.resends(&invitation).await.object("/invitation");
        assert_eq!((resent.id(), resent.text("/status")), (invitation.id(), "PENDING"));
        app.run_jobs().await;
        app.mail_to("bob@example.com");
    }
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "REGISTER");
}

async fn an_accepted_invitation_cannot_be_answered_or_taken_back(app: Usher) {
    let (alice, _, invitation, link) = invited(&app).await;
    let bob = app.account("bob@example.com").await;
    bob.joins(&link).await.succeeds();
    for answer in [
        bob.declines(&link).await,
        bob.declines_by_id(&invitation).await,
        bob.elsewhere().declines(&link).await,
        alice.revokes(&invitation).await,
        alice.resends(&invitation).await,
    ] {
        assert_eq!(answer.user_error(), "INVITATION_ALREADY_ACCEPTED");
    }
    assert_eq!(alice.sees_status(&invitation).await, "ACCEPTED");
    app.ignores_mail().await;
}

async fn a_declined_invitation_refuses_everything(app: Usher) {
    let (alice, acme, invitation, link) = invited(&app).await;
    app.visitor("bob@example.com").declines(&link).await.succeeds();
    refuses_answers(&app, &alice, &invitation, &link, "INVITATION_DECLINED").await;
    assert_eq!(alice.resends(&invitation).await.user_error(), "INVITATION_DECLINED");
    nothing_came_of_it(&app, &alice, &acme, &invitation, "DECLINED").await;
}

async fn a_revoked_invitation_refuses_everything(app: Usher) {
    let (alice, acme, invitation, link) = invited(&app).await;
    alice.revokes(&invitation).await.succeeds();
    refuses_answers(&app, &alice, &invitation, &link, "INVITATION_REVOKED").await;
    assert_eq!(alice.resends(&invitation).await.user_error(), "INVITATION_REVOKED");
    nothing_came_of_it(&app, &alice, &acme, &invitation, "REVOKED").await;
}

async fn an_expired_invitation_refuses_everything_but_resending(app: Usher) {
    let (alice, acme, invitation, link) = invited(&app).await;
    app.clock_moves(WEEK);
    alice.logs_in().await.succeeds();
    refuses_answers(&app, &alice, &invitation, &link, "INVITATION_EXPIRED").await;
    nothing_came_of_it(&app, &alice, &acme, &invitation, "EXPIRED").await;
    worker::sweep(app.domain()).await.expect("a sweep");
    assert_eq!(alice.revokes(&invitation).await.user_error(), "INVITATION_EXPIRED");
    assert_eq!(app.visitor("bob@example.com").joins(&link).await.user_error(), "INVITATION_EXPIRED");
}

/// Whatever the invited person tries, and revoking, is refused with `code`: without an account, and then with one.
async fn refuses_answers(app: &Usher, alice: &Actor, invitation: &Object, link: &str, code: &str) {
    let visitor = app.visitor("bob@example.com");
    let without_account =
        [visitor.joins(link).await, visitor.registers_through(link).await, visitor.declines(link).await];
    let bob = app.account("bob@example.com").await;
    let with_account = [
        bob.joins(link).await,
        bob.elsewhere().joins(link).await,
        bob.accepts(link).await,
        bob.accepts_by_id(invitation).await,
        bob.declines(link).await,
        bob.declines_by_id(invitation).await,
        alice.revokes(invitation).await,
    ];
    for (position, answer) in without_account.iter().chain(&with_account).enumerate() {
        assert_eq!(answer.user_error(), code, "answer {position}");
    }
    let somebody_else = app.account("carol@example.com").await;
    assert_eq!(somebody_else.joins(link).await.user_error(), code);
    assert_eq!(bob.logs_in_through(link).await.text("/joinError/code"), code);
}

async fn nothing_came_of_it(app: &Usher, alice: &Actor, acme: &Object, invitation: &Object, status: &str) {
    assert_eq!(alice.sees_status(invitation).await, status);
    assert_eq!(alice.sees_member_addresses(acme).await, ["alice@example.com"]);
    app.run_jobs().await;
    app.no_more_mail();
}

async fn resending_renews_the_full_term_and_old_links_work_on(app: Usher) {
    let (alice, acme, invitation, first_link) = invited(&app).await;
    app.clock_moves(WEEK - MOMENT);
    let resent = alice.resends(&invitation).await.object("/invitation");
    assert_eq!(resent.id(), invitation.id());
    let end: chrono::DateTime<chrono::Utc> = resent.text("/expiresAt").parse().expect("a time");
    assert_eq!(end, app.now() + WEEK);
    assert_eq!(resent.text("/delivery/status"), "QUEUED");
    assert_eq!(resent.text("/createdAt"), invitation.text("/createdAt"));
    app.run_jobs().await;
    let second_link = app.mail_to("bob@example.com").link();
    app.no_more_mail();
    assert_eq!(alice.sees_invitations(&acme).await.len(), 1, "no second row");

    assert_ne!(first_link, second_link);
    app.clock_moves(WEEK - MOMENT);
    let bob = app.visitor("bob@example.com");
    for link in [&first_link, &second_link] {
        assert_eq!(bob.looks_at(link).await.text("/status"), "PENDING");
    }
    assert_eq!(bob.joins(&first_link).await.text("/nextStep"), "REGISTER");
    assert_eq!(bob.joins(&second_link).await.text("/nextStep"), "REGISTER");
}

async fn resending_to_somebody_who_pressed_join_sends_a_mail(app: Usher) {
    let (alice, _, invitation, link) = invited(&app).await;
    let bob = app.visitor("bob@example.com");
    bob.joins(&link).await.succeeds();
    let resent = alice.resends(&invitation).await.object("/invitation");
    assert_eq!(resent.text("/status"), "CONFIRMED");
    app.run_jobs().await;
    let new_link = app.mail_to("bob@example.com").link();
    assert_eq!(alice.sees_invitation(&invitation).await.text("/delivery/status"), "SENT");
    bob.registers_through(&new_link).await.succeeds();
    app.ignores_mail().await;
}

async fn resending_an_expired_invitation_while_another_is_open_is_refused(app: Usher) {
    let (alice, acme, expired, _) = invited(&app).await;
    app.clock_moves(WEEK);
    let (other, _) = alice.sends_link(&acme, "bob@example.com").await;
    assert_eq!(alice.resends(&expired).await.user_error(), "ALREADY_INVITED");
    app.clock_moves(WEEK);
    assert_eq!(alice.resends(&expired).await.text("/invitation/status"), "PENDING");
    assert_eq!(alice.sees_status(&other).await, "EXPIRED");
    app.run_jobs().await;
    app.mail_to("bob@example.com");
}

async fn resending_to_somebody_who_is_a_member_meanwhile_is_refused(app: Usher) {
    let (alice, acme, invitation, _) = invited(&app).await;
    app.member("bob@example.com", &acme, entity::membership::Role::User).await;
    assert_eq!(alice.resends(&invitation).await.user_error(), "ALREADY_MEMBER");
    app.run_jobs().await;
    app.no_more_mail();
}

async fn the_mail_of_a_revoked_invitation_is_not_sent(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    let revoked = alice.revokes(&invitation).await.object("/invitation");
    assert_eq!((revoked.text("/delivery/status"), revoked.at("/delivery/attempts")), ("CANCELLED", &json!(0)));
    app.run_jobs().await;
    app.no_more_mail();
    assert_eq!(alice.sees_invitation(&invitation).await.text("/delivery/status"), "CANCELLED");
}

async fn the_mail_of_an_answered_invitation_is_not_sent(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (bob, carl) = (app.account("bob@example.com").await, app.account("carl@example.com").await);
    let accepted = alice.invites(&acme, "bob@example.com").await;
    let declined = alice.invites(&acme, "carl@example.com").await;
    bob.accepts_by_id(&accepted).await.succeeds();
    carl.declines_by_id(&declined).await.succeeds();
    app.run_jobs().await;
    app.mail_to("alice@example.com");
    app.no_more_mail();
    for invitation in [accepted, declined] {
        assert_eq!(alice.sees_invitation(&invitation).await.text("/delivery/status"), "CANCELLED");
    }
}

async fn the_mail_before_a_resend_is_not_sent(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let invitation = alice.invites(&acme, "bob@example.com").await;
    alice.resends(&invitation).await.succeeds();
    app.run_jobs().await;
    app.mail_to("bob@example.com");
    app.no_more_mail();
}

async fn the_sweep_writes_down_what_time_has_ended(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for number in 0..150 {
        alice.invites(&acme, &format!("guest{number}@example.com")).await;
    }
    app.clock_moves(WEEK);
    let late = alice.invites(&acme, "late@example.com").await;
    assert_eq!(domain::invitation::sweep(app.domain()).await.expect("a sweep"), 150);
    assert_eq!(domain::invitation::sweep(app.domain()).await.expect("a sweep"), 0);
    assert_eq!(alice.sees_status(&late).await, "PENDING");
    // None of their mails is wanted any more.
    app.run_jobs().await;
    app.mail_to("late@example.com");
    app.no_more_mail();
}
