//! A forgotten password: asked for, mailed, set anew, and what ends with it.

use std::time::Duration;

use domain::token::{Link, Purpose};
use entity::{outbox, password_reset, session};
use futures::FutureExt;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use secrecy::ExposeSecret;
use serde_json::json;
use tests::{Actor, Answer, Usher, at_once, stories};

stories![
    a_forgotten_password_is_set_anew,
    the_answer_is_the_same_for_every_address,
    an_unknown_address_gets_no_mail_and_leaves_nothing_behind,
    what_is_no_address_is_told,
    the_link_works_once,
    the_link_ends_after_an_hour,
    a_mail_whose_link_has_ended_is_not_sent,
    a_forged_link_is_no_link,
    a_link_for_one_thing_sets_no_password,
    a_password_that_is_refused_leaves_the_link_as_it_is,
    every_session_and_every_other_link_ends,
    a_registration_that_waits_cannot_be_reset,
    one_link_used_often_at_once_works_once,
    two_links_of_one_account_at_once_set_one_password,
    a_login_with_the_old_password_never_outlives_the_reset,
];

async fn forgets(actor: &Actor) -> Answer {
    actor.mutates("requestPasswordReset", json!({ "email": actor.email }), "").await
}

async fn sets(actor: &Actor, link: &str, password: &str) -> Answer {
    let token = link.rsplit('/').next().expect("a token at the end");
    actor.mutates("resetPassword", json!({ "token": token, "password": password }), "user { id email }").await
}

/// Asks for a new password and answers the link in the mail.
async fn link_for(app: &Usher, actor: &Actor) -> String {
    forgets(actor).await.succeeds();
    app.run_jobs().await;
    app.mail_to(&actor.email).link()
}

/// The link of a reset that may never have been asked for.
fn link_of(app: &Usher, purpose: Purpose, id: uuid::Uuid) -> String {
    let keys = &app.domain().keys;
    let token = keys.link(keys.newest(), purpose, Link { id, generation: 0 }).expect("a link with the newest key");
    format!("http://usher.test/reset/{}", token.expose_secret())
}

/// A password that nobody had before.
pub(crate) const NEW: &str = "a password I remember";

async fn a_forgotten_password_is_set_anew(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let anew = bob.with_password(NEW);
    forgets(&app.visitor("BOB@example.com")).await.succeeds();
    app.run_jobs().await;
    let mail = app.mail_to("bob@example.com");
    assert_eq!(mail.subject(), "Set a new password");
    assert!(mail.text().contains("2 March 2026, 10:00 UTC"), "{}", mail.text());
    assert!(mail.link().starts_with("http://usher.test/reset/"));
    assert_eq!(anew.logs_in().await.user_error(), "INVALID_CREDENTIALS");

    assert_eq!(sets(&app.visitor("bob@example.com"), &mail.link(), NEW).await.text("/user/email"), "bob@example.com");
    assert_eq!(bob.elsewhere().logs_in().await.user_error(), "INVALID_CREDENTIALS");
    anew.logs_in().await.succeeds();

    app.run_jobs().await;
    let mail = app.mail_to("bob@example.com");
    assert_eq!((mail.subject(), mail.link().as_str()), ("Your password was changed", "http://usher.test/forgot"));
    app.no_more_mail();
}

async fn the_answer_is_the_same_for_every_address(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let known = forgets(&bob.elsewhere()).await;
    let unknown = forgets(&app.visitor("nobody@example.com")).await;
    assert_eq!(known.object("").at(""), unknown.object("").at(""));
    assert_eq!(known.status, unknown.status);
    let names = |answer: &Answer| answer.headers.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&known), names(&unknown));
    app.ignores_mail().await;
}

async fn an_unknown_address_gets_no_mail_and_leaves_nothing_behind(app: Usher) {
    forgets(&app.visitor("nobody@example.com")).await.succeeds();
    assert_eq!((app.count::<password_reset::Entity>().await, app.count::<outbox::Entity>().await), (0, 0));
    app.run_jobs().await;
    app.no_more_mail();
}

async fn what_is_no_address_is_told(app: Usher) {
    let refused = forgets(&app.visitor("bob@")).await;
    assert_eq!((refused.user_error(), refused.user_error_field()), ("INVALID_EMAIL".into(), "email".into()));
}

fn is_dead(answer: &Answer) {
    assert_eq!((answer.user_error(), answer.user_error_field()), ("TOKEN_INVALID".into(), "token".into()));
    assert!(answer.data("/user").is_null());
}

async fn the_link_works_once(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let link = link_for(&app, &bob).await;
    sets(&bob, &link, NEW).await.succeeds();
    is_dead(&sets(&bob, &link, "yet another password").await);
    bob.with_password(NEW).logs_in().await.succeeds();
    app.ignores_mail().await;
}

async fn the_link_ends_after_an_hour(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let (first, second) = (link_for(&app, &bob).await, link_for(&app, &bob).await);
    app.clock_moves(Duration::from_hours(1) - Duration::from_millis(1));
    worker::sweep(app.domain()).await.expect("a sweep");
    sets(&bob, &first, "short").await.user_error();
    app.clock_moves(Duration::from_millis(1));
    is_dead(&sets(&bob, &first, NEW).await);
    assert_eq!(app.count::<password_reset::Entity>().await, 2);
    worker::sweep(app.domain()).await.expect("a sweep");
    assert_eq!(app.count::<password_reset::Entity>().await, 0);
    is_dead(&sets(&bob, &second, NEW).await);
    bob.logs_in().await.succeeds();
}

async fn a_mail_whose_link_has_ended_is_not_sent(app: Usher) {
    let bob = app.account("bob@example.com").await;
    forgets(&bob).await.succeeds();
    app.clock_moves(Duration::from_hours(1));
    app.run_jobs().await;
    app.no_more_mail();
    let cancelled = outbox::Entity::find().filter(outbox::Column::Status.eq(outbox::Status::Cancelled)).count(app.db());
    assert_eq!(cancelled.await.expect("mails can be counted"), 1);
}

async fn a_forged_link_is_no_link(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let link = link_for(&app, &bob).await;
    let (_, token) = link.rsplit_once('/').expect("a token at the end");
    for (position, character) in token.char_indices() {
        let other = if character == 'A' { 'B' } else { 'A' };
        is_dead(&sets(&bob, &format!("{}{other}{}", &token[..position], &token[position + 1..]), NEW).await);
    }
    for mangled in ["", "x", &token[1..], &format!("{token}A"), "ÄÖÜ", &"A".repeat(10_000)] {
        is_dead(&sets(&bob, mangled, NEW).await);
    }
    // Genuine, and of a reset that nobody asked for.
    is_dead(&sets(&bob, &link_of(&app, Purpose::ResetPassword, app.domain().clock.new_id()), NEW).await);
    bob.logs_in().await.succeeds();
}

async fn a_link_for_one_thing_sets_no_password(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let bob = app.account("bob@example.com").await;
    let (_, invitation) = alice.sends_link(&acme, "bob@example.com").await;
    is_dead(&sets(&bob, &invitation, NEW).await);
    let link = link_for(&app, &bob).await;
    let reset = password_reset::Entity::find().one(app.db()).await.expect("a read").expect("a reset");
    is_dead(&sets(&bob, &link_of(&app, Purpose::VerifyEmail, reset.id), NEW).await);
    assert_eq!(bob.joins(&link).await.user_error(), "TOKEN_INVALID");
    assert_eq!(bob.verifies(&link).await.user_error(), "TOKEN_INVALID");
    bob.logs_in().await.succeeds();
}

async fn a_password_that_is_refused_leaves_the_link_as_it_is(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let link = link_for(&app, &bob).await;
    for password in ["", "7 chars", &"x".repeat(1_001)] {
        let refused = sets(&bob, &link, password).await;
        assert_eq!((refused.user_error(), refused.user_error_field()), ("INVALID_PASSWORD".into(), "password".into()));
    }
    assert!(bob.is_signed_in().await);
    sets(&bob, &link, NEW).await.succeeds();
    app.ignores_mail().await;
}

async fn every_session_and_every_other_link_ends(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let bob = app.account("bob@example.com").await;
    let phone = bob.elsewhere();
    phone.logs_in().await.succeeds();
    let of_alice = link_for(&app, &alice).await;
    let (first, second) = (link_for(&app, &bob).await, link_for(&app, &bob).await);
    // One more, whose mail is still on its way.
    forgets(&bob).await.succeeds();
    sets(&bob, &second, NEW).await.succeeds();
    for client in [&bob, &phone] {
        assert!(!client.is_signed_in().await);
    }
    is_dead(&sets(&bob, &first, "yet another password").await);
    app.run_jobs().await;
    assert_eq!(app.mail_to("bob@example.com").subject(), "Your password was changed");
    app.no_more_mail();

    assert!(alice.is_signed_in().await, "another account is not touched");
    sets(&alice, &of_alice, NEW).await.succeeds();
    assert_eq!((app.count::<session::Entity>().await, app.count::<password_reset::Entity>().await), (0, 0));
    app.ignores_mail().await;
}

async fn a_registration_that_waits_cannot_be_reset(app: Usher) {
    let bob = app.visitor("bob@example.com");
    bob.registers().await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("bob@example.com").link();
    forgets(&bob).await.succeeds();
    app.run_jobs().await;
    app.no_more_mail();
    bob.verifies(&link).await.succeeds();
}

async fn one_link_used_often_at_once_works_once(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let link = link_for(&app, &bob).await;
    let attempts = (0..10).map(|number| {
        let (bob, link) = (bob.elsewhere(), link.clone());
        async move {
            let password = format!("password number {number}");
            (sets(&bob, &link, &password).await, password)
        }
    });
    let answers = at_once(attempts).await;
    let (set, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|(answer, _)| !answer.data("/user").is_null());
    assert_eq!((set.len(), refused.len()), (1, 9));
    refused.iter().for_each(|(answer, _)| is_dead(answer));
    bob.with_password(&set[0].1).logs_in().await.succeeds();
    app.run_jobs().await;
    assert_eq!(app.mail_to("bob@example.com").subject(), "Your password was changed");
    app.no_more_mail();
}

async fn two_links_of_one_account_at_once_set_one_password(app: Usher) {
    let bob = app.account("bob@example.com").await;
    for round in 0..10 {
        let links = [link_for(&app, &bob).await, link_for(&app, &bob).await];
        let attempts = links.into_iter().enumerate().map(|(number, link)| {
            let (bob, password) = (bob.elsewhere(), format!("password {number} of round {round}"));
            async move { (sets(&bob, &link, &password).await, password) }
        });
        let answers = at_once(attempts).await;
        let (set, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|(answer, _)| !answer.data("/user").is_null());
        assert_eq!((set.len(), refused.len()), (1, 1));
        is_dead(&refused[0].0);
        bob.with_password(&set[0].1).logs_in().await.succeeds();
        app.run_jobs().await;
        app.mail_to("bob@example.com");
    }
}

async fn a_login_with_the_old_password_never_outlives_the_reset(app: Usher) {
    let mut bob = app.account("bob@example.com").await;
    for round in 0..8 {
        let (link, anew) = (link_for(&app, &bob).await, bob.with_password(&format!("password of round {round}")));
        let thieves: Vec<_> = (0..4).map(|_| bob.elsewhere()).collect();
        let reset = {
            let anew = anew.clone();
            async move { sets(&anew, &link, &anew.password).await }.boxed()
        };
        let logins = thieves.iter().cloned().map(|thief| async move { thief.logs_in().await }.boxed());
        at_once(std::iter::once(reset).chain(logins)).await;
        for thief in &thieves {
            assert!(!thief.is_signed_in().await, "round {round}");
        }
        anew.logs_in().await.succeeds();
        app.run_jobs().await;
        app.mail_to("bob@example.com");
        bob = anew;
    }
}
