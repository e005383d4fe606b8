//! The table of settings, and their texts with the place each came from.

use std::collections::BTreeMap;

/// One setting: an environment variable, a flag and a key of the settings file, all of one name.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The environment variable, as in `USHER_LISTEN`.
    pub name: &'static str,
    /// The text in force when nobody sets it; none when that depends on other things.
    pub default: Option<&'static str>,
    /// What it means, in a line.
    pub help: &'static str,
    /// What may be shown of it.
    pub shown: Shown,
}

/// What may be shown of a setting's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// All of it.
    Whole,
    /// All but the password of a URL.
    WithoutPassword,
    /// Nothing.
    Masked,
}

impl Setting {
    /// The flag and the key of the settings file, as in `listen`.
    pub fn key(&self) -> String {
        self.name.trim_start_matches("USHER_").to_lowercase().replace('_', "-")
    }
}

const fn setting(name: &'static str, default: Option<&'static str>, help: &'static str) -> Setting {
    Setting { name, default, help, shown: Shown::Whole }
}

const fn url(name: &'static str, help: &'static str) -> Setting {
    Setting { name, default: None, help, shown: Shown::WithoutPassword }
}

/// Every setting there is.
pub const SETTINGS: &[Setting] = &[
    setting("USHER_LISTEN", Some("127.0.0.1:8080"), "Address to listen on; port 0 takes a free one"),
    setting("USHER_PUBLIC_URL", None, "What links in mails begin with [default: http://localhost:PORT]"),
    url("USHER_DATABASE_URL", "sqlite://… or postgres://… [default: a sqlite file in the data folder]"),
    url("USHER_REDIS_URL", "redis://… or rediss://…; none: the queue lives in the process"),
    url("USHER_SMTP_URL", "smtp://… or smtps://…, with ?tls=required; none: mail is captured"),
    setting("USHER_SMTP_CA", None, "PEM file of the only authorities trusted for the mail server [default: Mozilla's]"),
    setting("USHER_MAIL_FROM", Some("Usher <no-reply@localhost>"), "Sender of mails"),
    setting("USHER_MAIL_RETRY_FIRST", Some("30s"), "Delay before the second attempt of a mail"),
    setting("USHER_MAIL_RETRY_FACTOR", Some("2"), "How many times longer each further delay is"),
    setting("USHER_MAIL_RETRY_MAX", Some("6h"), "Longest delay between two attempts"),
    setting("USHER_MAIL_ATTEMPTS", Some("13"), "How many attempts a mail gets"),
    setting("USHER_MAIL_LEASE", Some("60s"), "How long a delivery may hold a mail before another may try"),
    setting("USHER_SMTP_CONNECTIONS", Some("8"), "How many connections a worker has to the mail server at most"),
    setting("USHER_MAIL_KEPT", Some("30d"), "How long a mail is remembered once it is sent, failed or cancelled"),
    setting("USHER_MAIL_CAPTURE", Some("auto"), "auto, on or off: keep mail in memory and show it at /mail"),
    Setting {
        name: "USHER_SECRET_KEY",
        default: None,
        help: "Key for links, at least 32 bytes; several, comma-separated, newest first",
        shown: Shown::Masked,
    },
    setting("USHER_DATA_DIR", Some("./data"), "Folder of the embedded default's files"),
    setting("USHER_INVITATION_TTL", Some("7d"), "How long an invitation stays open"),
    setting("USHER_SESSION_IDLE", Some("30d"), "How long a session lasts after its last use"),
    setting("USHER_SESSION_MAX", Some("365d"), "How long a session lasts at most, however much it is used"),
    setting("USHER_DELETION_GRACE", Some("5d"), "How long a deleted workspace can be taken back"),
    setting("USHER_SEATS", None, "Members and open invitations together in a new workspace [default: any number]"),
    setting("USHER_TEMPLATES", None, "Folder whose templates take the place of the built-in ones"),
    setting("USHER_OPERATIONS", None, "Folder of .graphql files: the only operations that are executed"),
    setting("USHER_REQUEST_TIMEOUT", Some("30s"), "How long a request may take"),
    setting("USHER_LOG", Some("info"), "Filter of the log"),
    setting("USHER_LOG_FORMAT", None, "pretty or json [default: pretty on a terminal, json elsewhere]"),
    setting("USHER_PLAYGROUND", None, "on or off: GraphiQL at /playground [default: on when listening on loopback]"),
    setting("USHER_PLAYGROUND_ASSETS", None, "Folder with GraphiQL's npm packages [default: from cdn.jsdelivr.net]"),
    setting("USHER_INTROSPECTION", None, "on or off: asking for the schema [default: on when listening on loopback]"),
    setting("USHER_RATE_LIMITS", Some("on"), "on or off; off only for load tests"),
    setting("USHER_LIMIT_LOGIN_ACCOUNT", Some("20/15m"), "Wrong passwords for one account from one client; or off"),
    setting("USHER_LIMIT_LOGIN_CLIENT", Some("200/15m"), "Wrong passwords from one client; or off"),
    setting("USHER_LIMIT_REGISTER_ADDRESS", Some("10/1h"), "Registrations of one address from one client; or off"),
    setting("USHER_LIMIT_REGISTER_CLIENT", Some("200/1h"), "Registrations from one client; or off"),
    setting("USHER_LIMIT_RESET_ADDRESS", Some("10/1h"), "Password resets for one address from one client; or off"),
    setting("USHER_LIMIT_RESET_CLIENT", Some("100/1h"), "Password resets from one client; or off"),
    setting("USHER_LIMIT_JOIN_CLIENT", Some("600/1h"), "Uses of invitation links from one client; or off"),
    setting("USHER_LIMIT_INVITE_PERSON", Some("5000/1d"), "Invitations sent by one person; or off"),
    setting("USHER_LIMIT_INVITE_WORKSPACE", Some("10000/1d"), "Invitations sent in one workspace; or off"),
    setting("USHER_LIMIT_INVITE_RECIPIENT", Some("100/1d"), "Invitations by one person to one address; or off"),
    setting("USHER_LIMIT_TEST_MAIL", Some("20/1h"), "Test mails asked for by one person; or off"),
    setting("USHER_LIMIT_DELETE_WORKSPACE", Some("20/1d"), "Workspaces deleted by one person; or off"),
    setting("USHER_TRUSTED_PROXIES", None, "Addresses or networks, comma-separated, whose X-Forwarded-For is believed"),
];

/// Where a text came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A flag on the command line.
    Flag,
    /// An environment variable.
    Environment,
    /// The settings file.
    File,
    /// Nobody set it.
    Default,
}

/// A setting's text.
#[derive(Clone, Debug)]
pub struct Value {
    /// The text; none when nobody set it and the default depends on other things.
    pub text: Option<String>,
    /// Where it came from.
    pub source: Source,
}

/// The texts of all settings.
#[derive(Clone, Debug)]
pub struct Settings {
    values: BTreeMap<&'static str, Value>,
}

impl Settings {
    /// Asks `find` for each setting and falls back on its default.
    pub fn new(mut find: impl FnMut(&Setting) -> Option<(String, Source)>) -> Self {
        let value = |setting: &Setting| match find(setting) {
            Some((text, source)) => Value { text: Some(text), source },
            None => Value { text: setting.default.map(str::to_owned), source: Source::Default },
        };
        let mut value = value;
        Self { values: SETTINGS.iter().map(|setting| (setting.name, value(setting))).collect() }
    }

    /// The text of a setting; an empty text counts as none.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.text.as_deref().filter(|text| !text.trim().is_empty())
    }

    /// Whether somebody set it.
    pub fn is_set(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| value.source != Source::Default)
    }

    /// What may be shown of a setting, and where it came from.
    pub fn shown(&self, setting: &Setting) -> (String, Source) {
        let source = self.values.get(setting.name).map_or(Source::Default, |value| value.source.clone());
        let shown = match (self.text(setting.name), setting.shown) {
            (None, _) => "(none)".to_owned(),
            (Some(text), Shown::Whole) => text.to_owned(),
            (Some(_), Shown::Masked) => "********".to_owned(),
            (Some(text), Shown::WithoutPassword) => without_password(text),
        };
        (shown, source)
    }
}

fn without_password(text: &str) -> String {
    let Ok(mut url) = url::Url::parse(text) else { return "********".to_owned() };
    if url.password().is_some() && url.set_password(Some("********")).is_err() {
        return "********".to_owned();
    }
    if url.query_pairs().any(|(name, _)| is_secret(&name)) {
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        url.query_pairs_mut().clear().extend_pairs(
            pairs
                .iter()
                .map(|(name, value)| (name.as_str(), if is_secret(name) { "********" } else { value.as_str() })),
        );
    }
    url.to_string()
}

fn is_secret(name: &str) -> bool {
    name.to_lowercase().contains("pass")
}
