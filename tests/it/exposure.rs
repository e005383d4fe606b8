//! What is shown to whom: introspection, the playground and captured mail with the gallery, by address and by setting.

use serde_json::{Value, json};
use tests::{Program, Running, Smtp, eventually, stories};

stories![alone:
    on_loopback_everything_is_shown,
    outside_loopback_nothing_is_shown_unless_it_is_set,
    what_is_switched_off_is_not_shown_on_loopback,
    mail_is_captured_beside_smtp_only_when_that_is_set,
    browsers_stay_on_https_where_the_site_is,
];

/// Whether the schema, the playground and captured mail are shown.
async fn shows(usher: &Running) -> [bool; 3] {
    let request = reqwest::Client::new().post(usher.address().join("/graphql").expect("a path"));
    let request = request.json(&json!({ "query": "{ __schema { queryType { name } } }" }));
    let answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    let schema = answer.pointer("/data/__schema/queryType/name") == Some(&json!("Query"));
    let shown = async |path| match usher.gets(path).await.0 {
        200 => true,
        404 => false,
        status => panic!("{path}: {status}"),
    };
    let captured = shown("/mail.json").await;
    assert_eq!(shown("/mail/preview").await, captured, "the gallery goes with captured mail");
    [schema, shown("/playground").await, captured]
}

fn up(address: &str, settings: &[(&str, &str)]) -> Program {
    let up = Program::new(&["up"]).with("USHER_LISTEN", address);
    settings.iter().fold(up, |up, (setting, value)| up.with(setting, value))
}

async fn on_loopback_everything_is_shown() {
    assert_eq!(shows(&up("127.0.0.1:0", &[]).starts().await).await, [true; 3]);
}

async fn outside_loopback_nothing_is_shown_unless_it_is_set() {
    let smtp = Smtp::start();
    let url = smtp.url();
    let bare = up("0.0.0.0:0", &[("USHER_SMTP_URL", &url)]).starts().await;
    assert_eq!(shows(&bare).await, [false; 3]);
    let captured = up("0.0.0.0:0", &[("USHER_MAIL_CAPTURE", "on")]).starts().await;
    assert_eq!(shows(&captured).await, [false, false, true]);
    let set = [("USHER_SMTP_URL", url.as_str()), ("USHER_INTROSPECTION", "on"), ("USHER_PLAYGROUND", "on")];
    assert_eq!(shows(&up("0.0.0.0:0", &set).starts().await).await, [true, true, false]);
}

async fn browsers_stay_on_https_where_the_site_is() {
    let settings = [("USHER_PUBLIC_URL", "https://usher.example"), ("USHER_MAIL_CAPTURE", "on")];
    let usher = up("127.0.0.1:0", &settings).starts().await;
    for path in ["/", "/login", "/graphql?query={__typename}", "/nothing/here"] {
        let answer = reqwest::get(usher.address().join(path).expect("a path")).await.expect("an answer");
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000", "{path}");
    }
    let login = reqwest::get(usher.address().join("/login").expect("a path")).await.expect("an answer");
    let cookie = login.headers()["set-cookie"].to_str().expect("a cookie");
    assert!(cookie.contains("; Secure"), "{cookie}");
}

async fn what_is_switched_off_is_not_shown_on_loopback() {
    let smtp = Smtp::start();
    let url = smtp.url();
    let set = [
        ("USHER_SMTP_URL", url.as_str()),
        ("USHER_INTROSPECTION", "off"),
        ("USHER_PLAYGROUND", "off"),
        ("USHER_MAIL_CAPTURE", "off"),
    ];
    assert_eq!(shows(&up("127.0.0.1:0", &set).starts().await).await, [false; 3]);
    let only_schema = up("127.0.0.1:0", &[("USHER_INTROSPECTION", "off")]).starts().await;
    assert_eq!(shows(&only_schema).await, [false, true, true]);
    let refused = up("127.0.0.1:0", &[("USHER_MAIL_CAPTURE", "off")]).runs().await;
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && said.contains("USHER_SMTP_URL") && said.contains("USHER_MAIL_CAPTURE"),
        "{said}"
    );
}

async fn mail_is_captured_beside_smtp_only_when_that_is_set() {
    let smtp = Smtp::start();
    let url = smtp.url();
    let sent = up("127.0.0.1:0", &[("USHER_SMTP_URL", &url)]).starts().await;
    assert_eq!(shows(&sent).await, [true, true, false]);
    let both = up("127.0.0.1:0", &[("USHER_SMTP_URL", &url), ("USHER_MAIL_CAPTURE", "on")]).starts().await;
    both.visitor("bob@example.com").registers().await.succeeds();
    both.link_to("bob@example.com", "Verify your address").await;
    eventually("it was sent too", async || (smtp.mails().len() == 1).then_some(())).await;
}
