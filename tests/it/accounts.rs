//! Accounts and sessions: register, verify, log in, log out.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::config::Rules;
use entity::{registration, session, user};
use serde_json::json;
use tests::{Object, Usher, stories};

stories![
    an_account_is_made_by_registering_verifying_and_logging_in,
    verifying_needs_the_password_of_the_registration,
    of_two_registrations_of_one_address_each_needs_its_own_link_and_password,
    registering_a_taken_address_tells_its_owner_and_answers_the_same,
    who_has_not_verified_the_address_is_told_so,
    only_the_right_password_is_told_that_the_address_is_not_verified,
    a_wrong_password_and_an_unknown_address_are_told_the_same,
    logging_out_ends_this_session_and_no_other,
    a_session_is_ended_from_another_client,
    a_session_tells_its_client_and_its_last_use,
    a_short_session_lives_on_as_long_as_it_is_used,
    a_session_that_is_used_lives_on_and_ends_after_thirty_days_without_use,
    a_session_ends_at_last_however_much_it_is_used,
    a_token_that_was_never_given_out_is_nobody,
    addresses_that_differ_in_case_are_one_person,
    a_domain_is_one_in_either_of_its_forms,
    mail_goes_to_the_address_as_typed,
    a_verification_link_works_once,
    a_verification_link_ends_after_a_day,
    a_link_for_one_thing_is_no_link_for_another,
    a_mangled_link_is_no_link,
    everything_that_is_wrong_with_a_registration_is_told_at_once,
    the_operator_makes_an_account_once,
];

async fn an_account_is_made_by_registering_verifying_and_logging_in(app: Usher) {
    let bob = app.visitor("bob@example.com");
    let registered = bob.registers().await.object("");
    assert_eq!((registered.text("/nextStep"), registered.at("/user")), ("VERIFY_EMAIL", &json!(null)));
    assert_eq!(app.count::<user::Entity>().await, 0, "an account exists only once its address is verified");

    app.run_jobs().await;
    let mail = app.mail_to("bob@example.com");
    assert_eq!(mail.subject(), "Verify your address");
    assert!(mail.link().starts_with("http://usher.test/verify/"));
    let verified = bob.verifies(&mail.link()).await.object("/user");
    assert_eq!((verified.text("/email"), verified.text("/name")), ("bob@example.com", "Bob"));
    assert!(!bob.is_signed_in().await);

    let login = bob.logs_in().await.object("");
    assert_eq!((login.text("/viewer/user/name"), login.at("/joinError")), ("Bob", &json!(null)));
    let viewer = bob.sees_viewer().await;
    assert_eq!(viewer.text("/user/id"), verified.id());
    assert_eq!((viewer.at("/activeWorkspace"), viewer.at("/workspaces/totalCount")), (&json!(null), &json!(0)));
}

async fn verifying_needs_the_password_of_the_registration(app: Usher) {
    let bob = app.visitor("bob@example.com");
    bob.registers().await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("bob@example.com").link();

    let refused = bob.with_password("not what I registered with").verifies(&link).await;
    assert_eq!((refused.user_error(), refused.user_error_field()), ("INVALID_CREDENTIALS".into(), "password".into()));
    assert_eq!(app.count::<user::Entity>().await, 0);
    bob.verifies(&link).await.succeeds();
}

async fn of_two_registrations_of_one_address_each_needs_its_own_link_and_password(app: Usher) {
    let (mallory, bob) =
        (app.visitor("bob@example.com").with_password("Mallory's password"), app.visitor("bob@example.com"));
    mallory.registers_with(json!({ "name": "Mallory" })).await.succeeds();
    app.run_jobs().await;
    let link_of_mallory = app.mail_to("bob@example.com").link();
    bob.registers().await.succeeds();
    app.run_jobs().await;
    let link_of_bob = app.mail_to("bob@example.com").link();

    // Bob opens whichever link: without Mallory's password her registration never becomes an account.
    assert_eq!(bob.verifies(&link_of_mallory).await.user_error(), "INVALID_CREDENTIALS");
    assert_eq!(mallory.verifies(&link_of_bob).await.user_error(), "INVALID_CREDENTIALS");
    assert_eq!(bob.verifies(&link_of_bob).await.text("/user/name"), "Bob");
    assert_eq!(mallory.verifies(&link_of_mallory).await.user_error(), "TOKEN_INVALID");
    assert_eq!(mallory.logs_in().await.user_error(), "INVALID_CREDENTIALS");
    assert_eq!(app.count::<registration::Entity>().await, 0);
    bob.logs_in().await.succeeds();
}

async fn registering_a_taken_address_tells_its_owner_and_answers_the_same(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let somebody = app.visitor("Bob@Example.com").with_password("somebody else's");
    let answer = somebody.registers().await.object("");
    assert_eq!((answer.text("/nextStep"), answer.at("/user")), ("VERIFY_EMAIL", &json!(null)));

    app.run_jobs().await;
    let mail = app.mail_to("bob@example.com");
    assert_eq!(mail.subject(), "Somebody tried to register with your address");
    assert_eq!(mail.link(), "http://usher.test/login");
    assert_eq!(somebody.logs_in().await.user_error(), "EMAIL_NOT_VERIFIED", "as with a free address");
    assert!(!somebody.is_signed_in().await);
    bob.logs_in().await.succeeds();
}

async fn who_has_not_verified_the_address_is_told_so(app: Usher) {
    let bob = app.visitor("bob@example.com");
    bob.registers().await.succeeds();
    let refused = bob.logs_in().await;
    assert_eq!((refused.user_error(), refused.user_error_field()), ("EMAIL_NOT_VERIFIED".into(), "email".into()));
    assert!(bob.token().is_none());
    app.ignores_mail().await;
}

async fn only_the_right_password_is_told_that_the_address_is_not_verified(app: Usher) {
    let bob = app.visitor("bob@example.com");
    bob.registers().await.succeeds();
    assert_eq!(bob.with_password("a guess at it").logs_in().await.user_error(), "INVALID_CREDENTIALS");
    app.ignores_mail().await;
}

async fn a_wrong_password_and_an_unknown_address_are_told_the_same(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let wrong = bob.with_password("not the password").logs_in().await;
    let unknown = app.visitor("nobody@example.com").logs_in().await;
    assert_eq!(wrong.user_error(), "INVALID_CREDENTIALS");
    assert_eq!(wrong.data(""), unknown.data(""));
}

async fn logging_out_ends_this_session_and_no_other(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let at_work = bob.elsewhere();
    at_work.logs_in().await.succeeds();
    bob.logs_out().await.succeeds();
    assert!(!bob.is_signed_in().await);
    assert!(at_work.is_signed_in().await);
    assert_eq!(bob.logs_out().await.error_code(), "UNAUTHENTICATED");
}

async fn a_session_is_ended_from_another_client(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let lost = bob.elsewhere();
    lost.logs_in().await.succeeds();
    let sessions = bob.sees_viewer().await.list("/sessions");
    let of_lost = sessions.iter().find(|session| session.at("/current") == &json!(false)).expect("another session");
    assert_eq!(sessions.len(), 2);

    let input = json!({ "sessionId": of_lost.id() });
    let carol = app.account("carol@example.com").await;
    assert_eq!(carol.mutates("revokeSession", input.clone(), "").await.error_code(), "NOT_FOUND");
    bob.mutates("revokeSession", input, "").await.succeeds();
    assert!(!lost.is_signed_in().await);
    assert!(bob.is_signed_in().await);
}

async fn a_session_tells_its_client_and_its_last_use(app: Usher) {
    let bob = app.account("bob@example.com").await.with_client("Lynx/2.9.0");
    bob.logs_in().await.succeeds();
    let begun = app.now();
    let own = async || {
        let sessions = bob.sees_viewer().await.list("/sessions");
        sessions.into_iter().find(|session| session.at("/current") == true).expect("the session that asks")
    };
    let time = |session: &Object, path: &str| session.text(path).parse::<DateTime<Utc>>().expect("a time");
    assert_eq!((own().await.text("/userAgent"), time(&own().await, "/lastSeenAt")), ("Lynx/2.9.0", begun));
    for _ in 0..2 {
        app.clock_moves(Duration::from_mins(2));
        let used = own().await;
        assert_eq!((time(&used, "/createdAt"), time(&used, "/lastSeenAt")), (begun, app.now()));
    }
    let verbose = bob.with_client(&"x".repeat(1_000));
    verbose.logs_in().await.succeeds();
    let names = bob.sees_viewer().await.list("/sessions");
    assert!(names.iter().any(|session| *session.at("/userAgent") == "x".repeat(300)), "the beginning of a long one");
}

async fn a_short_session_lives_on_as_long_as_it_is_used(app: Usher) {
    let rules = Rules { session_idle: Duration::from_mins(1), ..app.domain().rules };
    let bob = app.account("bob@example.com").await.through(&app.server_with_rules(rules));
    bob.logs_in().await.succeeds();
    for _ in 0..12 {
        app.clock_moves(Duration::from_secs(20));
        assert!(bob.is_signed_in().await);
    }
    app.clock_moves(Duration::from_mins(1));
    assert!(!bob.is_signed_in().await);
}

async fn a_session_that_is_used_lives_on_and_ends_after_thirty_days_without_use(app: Usher) {
    let bob = app.account("bob@example.com").await;
    for _ in 0..3 {
        app.clock_moves(Duration::from_hours(29 * 24));
        assert!(bob.is_signed_in().await);
    }
    app.clock_moves(Duration::from_hours(30 * 24));
    assert!(!bob.is_signed_in().await);
    worker::sweep(app.domain()).await.expect("a sweep");
    assert_eq!(app.count::<session::Entity>().await, 0);
}

async fn a_session_ends_at_last_however_much_it_is_used(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let longest = app.domain().rules.session_max;
    let month = Duration::from_hours(29 * 24);
    let mut age = Duration::ZERO;
    while age + month < longest {
        app.clock_moves(month);
        age += month;
        assert!(bob.is_signed_in().await, "at the age of {age:?}");
    }
    app.clock_moves(longest - age);
    assert!(!bob.is_signed_in().await);
}

async fn a_token_that_was_never_given_out_is_nobody(app: Usher) {
    let bob = app.visitor("bob@example.com");
    for token in ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        bob.takes_token(Some(token.to_owned()));
        assert!(!bob.is_signed_in().await, "{token:?}");
    }
    assert_eq!(bob.tries_to_create_workspace("Acme").await.error_code(), "UNAUTHENTICATED");
}

async fn addresses_that_differ_in_case_are_one_person(app: Usher) {
    let bob = app.account("Bob@Example.COM").await;
    for typed in ["bob@example.com", "BOB@EXAMPLE.COM", "  bob@Example.com "] {
        bob.elsewhere().logs_in_with(json!({ "email": typed })).await.succeeds();
    }
    // ß and ss are one in the local part, as Unicode folds case.
    let strasse = app.account("Straße@example.com").await;
    strasse.elsewhere().logs_in_with(json!({ "email": "STRASSE@example.com" })).await.succeeds();
}

async fn a_domain_is_one_in_either_of_its_forms(app: Usher) {
    let bob = app.account("bob@bücher.example").await;
    for typed in ["bob@BÜCHER.example", "bob@xn--bcher-kva.example"] {
        bob.elsewhere().logs_in_with(json!({ "email": typed })).await.succeeds();
    }
}

async fn mail_goes_to_the_address_as_typed(app: Usher) {
    app.visitor("Bob@Example.COM").registers_with(json!({ "email": " Bob.Builder@Example.COM " })).await.succeeds();
    app.run_jobs().await;
    app.mail_to("Bob.Builder@Example.COM");
}

async fn a_verification_link_works_once(app: Usher) {
    let bob = app.visitor("bob@example.com");
    bob.registers().await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("bob@example.com").link();
    bob.verifies(&link).await.succeeds();
    let again = bob.verifies(&link).await;
    assert_eq!((again.user_error(), again.user_error_field()), ("TOKEN_INVALID".into(), "token".into()));
}

async fn a_verification_link_ends_after_a_day(app: Usher) {
    let bob = app.visitor("bob@example.com");
    bob.registers().await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("bob@example.com").link();
    app.clock_moves(Duration::from_hours(24));
    assert_eq!(bob.verifies(&link).await.user_error(), "TOKEN_INVALID");
    assert_eq!(bob.logs_in().await.user_error(), "INVALID_CREDENTIALS");
    worker::sweep(app.domain()).await.expect("a sweep");
    assert_eq!(app.count::<registration::Entity>().await, 0);
}

async fn a_link_for_one_thing_is_no_link_for_another(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (_, invitation_link) = alice.sends_link(&acme, "bob@example.com").await;
    let bob = app.visitor("bob@example.com");
    bob.registers().await.succeeds();
    app.run_jobs().await;
    let verify_link = app.mail_to("bob@example.com").link();

    assert_eq!(bob.verifies(&invitation_link).await.user_error(), "TOKEN_INVALID");
    assert_eq!(bob.joins(&verify_link).await.user_error(), "TOKEN_INVALID");
    assert_eq!(bob.registers_through(&verify_link).await.user_error(), "TOKEN_INVALID");
    assert!(bob.looks_at(&verify_link).await.is_null());
    bob.verifies(&verify_link).await.succeeds();
}

async fn a_mangled_link_is_no_link(app: Usher) {
    let bob = app.visitor("bob@example.com");
    bob.registers().await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("bob@example.com").link();
    let (_, token) = link.rsplit_once('/').expect("a token at the end");
    for (position, character) in token.char_indices() {
        let other = if character == 'A' { 'B' } else { 'A' };
        let forged = format!("{}{other}{}", &token[..position], &token[position + 1..]);
        let answer = bob.verifies(&forged).await;
        assert_eq!(answer.user_error(), "TOKEN_INVALID", "changed at {position}");
    }
    for mangled in ["", "x", &token[1..], &format!("{token}A"), "ÄÖÜ", &"A".repeat(10_000)] {
        assert_eq!(bob.verifies(mangled).await.user_error(), "TOKEN_INVALID", "{mangled:?}");
    }
    bob.verifies(&link).await.succeeds();
}

async fn everything_that_is_wrong_with_a_registration_is_told_at_once(app: Usher) {
    let input = json!({ "email": "bob", "name": " ", "password": "" });
    let errors = app.visitor("bob@example.com").registers_with(input).await.user_errors();
    let errors: Vec<_> = errors.iter().map(|error| (error.code.as_str(), error.field.as_str())).collect();
    assert_eq!(errors, [("INVALID_EMAIL", "email"), ("INVALID_NAME", "name"), ("INVALID_PASSWORD", "password")]);
    assert_eq!(app.count::<registration::Entity>().await, 0);
}

async fn the_operator_makes_an_account_once(app: Usher) {
    app.account("bob@example.com").await;
    let again = domain::user::create_verified(app.domain(), "BOB@example.com", "Bob", &"another password".into()).await;
    let Err(domain::Error::User(errors)) = again else { panic!("made twice: {again:?}") };
    assert_eq!((errors[0].code, errors[0].field.as_slice()), (domain::Code::InvalidInput, &["email".to_owned()][..]));
}
