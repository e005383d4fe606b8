//! What people typed is not lost: on the way back from the preview, at the end of a session, at a limit; nor where they
//! were going, over a mail. And what is too large is told with its limit.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, RETRY_AFTER};
use axum::http::{Request, Response, StatusCode};
use domain::rate_limit::Limit;
use tests::{Actor, Browser, Object, Page, Running, Usher, stories};

use crate::console_pages::hidden;
use crate::live;
use crate::rate_limits::limited;

stories![
    the_preview_leads_back_to_what_was_typed,
    a_form_sent_after_the_session_had_ended_can_be_sent_again,
    a_form_with_a_password_is_sent_again_without_it,
    a_limit_leaves_what_was_typed_in_the_form,
    a_limit_leaves_the_preview_to_be_sent_later,
    a_form_that_is_too_large_names_its_limit,
    rows_too_large_to_be_sent_together_are_told_so_at_once,
];

/// Of the program, where a browser keeps cookies.
pub(crate) mod programs {
    use super::*;

    stories![alone:
        the_way_on_is_kept_over_a_new_password,
        the_way_on_is_kept_over_a_registration,
        an_invitation_is_kept_over_a_new_password,
    ];
}

fn new(workspace: &Object) -> String {
    format!("/w/{}/invitations/new", workspace.id())
}

async fn the_preview_leads_back_to_what_was_typed(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let fields = [
        ("emails", "bob@example.com\nnobody"),
        ("role", "USER"),
        ("location", riga.id()),
        ("message", "Come in"),
        ("language", "lv"),
    ];
    let preview = alice.submits(&new(&acme), &fields).await.into_body();
    assert!(preview.contains("formaction=\"") && preview.contains(">CHANGE</button>"), "{preview}");
    let kept = fields.each_ref().map(|(name, _)| (*name, hidden(&preview, name)));
    let kept: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let form = alice.submits(&new(&acme), &[&kept[..], &[("change", "1")]].concat()).await;
    assert_eq!(form.status(), StatusCode::OK);
    for shown in ["bob@example.com\nnobody</textarea>", "Come in</textarea>", " checked> Riga", "lang=\"lv\" selected"]
    {
        assert!(form.body().contains(shown), "{shown}: {}", form.body());
    }
    assert!(alice.sees_invitations(&acme).await.is_empty());
}

async fn a_form_sent_after_the_session_had_ended_can_be_sent_again(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let elsewhere = alice.elsewhere();
    let fields = [("emails", "bob@example.com"), ("role", "USER"), ("message", "Come in, \"Bob\"\nand stay")];
    let stopped = elsewhere.submits(&new(&acme), &fields).await;
    assert_eq!(stopped.status(), StatusCode::FORBIDDEN);
    let page = stopped.into_body();
    assert!(page.contains("You are logged out") && page.contains("href=\"/login\" target=\"_blank\""), "{page}");
    assert!(page.replace("&#x3D;", "=").contains(&format!("action=\"{}\"", new(&acme))), "{page}");
    let kept = fields.each_ref().map(|(name, _)| (*name, hidden(&page, name)));
    let kept: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(kept, fields);
    assert_eq!(elsewhere.submits(&new(&acme), &kept).await.status(), StatusCode::FORBIDDEN, "not before the login");
    elsewhere.logs_in().await.succeeds();
    assert_eq!(elsewhere.submits(&new(&acme), &kept).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(alice.sees_invitations(&acme).await.len(), 1);
    // What another site made a browser send is not shown by us.
    let forged = alice.elsewhere().submits_forged(&new(&acme), &fields).await;
    assert!(!forged.body().contains("Come in"), "{}", forged.body());
    app.ignores_mail().await;
}

async fn a_form_with_a_password_is_sent_again_without_it(app: Usher) {
    let alice = app.account("alice@example.com").await;
    let typed = [("currentPassword", alice.password.as_str()), ("newPassword", "another long password")];
    let stopped = alice.elsewhere().submits("/account/password", &typed).await;
    assert!(stopped.body().contains("SEND AGAIN"), "{}", stopped.body());
    assert!(typed.iter().all(|(_, password)| !stopped.body().contains(password)), "{}", stopped.body());
}

async fn a_limit_leaves_what_was_typed_in_the_form(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let alice = alice.through(&limited(&app, &[(Limit::InvitePerson, "1/1h")]));
    let fields = [("role", "USER"), ("message", "Come in")];
    alice.submits(&new(&acme), &[&fields[..], &[("emails", "bob@example.com")]].concat()).await;
    let refused = alice.submits(&new(&acme), &[&fields[..], &[("emails", "carol@example.com")]].concat()).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key(RETRY_AFTER));
    for shown in ["Try again in 60 min.", "carol@example.com</textarea>", "Come in</textarea>"] {
        assert!(refused.body().contains(shown), "{shown}: {}", refused.body());
    }
    app.ignores_mail().await;
}

async fn a_limit_leaves_the_preview_to_be_sent_later(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let server = limited(&app, &[(Limit::InvitePerson, "2/1h")]);
    let alice = alice.through(&server);
    alice.submits(&new(&acme), &[("emails", "bob@example.com")]).await;
    let typed = [("emails", "carol@example.com dave@example.com"), ("role", "USER")];
    let preview = alice.submits(&new(&acme), &typed).await;
    let confirms = async |page: &str| {
        let fields = ["payload", "key", "emails"].map(|name| (name, hidden(page, name)));
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        alice.submits(&new(&acme).replace("/new", "/send"), &fields).await
    };
    let refused = confirms(preview.body()).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.body().contains("Try again in"), "{}", refused.body());
    server.clock_moves(std::time::Duration::from_hours(2));
    let sent = confirms(refused.body()).await;
    assert!(sent.body().contains("2 invited, 0 not"), "{}", sent.body());
    app.ignores_mail().await;
}

/// Sends a form of several megabytes.
async fn sends_large(app: &Usher, actor: &Actor, path: &str) -> Response<String> {
    let session = actor.token().expect("somebody signed in");
    let request = Request::post(path)
        .header(COOKIE, format!("usher_csrf={}; usher_session={session}", "x".repeat(43)))
        .header(CONTENT_TYPE, "multipart/form-data; boundary=X")
        .body(Body::from(vec![b'x'; 5 * 1024 * 1024]));
    app.request(request.expect("a request")).await
}

async fn a_form_that_is_too_large_names_its_limit(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let refused = sends_large(&app, &alice, &new(&acme)).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let page = refused.body().replace("&#x3D;", "=");
    assert!(page.contains("at most 4 MB") && page.contains(&format!("href=\"{}\"", new(&acme))), "{page}");
}

async fn rows_too_large_to_be_sent_together_are_told_so_at_once(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let emails: Vec<String> = (0..1_000).map(|number| format!("guest{number}@example.com")).collect();
    let mut fields = vec![("emails", emails.join(" ")), ("message", "\u{1D11E}".repeat(1_000))];
    for number in 0..10 {
        fields.push(("location", alice.creates_location(&acme, &format!("Place {number}")).await.id().to_owned()));
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = alice.submits(&new(&acme), &fields).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body().contains("at most 4 MB") && refused.body().contains("guest999@example.com</textarea>"));
}

/// Where somebody is stopped who is not signed in, and where that leads after the login.
const WANTED: &str = "/account/sessions";

fn at(usher: &Running, path: &str) -> String {
    // As links in mails name it: a browser keeps cookies by this name.
    format!("http://localhost:{}{path}", usher.address().port().expect("a port"))
}

/// Takes a new password at the login that the browser is stopped at; answers the login that follows.
async fn takes_a_new_password(browser: &Browser, usher: &Running, email: &str) -> Page {
    let forgot = browser.visits(at(usher, "/forgot")).await;
    forgot.presses("SEND LINK", &[("email", email)]).await;
    let reset = browser.visits(usher.link_to(email, "Set a new password").await).await;
    reset.presses("SET PASSWORD", &[("password", "another long password")]).await
}

async fn the_way_on_is_kept_over_a_new_password() {
    let (usher, alice, _) = live::usher().await;
    let browser = Browser::default();
    assert_eq!(browser.visits(at(&usher, WANTED)).await.url.path(), "/login");
    let login = takes_a_new_password(&browser, &usher, &alice.email).await;
    let typed = [("email", alice.email.as_str()), ("password", "another long password")];
    let arrived = login.presses("LOGIN", &typed).await;
    assert_eq!(arrived.url.path(), WANTED, "{}", arrived.html);
    // It has led on: the next login begins anew.
    let out = arrived.presses("Log out", &[]).await;
    let login = browser.visits(out.url.join("/login?verified=1").expect("a path")).await;
    assert!(login.presses("LOGIN", &typed).await.url.path().starts_with("/w/"));
}

async fn the_way_on_is_kept_over_a_registration() {
    let (usher, _, _) = live::usher().await;
    let browser = Browser::default();
    assert_eq!(browser.visits(at(&usher, WANTED)).await.url.path(), "/login");
    let register = browser.visits(at(&usher, "/register")).await;
    let typed = [("name", "Bob"), ("email", "bob@example.com"), ("password", "a long password")];
    register.presses("REGISTER", &typed).await;
    let verify = browser.visits(usher.link_to("bob@example.com", "Verify your address").await).await;
    let login = verify.presses("VERIFY", &[("password", "a long password")]).await;
    let arrived = login.presses("LOGIN", &typed[1..]).await;
    assert_eq!(arrived.url.path(), WANTED, "{}", arrived.html);
}

async fn an_invitation_is_kept_over_a_new_password() {
    let (usher, alice, acme) = live::usher().await;
    let bob = usher.account("bob@example.com").await;
    alice.invites(&acme, &bob.email).await;
    let browser = Browser::default();
    let join = browser.visits(usher.link_to(&bob.email, "Alice invites you to Acme").await).await;
    assert_eq!(join.presses("JOIN", &[]).await.url.path(), "/login");
    let login = takes_a_new_password(&browser, &usher, &bob.email).await;
    let typed = [("email", bob.email.as_str()), ("password", "another long password")];
    let arrived = login.presses("LOGIN", &typed).await;
    assert!(arrived.url.path().contains(acme.id()), "{}: {}", arrived.url, arrived.html);
}
