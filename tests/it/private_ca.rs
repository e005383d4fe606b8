//! A mail server whose certificate is vouched for by an authority of its own.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tests::{Program, Smtp, eventually, stories};

use crate::mail_command::listed;

stories![alone: a_private_authority_vouches_for_the_mail_server, what_is_wrong_with_an_authority_is_told];

/// Writes the certificates of an authority and of a mail server that it vouches for, and the server's key.
fn certificates(folder: &Path) -> [PathBuf; 3] {
    let (ca_key, key) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_certificate = ca.self_signed(&ca_key).expect("a certificate");
    let server = CertificateParams::new(["127.0.0.1".to_owned()]).expect("an address");
    let certificate = server.signed_by(&key, &Issuer::new(ca, ca_key)).expect("a certificate");
    let texts = [ca_certificate.pem(), certificate.pem(), key.serialize_pem()];
    let paths = ["ca.pem", "certificate.pem", "key.pem"].map(|name| folder.join(name));
    paths.iter().zip(texts).for_each(|(path, text)| fs::write(path, text).expect("a file"));
    paths
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn up(data: &Path, smtp_url: &str) -> Program {
    Program::new(&["up"])
        .with("USHER_LISTEN", "127.0.0.1:0")
        .with("USHER_DATA_DIR", text(data))
        .with("USHER_SMTP_URL", smtp_url)
        .with("USHER_MAIL_RETRY_FIRST", "1s")
        .with("USHER_MAIL_RETRY_MAX", "1s")
}

async fn a_private_authority_vouches_for_the_mail_server() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path();
    let [ca, certificate, key] = certificates(data);
    let smtp = Smtp::start_with_tls(&certificate, &key);
    let usher = up(data, &smtp.url()).starts().await;
    usher.visitor("bob@example.com").registers().await.succeeds();
    let refused =
        eventually("the mail server is a stranger", async || listed(data, &["--status", "RETRYING"]).await.pop());
    let error = refused.await["lastError"].as_str().expect("a reason").to_owned();
    assert!(error.starts_with("TLS: ") && error.contains("certificate"), "{error}");
    usher.stops().await;

    let _usher = up(data, &smtp.url()).with("USHER_SMTP_CA", text(&ca)).starts().await;
    eventually("the mail arrives", async || (smtp.mails().len() == 1).then_some(())).await;
}

async fn what_is_wrong_with_an_authority_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path();
    let [ca, _, key] = certificates(data);
    for (url, file, problem) in [
        ("smtp://127.0.0.1", &ca, "smtps:// or ?tls=required"),
        ("smtps://127.0.0.1", &key, "no certificate"),
        ("smtps://127.0.0.1", &data.join("nowhere.pem"), "nowhere.pem"),
        ("smtps://127.0.0.1", &data.to_path_buf(), "directory"),
    ] {
        let refused = up(data, url).with("USHER_SMTP_CA", text(file)).runs().await;
        let errors = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && errors.contains("USHER_SMTP_CA") && errors.contains(problem), "{errors}");
    }
}
