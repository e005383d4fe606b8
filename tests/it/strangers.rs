//! Strangers at somebody else's address: what they register is worth nothing, and no public answer tells them whether
//! there is an account.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use domain::operator;
use entity::{invitation, registration};
use sea_orm::DbBackend;
use serde_json::json;
use tests::{Actor, Object, Usher, stories};

stories![
    whoever_registers_the_invited_address_first_gets_nothing,
    whoever_registers_it_while_its_owner_joins_gets_nothing,
    no_public_answer_tells_whether_there_is_an_account,
    no_public_answer_takes_longer_when_there_is_an_account,
];

const PASSWORD: &str = "what a stranger typed";

async fn whoever_registers_the_invited_address_first_gets_nothing(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let eve = app.visitor("bob@example.com").with_password(PASSWORD);
    eve.registers().await.succeeds();
    app.run_jobs().await;
    let link_of_eve = app.mail_to("bob@example.com").link();
    let (invitation, link) = alice.sends_link(&acme, "bob@example.com").await;
    sees_nothing_of_it(&app, &eve, &invitation).await;

    let bob = app.visitor("bob@example.com");
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "REGISTER");
    bob.registers_through(&link).await.succeeds();
    bob.logs_in().await.succeeds();
    assert_eq!(bob.sees_active_workspace().await.as_deref(), Some("Acme"));
    assert_eq!(eve.logs_in().await.user_error(), "INVALID_CREDENTIALS");
    assert_eq!(eve.verifies(&link_of_eve).await.user_error(), "TOKEN_INVALID");
    assert_eq!(app.count::<registration::Entity>().await, 0);
    app.ignores_mail().await;
}

/// Neither by what she registered, nor by an account of her own.
async fn sees_nothing_of_it(app: &Usher, eve: &Actor, invitation: &Object) {
    assert_eq!(eve.logs_in().await.user_error(), "EMAIL_NOT_VERIFIED");
    assert!(!eve.is_signed_in().await);
    assert_eq!(eve.accepts_by_id(invitation).await.error_code(), "UNAUTHENTICATED");
    let own = app.account("eve@example.com").await;
    assert!(own.sees_invitation(invitation).await.is_null());
    assert_eq!(own.sees_viewer().await.at("/invitations/totalCount"), &json!(0));
    assert_eq!(own.accepts_by_id(invitation).await.error_code(), "NOT_FOUND");
    assert_eq!(own.declines_by_id(invitation).await.error_code(), "NOT_FOUND");
}

async fn whoever_registers_it_while_its_owner_joins_gets_nothing(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let (_, link) = alice.sends_link(&acme, "bob@example.com").await;
    let bob = app.visitor("bob@example.com");
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "REGISTER");
    let eve = app.visitor("bob@example.com").with_password(PASSWORD);
    eve.registers().await.succeeds();
    app.run_jobs().await;
    let link_of_eve = app.mail_to("bob@example.com").link();
    // Bob takes the link for his own: without the password it was registered with, it makes no account.
    assert_eq!(bob.verifies(&link_of_eve).await.user_error(), "INVALID_CREDENTIALS");
    bob.registers_through(&link).await.succeeds();
    assert_eq!(eve.logs_in().await.user_error(), "INVALID_CREDENTIALS");
    assert_eq!(eve.verifies(&link_of_eve).await.user_error(), "TOKEN_INVALID");
    bob.logs_in().await.succeeds();
    assert_eq!(bob.sees_active_workspace().await.as_deref(), Some("Acme"));
    app.ignores_mail().await;
}

/// An address that is asked about, and the page of an invitation to it.
struct Asked {
    email: &'static str,
    join: String,
}

/// Addresses of the same length: one with an account, one without, one whose registration waits, one whose account is
/// disabled.
async fn addresses(app: &Usher) -> [Asked; 4] {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    app.account("known@example.com").await;
    app.account("ended@example.com").await;
    operator::set_disabled(app.domain(), "ended@example.com", true).await.expect("an account");
    app.visitor("waits@example.com").registers().await.succeeds();
    let invited = async |email: &'static str| {
        let invitation: Object = alice.invites(&acme, email).await;
        let link = app.link_of(&invitation);
        Asked { email, join: link.strip_prefix("http://usher.test").expect("a page of ours").to_owned() }
    };
    [
        invited("known@example.com").await,
        invited("other@example.com").await,
        invited("waits@example.com").await,
        invited("ended@example.com").await,
    ]
}

/// Somebody without a session asks about an address: by a mutation or by a page.
async fn asks(app: &Usher, door: &str, about: &Asked) -> Response<String> {
    let (stranger, email) = (app.visitor("stranger@example.com"), about.email);
    let form = [("email", email), ("name", "Stranger"), ("password", PASSWORD)];
    match door {
        "/join" => stranger.opens(&about.join).await,
        "/register" => stranger.submits(door, &form).await,
        "/login" => stranger.submits(door, &[form[0], form[2]]).await,
        "/forgot" => stranger.submits(door, &form[..1]).await,
        "register" => call(app, door, json!({ "email": email, "name": "Stranger", "password": PASSWORD })).await,
        "login" => call(app, door, json!({ "email": email, "password": PASSWORD })).await,
        _ => call(app, door, json!({ "email": email })).await,
    }
}

async fn call(app: &Usher, mutation: &str, input: serde_json::Value) -> Response<String> {
    let (initial, rest) = mutation.split_at(1);
    let input_type = format!("{}{rest}Input", initial.to_uppercase());
    let query = format!(
        "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ __typename userErrors {{ code message field }} }} }}"
    );
    let body = json!({ "query": query, "variables": { "input": input } }).to_string();
    let request = Request::post("/graphql").header(CONTENT_TYPE, "application/json").body(Body::from(body));
    app.request(request.expect("a request")).await
}

/// What can be told of an answer, without the address that was asked about and what is another each time.
fn told(answer: &Response<String>, about: &Asked) -> (StatusCode, HeaderMap, String) {
    let mut headers = answer.headers().clone();
    assert!(headers.remove("x-request-id").is_some());
    let body = answer.body().replace(about.email, "ADDRESS").replace(&about.join, "/join/TOKEN");
    (answer.status(), headers, body)
}

async fn no_public_answer_tells_whether_there_is_an_account(app: Usher) {
    let addresses = addresses(&app).await;
    // The second login follows a registration with its password.
    let doors =
        ["login", "/login", "register", "login", "requestPasswordReset", "/register", "/login", "/forgot", "/join"];
    for door in doors {
        let mut answers = Vec::new();
        for about in &addresses {
            answers.push(told(&asks(&app, door, about).await, about));
        }
        for (answer, about) in answers.iter().zip(&addresses) {
            assert_eq!(answer, &answers[0], "{door} tells something of {}", about.email);
        }
    }
    assert_eq!(app.count::<invitation::Entity>().await, 4, "and looking has changed nothing");
    app.ignores_mail().await;
}

/// How often each is asked.
const TIMES: usize = 200;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// One after the other, so that whatever else the machine does meets both alike.
async fn no_public_answer_takes_longer_when_there_is_an_account(app: Usher) {
    let [known, other, _, _] = addresses(&app).await;
    let doors = ["requestPasswordReset", "/join", "register", "login"];
    // The last two compute hashes, which take their time on either database alike, and that of the test.
    let doors = if app.db().get_database_backend() == DbBackend::Sqlite { &doors[..] } else { &doors[..2] };
    for door in doors {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..TIMES {
            for (times, about) in times.iter_mut().zip([&known, &other]) {
                let begun = Instant::now();
                asks(&app, door, about).await;
                times.push(begun.elapsed());
            }
        }
        let [known, other] = times.map(median);
        assert!(known < other * 2 && other < known * 2, "{door}: {known:?} with an account, {other:?} without");
    }
    app.ignores_mail().await;
}
