//! The program itself, as an operator starts it: alone on its embedded default, and as several processes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    Actor, Browser, CREATE_ALICE, Durability, Object, Postgres, Program, Redis, Running, Smtp, eventually, stories,
};

stories![alone:
    the_whole_journey_on_the_embedded_default,
    the_whole_journey_in_a_browser_without_javascript,
    what_was_promised_before_a_stop_is_there_after_the_next_start,
    server_and_worker_are_two_processes,
    a_wrong_setting_is_named,
    server_and_worker_refuse_to_start_without_what_they_share,
    settings_come_from_flag_environment_and_file_in_that_order,
    the_settings_in_force_are_printed_without_secrets,
    limits_hold_for_whoever_connects,
    an_operator_makes_an_account,
    an_operator_limits_seats_and_exports_the_audit_log,
    the_schema_is_printed,
];

const KEY: &str = "a key for process tests of 32 bytes or more";
/// The limit of a graceful stop.
const STOP_LIMIT: Duration = Duration::from_secs(20);

fn up() -> Program {
    Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0")
}

async fn invitation(alice: &Actor) -> (Object, Object) {
    let acme = alice.creates_workspace("Acme").await;
    let riga = alice.creates_location(&acme, "Riga").await;
    let input = json!({ "email": "bob@example.com", "locationIds": [riga.id()] });
    let invitation = alice.invites_with(&acme, input).await.object("/invitation");
    (acme, invitation)
}

async fn the_whole_journey_on_the_embedded_default() {
    let usher = up().starts().await;
    let alice = usher.account("alice@example.com").await;
    let (acme, sent) = invitation(&alice).await;
    let link = usher.link_to("bob@example.com", "Alice invites you to Acme").await;
    assert!(link.starts_with(&format!("http://localhost:{}/join/", usher.address().port().expect("a port"))));

    let bob = usher.visitor("bob@example.com");
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "REGISTER");
    bob.registers_through(&link).await.succeeds();
    bob.logs_in().await.succeeds();
    assert_eq!(bob.sees_active_workspace().await.as_deref(), Some("Acme"));
    assert_eq!(bob.sees_locations(&acme).await, ["Riga"]);
    assert_eq!(alice.sees_invitation(&sent).await.text("/delivery/status"), "SENT");
    usher.link_to("alice@example.com", "bob@example.com joined Acme").await;

    assert_eq!(usher.gets("/healthz").await.0, 200);
    let (status, ready) = usher.gets("/readyz").await;
    let ready: Value = serde_json::from_str(&ready).expect("JSON");
    assert_eq!((status, &ready["status"], &ready["redis"]), (200, &json!("ok"), &json!("embedded")));
    let key = fs::metadata(usher.folder().join("data/secret.key")).expect("the key in the data folder");
    assert_eq!(key.permissions().mode() & 0o777, 0o600);

    let (status, took) = usher.stops().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < STOP_LIMIT, "{took:?}");
}

async fn the_whole_journey_in_a_browser_without_javascript() {
    let usher = up().starts().await;
    let alice = usher.account("alice@example.com").await;
    let (acme, _) = invitation(&alice).await;
    let link = usher.link_to("bob@example.com", "Alice invites you to Acme").await;

    let browser = Browser::default();
    let join = browser.visits(&link).await;
    assert!(join.html.contains("Alice invites you to Acme") && join.html.contains("NOT FOR ME"));
    let register = join.presses("JOIN", &[]).await;
    let login = register.presses("REGISTER", &[("name", "Bob"), ("password", "Bob's own password")]).await;
    let fields = [("email", "bob@example.com"), ("password", "Bob's own password")];
    let home = login.presses("LOGIN", &fields).await;
    assert!(home.url.path().contains(acme.id()), "{}: {}", home.url, home.html);
    let locations = browser.visits(home.url.join(&format!("/w/{}/locations", acme.id())).expect("a path")).await;
    assert!(locations.html.contains("Riga"));
    assert_eq!(alice.sees_member_addresses(&acme).await, ["alice@example.com", "bob@example.com"]);
}

async fn what_was_promised_before_a_stop_is_there_after_the_next_start() {
    let smtp = Smtp::start();
    let data = tempfile::tempdir().expect("a temporary folder");
    let folder = data.path().to_str().expect("a path in UTF-8");
    let start = |smtp_url: &str| {
        up().with("USHER_DATA_DIR", folder)
            .with("USHER_SMTP_URL", smtp_url)
            .with("USHER_MAIL_RETRY_FIRST", "1s")
            .with("USHER_MAIL_RETRY_MAX", "1s")
    };
    let nobody = format!("smtp://127.0.0.1:{}", tests::free_port());
    let usher = start(&nobody).starts().await;
    usher.visitor("bob@example.com").registers().await.succeeds();
    assert_eq!(usher.stops().await.0.code(), Some(0));

    let usher = start(&smtp.url()).starts().await;
    eventually("the mail arrives", async || (!smtp.mails().is_empty()).then_some(())).await;
    let mail = smtp.mails().remove(0);
    assert!(mail.contains("Subject: Verify your address"), "{mail}");
    assert_eq!(usher.stops().await.0.code(), Some(0));
}

/// The link in the mail that arrives as this one.
async fn link_of_mail(smtp: &Smtp, number: usize) -> String {
    let mail = eventually("the mail arrives", async || smtp.mails().into_iter().nth(number - 1)).await;
    let mail = mail_parser::MessageParser::default().parse(&mail).expect("a mail");
    let text = mail.body_text(0).expect("a plain part");
    let link = text.lines().find(|line| line.starts_with("https://usher.example/join/"));
    link.expect("a link").to_owned()
}

async fn server_and_worker_are_two_processes() {
    let (postgres, redis, smtp) = (Postgres::start(Durability::Fast), Redis::start(), Smtp::start());
    let program = |command: &str| {
        Program::new(&[command])
            .with("USHER_DATABASE_URL", &postgres.url("postgres"))
            .with("USHER_REDIS_URL", &redis.url(0))
            .with("USHER_SMTP_URL", &smtp.url())
            .with("USHER_SECRET_KEY", KEY)
            .with("USHER_PUBLIC_URL", "https://usher.example")
    };
    assert!(program("migrate").runs().await.status.success());
    let created = Program::new(&CREATE_ALICE).with("USHER_DATABASE_URL", &postgres.url("postgres"));
    assert!({ created }.runs().await.status.success());

    let server = program("server").with("USHER_LISTEN", "127.0.0.1:0").starts().await;
    let worker = program("worker").starts().await;
    let alice = server.visitor("alice@example.com");
    alice.logs_in().await.succeeds();
    let (acme, sent) = invitation(&alice).await;
    eventually("the mail is sent", async || {
        let delivery = alice.sees_invitation(&sent).await;
        (delivery.text("/delivery/status") == "SENT").then_some(())
    })
    .await;
    let link = link_of_mail(&smtp, 1).await;
    let bob = server.visitor("bob@example.com");
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "REGISTER");
    bob.registers_through(&link).await.succeeds();
    bob.logs_in().await.succeeds();
    assert_eq!(bob.sees_locations(&acme).await, ["Riga"]);
    eventually("the inviter hears of it", async || (smtp.mails().len() == 2).then_some(())).await;

    joins_again_with_an_account(&alice, &bob, &server, &smtp).await;

    for program in [server, worker] {
        let (status, took) = program.stops().await;
        assert_eq!(status.code(), Some(0));
        assert!(took < STOP_LIMIT, "{took:?}");
    }
}

/// Bob is invited a second time, and somebody else opens his link first.
async fn joins_again_with_an_account(alice: &Actor, bob: &Actor, server: &Running, smtp: &Smtp) {
    let (second, _) = invitation(alice).await;
    let link = link_of_mail(smtp, 3).await;
    assert_eq!(alice.joins(&link).await.text("/nextStep"), "SWITCH_ACCOUNT");
    let elsewhere = server.visitor("bob@example.com");
    assert_eq!(elsewhere.joins(&link).await.text("/nextStep"), "LOGIN");
    elsewhere.logs_in().await.succeeds();
    assert_eq!(elsewhere.sees_viewer().await.text("/activeWorkspace/id"), second.id());
    assert_eq!(elsewhere.sees_locations(&second).await, ["Riga"]);
    assert_eq!(bob.joins(&link).await.text("/nextStep"), "OPEN_WORKSPACE", "signed in, and pressed again");
    eventually("the inviter hears of it", async || (smtp.mails().len() == 4).then_some(())).await;
}

async fn a_wrong_setting_is_named() {
    let wrong = [
        ("USHER_LISTEN", "nowhere"),
        ("USHER_PUBLIC_URL", "usher.example"),
        ("USHER_DATABASE_URL", "mysql://localhost"),
        ("USHER_REDIS_URL", "http://localhost"),
        ("USHER_SMTP_URL", "localhost:25"),
        ("USHER_MAIL_FROM", "nobody"),
        ("USHER_MAIL_RETRY_FIRST", "soon"),
        ("USHER_MAIL_RETRY_FACTOR", "0.5"),
        ("USHER_MAIL_RETRY_MAX", "1s"),
        ("USHER_MAIL_ATTEMPTS", "0"),
        ("USHER_MAIL_LEASE", "1s"),
        ("USHER_SMTP_CONNECTIONS", "0"),
        ("USHER_SMTP_CA", "nowhere.pem"),
        ("USHER_MAIL_KEPT", "0s"),
        ("USHER_MAIL_CAPTURE", "perhaps"),
        ("USHER_SECRET_KEY", "too short"),
        ("USHER_INVITATION_TTL", "0s"),
        ("USHER_LIMIT_JOIN_CLIENT", "often"),
        ("USHER_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("USHER_OPERATIONS", "nowhere"),
        ("USHER_REQUEST_TIMEOUT", "0s"),
        ("USHER_LOG_FORMAT", "xml"),
        ("USHER_PLAYGROUND", "perhaps"),
    ];
    for (setting, value) in wrong {
        let output = up().with(setting, value).runs().await;
        let errors = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{setting}={value}: {errors}");
        assert!(errors.contains(setting), "{setting}={value}: {errors}");
    }
    let output = Program::new(&["up"]).with("USHER_LISTEN", "0.0.0.0:0").runs().await;
    let errors = String::from_utf8(output.stderr).expect("text");
    assert!(errors.contains("USHER_SMTP_URL") && errors.contains("USHER_MAIL_CAPTURE"), "{errors}");
}

async fn server_and_worker_refuse_to_start_without_what_they_share() {
    let set = [
        ("USHER_REDIS_URL", "redis://127.0.0.1:1"),
        ("USHER_SMTP_URL", "smtp://127.0.0.1:1"),
        ("USHER_SECRET_KEY", KEY),
    ];
    for command in ["server", "worker"] {
        for (missing, _) in set {
            let program = Program::new(&[command]).with("USHER_LISTEN", "127.0.0.1:0").with("USHER_MAIL_CAPTURE", "on");
            let others = set.into_iter().filter(|(setting, _)| *setting != missing);
            let output = others.fold(program, |program, (setting, value)| program.with(setting, value)).runs().await;
            let errors = String::from_utf8(output.stderr).expect("text");
            assert_eq!(output.status.code(), Some(2), "{command} without {missing}: {errors}");
            assert!(errors.contains(&format!("{missing}: ")), "{command} without {missing}: {errors}");
            assert_eq!(errors.contains("USHER_MAIL_CAPTURE"), missing == "USHER_SMTP_URL", "{errors}");
        }
    }
}

async fn settings_come_from_flag_environment_and_file_in_that_order() {
    let shown = async |arguments: &[&str], environment: Option<&str>| {
        let mut program = Program::new(&[&["config"], arguments].concat()).with("USHER_CONFIG", "usher.toml");
        fs::write(program.folder().join("usher.toml"), "invitation-ttl = \"3d\"\nmail-attempts = 5\n").expect("a file");
        if let Some(value) = environment {
            program = program.with("USHER_INVITATION_TTL", value);
        }
        let output = program.runs().await;
        assert!(output.status.success(), "{output:?}");
        let lines = String::from_utf8(output.stdout).expect("text");
        assert!(lines.lines().any(|line| line.starts_with("USHER_MAIL_ATTEMPTS = 5 ") && line.ends_with("file")));
        lines.lines().find(|line| line.starts_with("USHER_INVITATION_TTL")).expect("the setting").to_owned()
    };
    for (arguments, environment, value, source) in [
        (&["--invitation-ttl", "1d"][..], Some("2d"), "1d", "flag"),
        (&[], Some("2d"), "2d", "environment"),
        (&[], None, "3d", "file"),
    ] {
        let line = shown(arguments, environment).await;
        assert!(line.contains(&format!("= {value} ")) && line.ends_with(source), "{line}");
    }
}

async fn the_settings_in_force_are_printed_without_secrets() {
    let output = Program::new(&["config"])
        .with("USHER_SECRET_KEY", KEY)
        .with("USHER_DATABASE_URL", "postgres://usher:hunter2@db.example/usher")
        .with("USHER_SMTP_URL", "smtps://usher:hunter3@mail.example")
        .runs()
        .await;
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{printed}");
    for secret in [KEY, "hunter2", "hunter3"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    assert!(printed.contains("db.example") && printed.contains("mail.example"));
    let wrong = Program::new(&["config"]).with("USHER_MAIL_LEASE", "never").runs().await;
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("USHER_MAIL_LEASE"));
}

async fn limits_hold_for_whoever_connects() {
    let start = up().with("USHER_LIMIT_LOGIN_CLIENT", "2/h").with("USHER_TRUSTED_PROXIES", "127.0.0.0/8, ::1");
    let usher = start.starts().await;
    let tries = async |address: &str| {
        let query = "mutation { login(input: { email: \"bob@example.com\", password: \"wrong password\" }) { token } }";
        let request = reqwest::Client::new().post(usher.address().join("/graphql").expect("a path"));
        let request = request.header("x-forwarded-for", address).json(&json!({ "query": query }));
        let answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
        answer.pointer("/errors/0/extensions/code").cloned()
    };
    assert_eq!([tries("203.0.113.1").await, tries("203.0.113.1").await], [None, None]);
    assert_eq!(tries("203.0.113.1").await, Some(json!("RATE_LIMITED")));
    assert_eq!(tries("203.0.113.2").await, None);
}

async fn an_operator_makes_an_account() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let folder = data.path().to_str().expect("a path in UTF-8");
    let create = ["user", "create", "--json", "--email", "bob@example.com", "--name", "Bob", "--password"];
    let create = async |password: &str| {
        let arguments = [&create[..], &[password]].concat();
        Program::new(&arguments).with("USHER_DATA_DIR", folder).runs().await
    };
    assert!(!create("short").await.status.success());
    let made = create("the password of bob").await;
    let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
    assert!(!create("the password of bob").await.status.success(), "the address has an account");

    let usher = up().with("USHER_DATA_DIR", folder).starts().await;
    let bob = usher.visitor("bob@example.com");
    bob.logs_in().await.succeeds();
    assert_eq!(bob.sees_viewer().await.at("/user/id"), &made["id"]);
}

async fn an_operator_limits_seats_and_exports_the_audit_log() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let folder = data.path().to_str().expect("a path in UTF-8");
    let run = async |arguments: &[&str]| {
        let output = Program::new(arguments).with("USHER_DATA_DIR", folder).runs().await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")).collect::<Vec<_>>()
    };
    let email = ["--email", "alice@example.com"];
    let account = [&["user", "create", "--json", "--name", "Alice", "--password", "the password of alice"], &email[..]];
    run(&account.concat()).await;
    let usher = up().with("USHER_DATA_DIR", folder).starts().await;
    let alice = usher.visitor("alice@example.com");
    alice.logs_in().await.succeeds();
    let acme = alice.creates_workspace("Acme").await;
    let limited = run(&["workspace", "set-seats", acme.id(), "1", "--json"]).await;
    assert_eq!((&limited[0]["seats"], &limited[0]["seatsUsed"]), (&json!(1), &json!(1)));
    let refused = alice.invites_with(&acme, json!({ "email": "bob@example.com" })).await;
    assert_eq!(refused.user_error(), "SEAT_LIMIT_REACHED");
    assert_eq!(run(&["workspace", "list", "--json"]).await, limited);
    let shown = run(&["workspace", "show", acme.id(), "--json"]).await;
    assert_eq!(shown[0]["managers"], json!(["alice@example.com"]));
    let told = run(&["audit", "export", "--workspace", acme.id()]).await;
    let kinds: Vec<_> = told.iter().map(|event| &event["type"]).collect();
    assert_eq!(kinds, ["workspace.created", "workspace.seats_changed"]);
    assert_eq!(told[1]["details"], json!({ "before": null, "after": 1 }));
    assert_eq!(told[0]["actor"]["email"], "alice@example.com");
    run(&[&["user", "disable", "--json"], &email[..]].concat()).await;
    assert!(!alice.is_signed_in().await);
    run(&[&["user", "enable", "--json"], &email[..]].concat()).await;
    run(&[&["user", "reset-password", "--json", "--password", "another password"], &email[..]].concat()).await;
    alice.with_password("another password").logs_in().await.succeeds();
}

async fn the_schema_is_printed() {
    let output = Program::new(&["schema"]).runs().await;
    assert_eq!(String::from_utf8(output.stdout).expect("text"), server::graphql::sdl());
}
