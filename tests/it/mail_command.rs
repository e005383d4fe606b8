//! `usher mail`, as an operator types it.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use tests::{Program, RefusingSmtp, eventually, stories};

stories![alone:
    an_operator_sees_what_became_of_a_mail_and_has_it_tried_again,
    an_operator_cancels_what_waits,
    what_an_operator_mistypes_is_named,
];

const WORDS: &str = "550 5.1.1 Nobody of that name here";

fn up(data: &Path, smtp_url: &str) -> Program {
    Program::new(&["up"])
        .with("USHER_LISTEN", "127.0.0.1:0")
        .with("USHER_DATA_DIR", data.to_str().expect("a path in UTF-8"))
        .with("USHER_SMTP_URL", smtp_url)
}

async fn mail(data: &Path, arguments: &[&str]) -> Output {
    let command = Program::new(&[&["mail"], arguments].concat());
    command.with("USHER_DATA_DIR", data.to_str().expect("a path in UTF-8")).runs().await
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[track_caller]
fn refused(output: &Output, why: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(errors.starts_with("usher: ") && errors.contains(why), "{errors}");
}

pub(crate) async fn listed(data: &Path, arguments: &[&str]) -> Vec<Value> {
    let printed = printed(&mail(data, &[&["list", "--json"], arguments].concat()).await);
    serde_json::from_str::<Value>(&printed).expect("JSON").as_array().expect("a list").clone()
}

/// The one mail in this state, as soon as there is one with so many attempts.
async fn one_mail(data: &Path, status: &str, attempts: u32) -> Value {
    eventually("the mail has got there", async || {
        let mails = listed(data, &["--status", status]).await;
        mails.into_iter().find(|mail| mail["attempts"] == attempts)
    })
    .await
}

async fn an_operator_sees_what_became_of_a_mail_and_has_it_tried_again() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let (data, smtp) = (data.path(), RefusingSmtp::start(WORDS).await);
    let usher = up(data, &smtp.url()).starts().await;
    usher.visitor("bob@example.com").registers().await.succeeds();
    let failed = one_mail(data, "failed", 1).await;
    let expected = json!(["VERIFY_EMAIL", "FAILED", "bob@example.com", null]);
    assert_eq!(json!([failed["kind"], failed["status"], failed["email"], failed["workspaceId"]]), expected);
    let id = failed["id"].as_str().expect("an id");

    let table = printed(&mail(data, &["list"]).await);
    let lines: Vec<_> = table.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with("ID") && lines[1].starts_with(id), "{table}");
    assert!(lines[1].contains("FAILED") && lines[1].contains("Nobody of that name here"), "{table}");
    assert!(listed(data, &["--kind", "INVITATION,TEST"]).await.is_empty());
    assert!(listed(data, &["--status", "SENT"]).await.is_empty());

    let shown = printed(&mail(data, &["show", id]).await);
    assert!(shown.contains("promised") && shown.contains("after 1 attempts: ") && shown.contains(WORDS), "{shown}");
    let shown: Value = serde_json::from_str(&printed(&mail(data, &["show", id, "--json"]).await)).expect("JSON");
    let message_id = shown["messageId"].as_str().expect("a Message-ID");
    assert_eq!(shown["history"].as_array().expect("steps").len(), 3);
    // A Message-ID, as it stands in a mail server's log, will do.
    assert_eq!(printed(&mail(data, &["show", message_id, "--json"]).await), format!("{shown}\n"));

    refused(&mail(data, &["cancel", id]).await, "the mail is FAILED");
    let retried = printed(&mail(data, &["retry", id]).await);
    assert!(retried.contains(id) && retried.contains("is due now"), "{retried}");
    let again = one_mail(data, "FAILED", 2).await;
    assert_eq!(again["id"], id);
}

async fn an_operator_cancels_what_waits() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let (data, smtp) = (data.path(), RefusingSmtp::start("451 Later").await);
    let usher = up(data, &smtp.url()).starts().await;
    usher.visitor("bob@example.com").registers().await.succeeds();
    let waiting = one_mail(data, "RETRYING", 1).await;
    assert!(waiting["nextAttemptAt"].is_string() && waiting["finishedAt"].is_null(), "{waiting}");
    let id = waiting["id"].as_str().expect("an id");
    // One that cannot be changed keeps no other from it.
    let nobody = "00000000-0000-7000-8000-000000000000";
    let both = mail(data, &["cancel", "--json", nobody, id]).await;
    refused(&both, &format!("{nobody}: there is no such mail"));
    let cancelled: Value = serde_json::from_slice(&both.stdout).expect("JSON");
    assert_eq!((&cancelled[0]["id"], &cancelled[0]["status"]), (&json!(id), &json!("CANCELLED")));
    refused(&mail(data, &["retry", id]).await, "the mail is CANCELLED");
}

async fn what_an_operator_mistypes_is_named() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let data = data.path();
    assert_eq!(printed(&mail(data, &["list"]).await).lines().count(), 1, "the header alone");
    refused(&mail(data, &["show", "nonsense"]).await, "nonsense: this is not the id of a mail");
    refused(&mail(data, &["list", "--workspace", "nonsense"]).await, "--workspace");
    for arguments in [&["list", "--status", "LOST"][..], &["list", "--limit", "0"], &["retry"], &["burn"]] {
        assert_eq!(mail(data, arguments).await.status.code(), Some(2), "{arguments:?}");
    }
}
