//! USHER_TEMPLATES: mails, pages and texts of the operator's own, by the names of the built-in ones.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tests::{Program, Running, stories};

stories![alone:
    a_mail_and_a_page_of_ones_own_take_the_place_of_the_built_in_ones,
    a_template_that_cannot_be_read_is_named_at_the_start,
];

/// Puts a file below the folder.
fn writes(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
    fs::write(path, text).expect("a file can be written");
}

fn program(command: &str, templates: &Path) -> Program {
    Program::new(&[command])
        .with("USHER_LISTEN", "127.0.0.1:0")
        .with("USHER_TEMPLATES", templates.to_str().expect("a path in UTF-8"))
}

/// The one mail that was captured.
async fn mail(usher: &Running) -> Value {
    let (_, mails) = usher.gets("/mail.json").await;
    let mails: Vec<Value> = serde_json::from_str(&mails).expect("JSON");
    assert_eq!(mails.len(), 1, "{mails:?}");
    mails[0].clone()
}

async fn a_mail_and_a_page_of_ones_own_take_the_place_of_the_built_in_ones() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    writes(folder.path(), "mail/verify-email/body.txt.hbs", "Acme greets <{{person}}>.\n{{link}}\n");
    writes(folder.path(), "page/forgot.html.hbs", "<title>Lost at Acme</title>");
    writes(folder.path(), "text/en/mail.ftl", "mail-verify-title = Acme asks\n");
    writes(folder.path(), "page/unknown.html.hbs", "{{#if");
    let usher = program("up", folder.path()).starts().await;
    let bob = usher.visitor("bob@example.com");
    bob.registers().await.succeeds();
    let link = usher.link_to("bob@example.com", "Acme asks").await;
    let mail = mail(&usher).await;
    assert_eq!(
        mail["text"].as_str().map(|text| text.trim_end().replace('\r', "")),
        Some(format!("Acme greets <Bob>.\n{link}"))
    );
    let html = mail["html"].as_str().expect("an HTML part");
    assert!(
        html.contains("Hello Bob") && html.contains(">Acme asks</h1>"),
        "the built-in part with the own title: {html}"
    );
    assert_eq!(usher.gets("/forgot").await, (200, "<title>Lost at Acme</title>".to_owned()));
    assert!(usher.gets("/login").await.1.contains("LOGIN"), "the others stay");
    bob.verifies(&link).await.succeeds();
}

async fn a_template_that_cannot_be_read_is_named_at_the_start() {
    for (name, text) in [
        ("mail/invitation/body.html.hbs", &b"{{#if inviter}}"[..]),
        ("page/join.html.hbs", b"{{/if}}"),
        ("text/lv/page.ftl", b"login-title"),
        ("page/login.html.hbs", b"\xff"),
    ] {
        for command in ["up", "config"] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            writes(folder.path(), name, text);
            let refused = program(command, folder.path()).runs().await;
            let said = String::from_utf8_lossy(&refused.stderr);
            assert!(
                !refused.status.success() && said.contains(&format!("USHER_TEMPLATES: {name}: ")),
                "{command}: {said}"
            );
        }
    }
}
