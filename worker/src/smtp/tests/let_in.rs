//! TLS, authentication and the URL they come from.

use std::{net::Ipv4Addr, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};

use super::{Fake, Outcome, PATIENT, Pool, Reply, Server, letter, ready, words};
use crate::smtp::{open, roots};

const USER: &str = "us%40er:p%C3%A4ss%2Fword@";

/// A certificate of the server's own making, and the server's side of TLS with it.
fn certificate() -> (CertificateDer<'static>, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed([Ipv4Addr::LOCALHOST.to_string()]).expect("a certificate");
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("a certificate with its key");
    (certificate, TlsAcceptor::from(Arc::new(config)))
}

async fn with_tls(tls: TlsAcceptor) -> Fake {
    let offers = "250-fake.test\r\n250-STARTTLS\r\n250 AUTH PLAIN";
    Fake::with_tls(tls, move |_, line| line.starts_with("EHLO").then_some(Reply::Say(offers))).await
}

async fn send(url: &str) -> Outcome {
    pool_to(Server::from_url(url, roots::mozilla())).send(&letter(), None, ready(true)).await
}

fn pool_to(server: Result<Server, String>) -> Pool {
    Pool::new(server.expect("a URL"), PATIENT, 8)
}

fn trusting(certificate: CertificateDer<'static>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("a certificate");
    roots
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_mail_when_tls_is_required() {
    let fake = Fake::start(|_, _| None).await;
    let outcome = send(&format!("{}?tls=required", fake.url(USER))).await;
    assert_eq!(outcome, Outcome::Passing("STARTTLS: the mail server does not offer it".to_owned()));
    assert_eq!(fake.lines(), [["EHLO [127.0.0.1]"]]);
}

#[tokio::test]
async fn a_certificate_of_nobody_we_know_is_refused() {
    let fake = with_tls(certificate().1).await;
    let outcome = send(&format!("{}?tls=required", fake.url(USER))).await;
    let Outcome::Passing(words) = outcome else { panic!("{outcome:?}") };
    assert!(words.starts_with("STARTTLS: ") && words.contains("certificate"), "{words}");
    assert_eq!(fake.lines(), [["EHLO [127.0.0.1]", "STARTTLS"]]);
}

#[tokio::test]
async fn with_a_good_certificate_all_the_rest_goes_under_tls() {
    let (certificate, tls) = certificate();
    let fake = with_tls(tls).await;
    let pool = pool_to(Server::from_url(&format!("{}?tls=required", fake.url(USER)), trusting(certificate)));
    for _ in 0..2 {
        assert_eq!(pool.send(&letter(), None, ready(true)).await, Outcome::Sent);
    }
    drop(pool);
    fake.is_left_alone().await;
    let said = &fake.lines()[0];
    assert_eq!(fake.connections(), 1);
    assert_eq!(said[..3], ["EHLO [127.0.0.1]", "STARTTLS", "EHLO [127.0.0.1]"]);
    assert!(said[3].starts_with("AUTH PLAIN "), "{said:?}");
    assert_eq!(said.last().expect("a line"), "QUIT");
}

#[tokio::test]
async fn smtps_is_under_tls_from_the_first_byte() {
    let (certificate, tls) = certificate();
    let offers = "250-fake.test\r\n250 AUTH PLAIN";
    let fake = Fake::under_tls(tls, move |_, line| line.starts_with("EHLO").then_some(Reply::Say(offers))).await;
    let url = fake.url(USER).replace("smtp://", "smtps://");
    let words = words(send(&url).await);
    assert!(words.starts_with("TLS: ") && words.contains("certificate"), "{words}");

    assert_eq!(
        pool_to(Server::from_url(&url, trusting(certificate))).send(&letter(), None, ready(true)).await,
        Outcome::Sent
    );
    let lines = fake.lines();
    assert!(lines[0].is_empty(), "nothing is said to a stranger: {lines:?}");
    assert_eq!(lines[1][0], "EHLO [127.0.0.1]");
    assert!(lines[1][1].starts_with("AUTH PLAIN "), "{lines:?}");
}

#[tokio::test]
async fn what_was_said_before_tls_began_is_not_believed() {
    let injected = "220 go on\r\n250-fake.test\r\n250 AUTH LOGIN";
    let fake = Fake::start(move |_, line| match line.get(..4) {
        Some("EHLO") => Some(Reply::Say("250-fake.test\r\n250 STARTTLS")),
        Some("STAR") => Some(Reply::Say(injected)),
        _ => None,
    })
    .await;
    let words = words(send(&format!("{}?tls=required", fake.url(""))).await);
    assert_eq!(words, "STARTTLS: the mail server spoke before TLS had begun");
}

#[tokio::test]
async fn the_password_goes_by_plain_or_by_login() {
    let fake =
        Fake::start(|_, line| line.starts_with("EHLO").then_some(Reply::Say("250-fake.test\r\n250 AUTH LOGIN PLAIN")))
            .await;
    assert_eq!(send(&fake.url(USER)).await, Outcome::Sent);
    // \0us@er\0päss/word
    assert_eq!(fake.lines()[0][1], "AUTH PLAIN AHVzQGVyAHDDpHNzL3dvcmQ=");

    let fake = Fake::start(|_, line| match line {
        "AUTH LOGIN" => Some(Reply::Say("334 VXNlcm5hbWU6")),
        "dXNAZXI=" => Some(Reply::Say("334 UGFzc3dvcmQ6")),
        "cMOkc3Mvd29yZA==" => Some(Reply::Say("235 2.7.0 come in")),
        line => line.starts_with("EHLO").then_some(Reply::Say("250-fake.test\r\n250-AUTH CRAM-MD5\r\n250 AUTH LOGIN")),
    })
    .await;
    assert_eq!(send(&fake.url(USER)).await, Outcome::Sent);
}

#[tokio::test]
async fn a_wrong_password_is_passing_and_never_repeated() {
    let fake = Fake::start(|_, line| match line.get(..4) {
        Some("EHLO") => Some(Reply::Say("250-fake.test\r\n250 AUTH PLAIN")),
        Some("AUTH") => Some(Reply::Say("535 5.7.8 no: AHVzQGVyAHDDpHNzL3dvcmQ= is päss/word")),
        _ => None,
    })
    .await;
    assert_eq!(send(&fake.url(USER)).await, Outcome::Passing("AUTH: 535 5.7.8 no: … is …".to_owned()));

    let fake = Fake::start(|_, _| None).await;
    assert_eq!(words(send(&fake.url(USER)).await), "AUTH: the mail server offers neither PLAIN nor LOGIN");
}

#[test]
fn a_password_is_not_said_in_the_clear_but_on_the_machine_itself() {
    let may_be_said = |url: &str, peer: &str| {
        let server = Server::from_url(url, roots::mozilla()).expect("a URL");
        open::may_be_said(&server.security, peer.parse().expect("an address"))
    };
    let (plain, start_tls) = ("smtp://a:b@mail.example.com", "smtp://a:b@mail.example.com?tls=required");
    for (url, peer, expected) in [
        (plain, "192.0.2.1", false),
        (plain, "2001:db8::1", false),
        (plain, "127.0.0.1", true),
        (plain, "::1", true),
        (plain, "::ffff:127.0.0.1", true),
        (start_tls, "192.0.2.1", true),
        ("smtps://a:b@mail.example.com", "192.0.2.1", true),
    ] {
        assert_eq!(may_be_said(url, peer), expected, "{url} at {peer}");
    }
}

#[test]
fn we_are_named_by_our_address() {
    for (address, name) in [("192.0.2.1", "[192.0.2.1]"), ("2001:db8::1", "[IPv6:2001:db8::1]")] {
        assert_eq!(open::name(address.parse().expect("an address")), name);
    }
}

#[test]
fn a_url_says_where_how_and_who() {
    let server = |url: &str| Server::from_url(url, roots::mozilla()).map(|server| (server.host, server.port));
    assert_eq!(server("smtp://mail.example.com"), Ok(("mail.example.com".to_owned(), 25)));
    assert_eq!(server("smtp://a:b@[::1]:2525/?tls=required"), Ok(("::1".to_owned(), 2525)));
    assert_eq!(server("smtps://mail.example.com?tls=required"), Ok(("mail.example.com".to_owned(), 465)));
    for wrong in [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://secret@mail.example.com",
        "smtp://:secret@mail.example.com",
        "smtp://a:secret@mail.example.com?tls=maybe",
        "smtp://a:secret@mail.example.com/path",
        "smtp://a:secret%ff@mail.example.com",
    ] {
        let problem = server(wrong).expect_err(wrong);
        assert!(!problem.contains("secret"), "{problem}");
    }
    let shown = format!("{:?}", Server::from_url("smtp://a:secret@mail.example.com", roots::mozilla()));
    assert!(!shown.contains("secret"), "{shown}");
}
