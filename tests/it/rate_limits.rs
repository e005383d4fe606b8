//! Limits of passwords, registrations and clients: what is too much is refused until the clock frees it, and nobody pays
//! for somebody else.

use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, RETRY_AFTER};
use axum::http::{Request, StatusCode};
use domain::rate_limit::Limit;
use futures::FutureExt;
use secrecy::SecretString;
use serde_json::json;
use tests::{Actor, Answer, Redis, Usher, at_once, eventually, stories};
use tokio::net::TcpListener;

stories![
    a_password_is_tried_so_often_and_no_more,
    the_right_password_costs_nothing,
    nobody_is_locked_out_by_somebody_else,
    whoever_has_one_address_of_a_network_has_all,
    a_registration_that_waits_is_guessed_no_faster_than_an_account,
    a_confirmation_is_tried_so_often_in_one_session,
    registrations_are_counted_for_the_client_and_for_the_address_it_names,
    resets_are_counted_for_the_client_and_for_the_address_it_names,
    two_servers_share_one_budget,
    limits_hold_while_redis_is_away,
    of_many_requests_one_waits_for_a_redis_that_says_nothing,
    redis_learns_no_address,
    a_proxy_is_believed_only_when_it_is_trusted,
    a_page_says_that_it_was_too_much_and_until_when,
];

pub(crate) fn limited(app: &Usher, limits: &[(Limit, &str)]) -> Usher {
    app.server_with_limits(limits, None, &[])
}

async fn tries_wrongly(actor: &Actor) -> Answer {
    actor.logs_in_with(json!({ "password": "a wrong password" })).await
}

async fn fails(actor: &Actor, times: usize) {
    for _ in 0..times {
        assert_eq!(tries_wrongly(actor).await.user_error(), "INVALID_CREDENTIALS");
    }
}

async fn a_password_is_tried_so_often_and_no_more(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let bob = bob.at("203.0.113.1").through(&limited(&app, &[(Limit::LoginAccount, "3/15m")]));
    fails(&bob, 3).await;
    assert_eq!(tries_wrongly(&bob).await.retry_after(), 300);
    assert_eq!(bob.logs_in().await.retry_after(), 300);
    app.clock_moves(Duration::from_secs(299));
    assert_eq!(tries_wrongly(&bob).await.retry_after(), 1);
    app.clock_moves(Duration::from_secs(1));
    fails(&bob, 1).await;
    assert_eq!(tries_wrongly(&bob).await.retry_after(), 300);
    app.clock_moves(Duration::from_mins(15));
    fails(&bob, 3).await;
}

async fn the_right_password_costs_nothing(app: Usher) {
    let bob = app.account("bob@example.com").await;
    let limits = [(Limit::LoginAccount, "2/15m"), (Limit::LoginClient, "2/15m")];
    let bob = bob.at("203.0.113.1").through(&limited(&app, &limits));
    for _ in 0..5 {
        bob.logs_in().await.succeeds();
    }
    fails(&bob, 2).await;
    assert_eq!(tries_wrongly(&bob).await.error_code(), "RATE_LIMITED");
}

async fn nobody_is_locked_out_by_somebody_else(app: Usher) {
    let (bob, eve) = (app.account("bob@example.com").await, app.visitor("bob@example.com"));
    let limits = [(Limit::LoginAccount, "2/15m"), (Limit::LoginClient, "4/15m")];
    let server = limited(&app, &limits);
    let (bob, eve) = (bob.at("203.0.113.1").through(&server), eve.at("203.0.113.66").through(&server));
    fails(&eve, 2).await;
    assert_eq!(tries_wrongly(&eve).await.error_code(), "RATE_LIMITED");
    bob.logs_in().await.succeeds();
    // Another account is another budget, until the client has tried too many of them.
    let other = app.visitor("carol@example.com").at("203.0.113.66").through(&server);
    fails(&other, 2).await;
    let third = app.visitor("dave@example.com").at("203.0.113.66").through(&server);
    assert_eq!(tries_wrongly(&third).await.error_code(), "RATE_LIMITED");
    bob.logs_in().await.succeeds();
}

async fn whoever_has_one_address_of_a_network_has_all(app: Usher) {
    let server = limited(&app, &[(Limit::LoginClient, "2/15m")]);
    let eve = |address: &str| app.visitor("eve@example.com").at(address).through(&server);
    fails(&eve("2001:db8:1:2::1"), 1).await;
    fails(&eve("2001:db8:1:2:ffff::9"), 1).await;
    assert_eq!(tries_wrongly(&eve("2001:db8:1:2:3:4:5:6")).await.error_code(), "RATE_LIMITED");
    fails(&eve("2001:db8:1:3::1"), 2).await;
    fails(&eve("::ffff:203.0.113.1"), 2).await;
    assert_eq!(tries_wrongly(&eve("203.0.113.1")).await.error_code(), "RATE_LIMITED");
    fails(&eve("203.0.113.2"), 1).await;
}

async fn a_registration_that_waits_is_guessed_no_faster_than_an_account(app: Usher) {
    let bob = app.visitor("bob@example.com");
    bob.registers().await.succeeds();
    app.run_jobs().await;
    let link = app.mail_to("bob@example.com").link();
    let server = limited(&app, &[(Limit::LoginAccount, "2/15m")]);
    let eve = bob.with_password("a wrong password").at("203.0.113.66").through(&server);
    for _ in 0..2 {
        assert_eq!(eve.verifies(&link).await.user_error(), "INVALID_CREDENTIALS");
    }
    assert_eq!(eve.verifies(&link).await.error_code(), "RATE_LIMITED");
    bob.at("203.0.113.1").through(&server).verifies(&link).await.succeeds();
}

async fn a_confirmation_is_tried_so_often_in_one_session(app: Usher) {
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let server = limited(&app, &[(Limit::LoginAccount, "2/15m")]);
    let hands_over = async |actor: &Actor, password: &str| {
        let members = alice.sees_members(&acme).await;
        let input = json!({ "workspaceId": acme.id(), "toMembershipId": members[0].id(), "password": password });
        actor.mutates("transferOwnership", input, "workspace { id }").await
    };
    let stolen = alice.through(&server);
    for _ in 0..2 {
        assert_eq!(hands_over(&stolen, "a guess").await.user_error(), "INVALID_CREDENTIALS");
    }
    assert_eq!(hands_over(&stolen, "a guess").await.error_code(), "RATE_LIMITED");
    let own = alice.at("203.0.113.1").through(&server);
    own.logs_in().await.succeeds();
    // Past the password: to hand over to oneself is refused for what it is.
    assert_eq!(hands_over(&own, &alice.password).await.user_error(), "ROLE_NOT_ALLOWED");
}

async fn registrations_are_counted_for_the_client_and_for_the_address_it_names(app: Usher) {
    app.account("taken@example.com").await;
    let limits = [(Limit::RegisterAddress, "2/1h"), (Limit::RegisterClient, "5/1h")];
    let server = limited(&app, &limits);
    let at = |email: &str, address: &str| app.visitor(email).at(address).through(&server);
    for email in ["free@example.com", "taken@example.com"] {
        at(email, "203.0.113.1").registers().await.succeeds();
        at(email, "203.0.113.1").registers().await.succeeds();
        assert_eq!(at(email, "203.0.113.1").registers().await.retry_after(), 1_800, "{email}");
        at(email, "203.0.113.2").registers().await.succeeds();
    }
    at("third@example.com", "203.0.113.1").registers().await.succeeds();
    assert_eq!(at("fourth@example.com", "203.0.113.1").registers().await.error_code(), "RATE_LIMITED");
    app.clock_moves(Duration::from_mins(30));
    at("free@example.com", "203.0.113.1").registers().await.succeeds();
    app.ignores_mail().await;
}

async fn resets_are_counted_for_the_client_and_for_the_address_it_names(app: Usher) {
    app.account("taken@example.com").await;
    let limits = [(Limit::ResetAddress, "2/1h"), (Limit::ResetClient, "5/1h")];
    let server = limited(&app, &limits);
    let asks = async |email: &str, address: &str| {
        let actor = app.visitor(email).at(address).through(&server);
        actor.mutates("requestPasswordReset", json!({ "email": email }), "").await
    };
    for email in ["free@example.com", "taken@example.com"] {
        asks(email, "203.0.113.1").await.succeeds();
        asks(email, "203.0.113.1").await.succeeds();
        assert_eq!(asks(email, "203.0.113.1").await.retry_after(), 1_800, "{email}");
        asks(email, "203.0.113.2").await.succeeds();
    }
    asks("third@example.com", "203.0.113.1").await.succeeds();
    assert_eq!(asks("fourth@example.com", "203.0.113.1").await.error_code(), "RATE_LIMITED");
    app.ignores_mail().await;
}

fn two_servers(app: &Usher, redis: &Redis) -> [Usher; 2] {
    let url = SecretString::from(redis.url(0));
    [(); 2].map(|()| app.server_with_limits(&[(Limit::LoginAccount, "4/15m")], Some(&url), &[]))
}

async fn two_servers_share_one_budget(app: Usher) {
    let bob = app.account("bob@example.com").await.at("203.0.113.1");
    let redis = Redis::start();
    let [one, other] = two_servers(&app, &redis).map(|server| bob.through(&server));
    fails(&one, 2).await;
    fails(&other, 2).await;
    assert_eq!(tries_wrongly(&one).await.retry_after(), 225);
    assert_eq!(tries_wrongly(&other).await.retry_after(), 225);
    app.clock_moves(Duration::from_secs(225));
    fails(&other, 1).await;
    assert_eq!(tries_wrongly(&one).await.retry_after(), 225);
    app.clock_moves(Duration::from_mins(15));
    for server in [&one, &other] {
        server.logs_in().await.succeeds();
        fails(server, 2).await;
    }
    assert_eq!(bob.through(&two_servers(&app, &redis)[0]).logs_in().await.error_code(), "RATE_LIMITED");
}

async fn limits_hold_while_redis_is_away(app: Usher) {
    let bob = app.account("bob@example.com").await.at("203.0.113.1");
    let mut redis = Redis::start();
    let [one, other] = two_servers(&app, &redis).map(|server| bob.through(&server));
    fails(&one, 4).await;
    redis.kill();
    // Each process counts alone now, and begins anew.
    for server in [&one, &other] {
        fails(server, 4).await;
        assert_eq!(tries_wrongly(server).await.retry_after(), 225);
    }
    redis.restart_empty();
    for server in [&one, &other] {
        eventually("Redis is asked again", async || tries_wrongly(server).await.is_answered().then_some(())).await;
    }
    fails(&one, 2).await;
    assert_eq!(tries_wrongly(&other).await.retry_after(), 225);
}

async fn of_many_requests_one_waits_for_a_redis_that_says_nothing(app: Usher) {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("redis://{}", silent.local_addr().expect("its address")).into();
    let server = app.server_with_limits(&[(Limit::LoginAccount, "3/15m")], Some(&url), &[]);
    let bob = app.account("bob@example.com").await.at("203.0.113.1").through(&server);
    let tries = (0..12).map(|_| {
        let bob = bob.clone();
        async move { tries_wrongly(&bob).await }.boxed()
    });
    let answers = at_once(tries).await;
    let refused = answers.iter().filter(|answer| answer.is_answered()).count();
    assert_eq!(refused, 3, "each counts in this process");
    let mut connections = Vec::new();
    while let Some(connection) = silent.accept().now_or_never() {
        connections.push(connection.expect("a connection"));
    }
    assert_eq!(connections.len(), 1, "whoever waited for the first does not try after it");
}

async fn redis_learns_no_address(app: Usher) {
    let redis = Redis::start();
    let (alice, acme) = app.owner("alice@example.com", "Acme").await;
    let limits = [(Limit::LoginAccount, "4/15m"), (Limit::InviteRecipient, "4/15m"), (Limit::RegisterAddress, "4/15m")];
    let server = app.server_with_limits(&limits, Some(&redis.url(0).into()), &[]);
    tries_wrongly(&alice.at("203.0.113.1").through(&server)).await.user_error();
    alice.through(&server).invites(&acme, "bob@example.com").await;
    app.visitor("carol@example.com").through(&server).registers().await.succeeds();
    let client = redis::Client::open(redis.url(0)).expect("the URL of a Redis");
    let mut connection = client.get_multiplexed_async_connection().await.expect("Redis answers");
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.expect("the keys");
    assert_eq!(keys.len(), 3, "{keys:?}");
    for key in keys {
        assert!(!["example", "@", "alice", "bob", "carol", "203"].iter().any(|told| key.contains(told)), "{key}");
        let ends: i64 = redis::cmd("TTL").arg(&key).query_async(&mut connection).await.expect("its term");
        assert!((1..=900).contains(&ends), "{key} ends in {ends} s");
    }
    app.ignores_mail().await;
}

async fn a_proxy_is_believed_only_when_it_is_trusted(app: Usher) {
    let limits = [(Limit::LoginClient, "1/15m")];
    let tries = async |server: &Usher, peer: &str, forwarded: &str| {
        let query = "mutation { login(input: { email: \"bob@example.com\", password: \"wrong password\" }) { token } }";
        let mut request = Request::post("/graphql").header(CONTENT_TYPE, "application/json");
        request = request.header("x-forwarded-for", forwarded);
        let mut request = request.body(Body::from(json!({ "query": query }).to_string())).expect("a request");
        let peer: std::net::SocketAddr = format!("{peer}:40000").parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        !server.request(request).await.body().contains("RATE_LIMITED")
    };
    let bare = limited(&app, &limits);
    assert!(tries(&bare, "10.0.0.1", "203.0.113.1").await);
    assert!(!tries(&bare, "10.0.0.1", "203.0.113.2").await);
    let behind = app.server_with_limits(&limits, None, &["10.0.0.0/8"]);
    assert!(tries(&behind, "10.0.0.1", "203.0.113.1").await);
    assert!(tries(&behind, "10.0.0.1", "203.0.113.2").await);
    assert!(!tries(&behind, "10.0.0.1", "198.51.100.9, 203.0.113.1").await);
    assert!(!tries(&behind, "10.0.0.2", "203.0.113.2, 10.0.0.3").await);
    assert!(tries(&behind, "192.0.2.1", "203.0.113.1").await);
    assert!(!tries(&behind, "192.0.2.1", "203.0.113.3").await);
}

async fn a_page_says_that_it_was_too_much_and_until_when(app: Usher) {
    let posts = async |server: &Usher, language: &str| {
        let csrf = "c".repeat(43);
        let form = format!("email=bob%40example.com&password=a+wrong+password&csrf={csrf}");
        let request = Request::post("/login").header(COOKIE, format!("usher_csrf={csrf}"));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header(ACCEPT_LANGUAGE, language);
        server.request(request.body(Body::from(form)).expect("a request")).await
    };
    let told = [
        ("1/15m", "900", ["Try again in 15 min.", "Mēģiniet vēlreiz pēc 15 min."]),
        ("1/30s", "30", ["Try again in 30 s.", "Mēģiniet vēlreiz pēc 30 s."]),
    ];
    for (quota, retry_after, sentences) in told {
        let server = limited(&app, &[(Limit::LoginClient, quota)]);
        assert_eq!(posts(&server, "en").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        for (language, sentence) in ["en", "lv"].into_iter().zip(sentences) {
            let refused = posts(&server, language).await;
            assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(refused.headers().get(RETRY_AFTER).expect("a term"), retry_after);
            assert!(refused.body().contains(sentence), "{}", refused.body());
        }
    }
}
