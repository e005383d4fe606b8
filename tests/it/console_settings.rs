//! The settings of a workspace in a browser without JavaScript: name, seats, audit log, ownership, deletion.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use domain::rate_limit::Limit;
use entity::membership::Role;
use serde_json::json;
use tests::{Actor, RefusingSmtp, Usher, stories};

use crate::members::{membership_of, removes, role_of, updates};
use crate::rate_limits::limited;

stories![
    a_workspace_is_renamed_and_tells_its_seats,
    the_settings_are_for_those_who_manage,
    the_audit_log_is_read_newest_first_and_page_by_page,
    the_audit_log_names_roles_in_the_language_of_its_reader,
    the_owner_hands_the_workspace_over,
    the_owner_deletes_the_workspace_and_keeps_it_after_all,
    a_test_mail_is_sent_from_the_settings,
    a_test_mail_too_many_leaves_the_settings_as_they_are,
    a_workspace_opens_where_its_members_have_something_to_do,
];

async fn a_workspace_is_renamed_and_tells_its_seats(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    app.member("uma@example.com", &acme, Role::User).await;
    let settings = format!("/w/{}/settings", acme.id());
    let shown = alice.opens(&settings).await;
    assert!(shown.body().contains("value=\"Acme\"") && shown.body().contains("2 are taken"), "{}", shown.body());
    let refused = alice.submits(&settings, &[("name", &"x".repeat(101))]).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body().contains("at most 100 characters"), "{}", refused.body());
    let saved = alice.submits(&settings, &[("name", "Acme & Co")]).await.headers()[LOCATION].clone();
    let saved = alice.opens(saved.to_str().expect("text")).await;
    assert!(saved.body().contains("value=\"Acme &amp; Co\"") && saved.body().contains("Saved."), "{}", saved.body());
}

async fn the_settings_are_for_those_who_manage(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let path = |page: &str| format!("/w/{}/settings{page}", acme.id());
    assert!(!uma.opens(&format!("/w/{}/members", acme.id())).await.body().contains(&path("")));
    for page in ["", "/audit"] {
        assert_eq!(adam.opens(&path(page)).await.status(), StatusCode::OK, "{page}");
        assert_eq!(uma.opens(&path(page)).await.status(), StatusCode::FORBIDDEN, "{page}");
    }
    for page in ["/ownership", "/deletion"] {
        assert_eq!(alice.opens(&path(page)).await.status(), StatusCode::OK, "{page}");
        assert_eq!(adam.opens(&path(page)).await.status(), StatusCode::FORBIDDEN, "{page}");
        assert!(!adam.opens(&path("")).await.body().contains(&path(page)), "{page}");
        let typed = [("password", adam.password.as_str()), ("heir", &membership_of(&adam, &acme).await)];
        assert_eq!(adam.submits(&path(page), &typed).await.status(), StatusCode::FORBIDDEN, "{page}");
    }
    assert_eq!(uma.submits(&path(""), &[("name", "Mine")]).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(alice.sees_workspace(&acme).await.text("/name"), "Acme");
}

async fn the_audit_log_is_read_newest_first_and_page_by_page(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    for number in 1..=30 {
        alice.creates_location(&acme, &format!("Place {number}")).await;
    }
    app.run_jobs().await;
    let log = format!("/w/{}/settings/audit", acme.id());
    let first = alice.opens(&log).await.body().replace("&#x3D;", "=");
    let places: Vec<&str> =
        first.split("The location Place ").skip(1).filter_map(|rest| rest.split(' ').next()).collect();
    assert_eq!((places.len(), places[0], places[24]), (25, "30", "6"), "{first}");
    let link = |page: &str, rel: &str| {
        let rest = page.split(&format!("rel=\"{rel}\" href=\"")).nth(1)?;
        rest.split('"').next().map(|link| link.replace("&amp;", "&"))
    };
    assert!(link(&first, "prev").is_none() && first.contains("31 in all"), "{first}");
    let second = alice.opens(&link(&first, "next").expect("older ones")).await.body().replace("&#x3D;", "=");
    assert!(second.contains("The workspace Acme was created.") && second.contains("Place 5 was"), "{second}");
    assert!(link(&second, "next").is_none(), "{second}");
    let back = alice.opens(&link(&second, "prev").expect("newer ones")).await;
    assert!(back.body().contains("Place 30 was") && back.body().contains(">Alice</td>"), "{}", back.body());
    alice.submits("/account", &[("name", "Alise"), ("language", "lv")]).await;
    let latvian = alice.opens(&log).await;
    assert!(latvian.body().contains("Izveidota atrašanās vieta Place 30."), "{}", latvian.body());
}

async fn the_audit_log_names_roles_in_the_language_of_its_reader(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    alice.creates_location(&acme, "USER").await;
    alice.invites(&acme, "bob@example.com").await;
    updates(&alice, &membership_of(&uma, &acme).await, json!({ "role": "ADMINISTRATOR" })).await.succeeds();
    app.run_jobs().await;
    let log = format!("/w/{}/settings/audit", acme.id());
    let shown = alice.opens(&log).await;
    for said in
        ["bob@example.com was invited as User.", "from User to Administrator.", "The location USER was created."]
    {
        assert!(shown.body().contains(said), "{said}: {}", shown.body());
    }
    alice.submits("/account", &[("name", "Alice"), ("language", "lv")]).await;
    let shown = alice.opens(&log).await;
    for said in ["loma: Lietotājs.", "iepriekš Lietotājs, tagad Administrators."] {
        assert!(shown.body().contains(said), "{said}: {}", shown.body());
    }
    app.ignores_mail().await;
}

async fn the_owner_hands_the_workspace_over(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let form = format!("/w/{}/settings/ownership", acme.id());
    assert!(alice.opens(&form).await.body().contains("there is none yet"));
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let (heir, user) = (membership_of(&adam, &acme).await, membership_of(&uma, &acme).await);
    let wrong = alice.submits(&form, &[("heir", &heir), ("password", "not this one")]).await;
    assert!(wrong.body().contains("This password is wrong."), "{}", wrong.body());
    assert!(wrong.body().contains(&format!("value=\"{heir}\" selected")), "{}", wrong.body());
    let no_administrator = alice.submits(&form, &[("heir", &user), ("password", &alice.password)]).await;
    assert!(no_administrator.body().contains("Your role does not allow this."), "{}", no_administrator.body());
    assert_eq!(role_of(&alice, &acme).await, "OWNER");
    let done = alice.submits(&form, &[("heir", &heir), ("password", &alice.password)]).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!((role_of(&adam, &acme).await, role_of(&alice, &acme).await), ("OWNER".into(), "ADMINISTRATOR".into()));
}

async fn the_owner_deletes_the_workspace_and_keeps_it_after_all(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let form = format!("/w/{}/settings/deletion", acme.id());
    assert!(alice.opens(&form).await.body().contains("7 March 2026"));
    let wrong = alice.submits(&form, &[("password", "not this one")]).await;
    assert!(wrong.body().contains("This password is wrong."), "{}", wrong.body());
    assert_eq!(alice.submits(&form, &[("password", &alice.password)]).await.headers()[LOCATION], "/");
    assert_eq!(alice.opens(&form).await.status(), StatusCode::NOT_FOUND);
    let home = alice.opens("/").await;
    assert!(home.body().contains("Deleted workspaces") && home.body().contains("7 March 2026"), "{}", home.body());
    let mallory = app.account("mallory@example.com").await;
    let workspace = format!("/workspaces/{}", acme.id());
    assert_eq!(mallory.submits(&workspace, &[("action", "keep")]).await.status(), StatusCode::NOT_FOUND);
    let kept = alice.submits(&workspace, &[("action", "keep")]).await;
    assert_eq!(kept.headers()[LOCATION], format!("/w/{}", acme.id()).as_str());
    assert_eq!(alice.opens(&form).await.status(), StatusCode::OK);
    app.run_jobs().await;
    app.ignores_mail().await;
}

/// Asks for a test mail; answers the page that says what becomes of it.
async fn asks_for_a_test_mail(actor: &Actor, settings: &str) -> String {
    let asked = actor.submits(&format!("{settings}/test-mail"), &[]).await;
    asked.headers()[LOCATION].to_str().expect("text").trim_end_matches("#test-mail").to_owned()
}

async fn a_test_mail_is_sent_from_the_settings(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let settings = format!("/w/{}/settings", acme.id());
    assert!(alice.opens(&settings).await.body().contains(">SEND TEST MAIL</button>"));
    let page = asks_for_a_test_mail(&alice, &settings).await;
    let shown = alice.opens(&page).await;
    assert!(shown.body().contains("<dd>alice@example.com</dd>"), "{}", shown.body());
    assert!(shown.body().contains("Waiting to be sent"), "{}", shown.body());
    app.run_jobs().await;
    assert_eq!(app.mail_to("alice@example.com").subject(), "Test mail of Acme");
    assert!(alice.opens(&page).await.body().contains("<dd>Sent</dd>"));

    let smtp = RefusingSmtp::start("550 5.7.1 We do not relay for you").await;
    app.delivers_by_smtp(&smtp.url());
    let page = asks_for_a_test_mail(&alice, &settings).await;
    app.run_jobs().await;
    assert!(alice.opens(&page).await.body().contains("550 5.7.1 We do not relay for you"));
    let adam = app.member("adam@example.com", &acme, Role::Administrator).await;
    assert!(!adam.opens(&page).await.body().contains("We do not relay"), "it is of whoever asked");
}

async fn a_test_mail_too_many_leaves_the_settings_as_they_are(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let test_mail = format!("/w/{}/settings/test-mail", acme.id());
    let limited = alice.through(&limited(&app, &[(Limit::TestMail, "1/1h")]));
    limited.submits(&test_mail, &[]).await;
    let too_much = limited.submits(&test_mail, &[]).await;
    assert_eq!(too_much.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(too_much.body().contains("Try again in 60 min.") && too_much.body().contains("value=\"Acme\""));
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    assert_eq!(uma.submits(&test_mail, &[]).await.status(), StatusCode::FORBIDDEN);
    app.run_jobs().await;
    app.ignores_mail().await;
}

async fn a_workspace_opens_where_its_members_have_something_to_do(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let uma = app.member("uma@example.com", &acme, Role::User).await;
    let path = format!("/w/{}", acme.id());
    assert_eq!(alice.opens(&path).await.headers()[LOCATION], format!("{path}/invitations").as_str());
    assert_eq!(uma.opens(&path).await.headers()[LOCATION], format!("{path}/locations").as_str());
    let menu = format!("<a href=\"{path}\">WORKSPACE</a>");
    for page in ["/account".to_owned(), format!("{path}/members"), "/nowhere".to_owned()] {
        assert!(alice.opens(&page).await.body().contains(&menu), "{page}");
    }
    // Another one that is looked at is what its own menu leads to.
    let second = alice.creates_workspace("Second").await;
    assert!(alice.opens(&format!("{path}/members")).await.body().contains(&menu));
    assert!(alice.opens("/account").await.body().contains(&format!("<a href=\"/w/{}\">", second.id())));
    removes(&alice, &membership_of(&uma, &acme).await).await.succeeds();
    assert_eq!(uma.opens(&path).await.headers()[LOCATION], "/");
}
