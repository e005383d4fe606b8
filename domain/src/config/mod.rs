//! Every setting, typed and checked. Where a setting's text comes from (flag, environment, file) is the program's
//! business; what it means, and which settings fit together, is decided here.

mod parse;
mod settings;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

pub use settings::{SETTINGS, Setting, Settings, Source, Value};

use crate::{rate_limit::Quotas, token::Keys};

/// A setting that is wrong, or two that do not fit together.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct ConfigError {
    /// The setting's name, as in `USHER_LISTEN`.
    pub setting: String,
    /// What is wrong with it and what it should be.
    pub problem: String,
}

impl ConfigError {
    /// `setting` is the name, `problem` says what is wrong and what it should be.
    pub fn new(setting: &str, problem: impl Into<String>) -> Self {
        Self { setting: setting.to_owned(), problem: problem.into() }
    }
}

/// The longest duration a setting can have: no date it leads to is out of range.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 3_600);

/// Which part of the program the settings are for; each needs others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything in one process.
    Up,
    /// The API and the pages.
    Server,
    /// The worker.
    Worker,
    /// A command that needs the database alone.
    Database,
}

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; the worker listens only when it was set.
    pub listen: Option<SocketAddr>,
    /// What links begin with; none means `http://localhost:PORT`.
    public_url: Option<Url>,
    /// `sqlite://…` or `postgres://…`.
    pub database_url: SecretString,
    /// `redis://…` or `rediss://…`; none means that the queue lives in the process.
    pub redis_url: Option<SecretString>,
    /// How mail leaves.
    pub mail: MailConfig,
    /// Keys of links; none until `usher up` has made one.
    pub keys: Option<Keys>,
    /// The folder of the embedded default's files.
    pub data_dir: PathBuf,
    /// What was decided about invitations, sessions and workspaces.
    pub rules: Rules,
    /// A folder whose templates take the place of the built-in ones.
    pub templates: Option<PathBuf>,
    /// A folder of the only operations that are executed; none means any.
    pub operations: Option<PathBuf>,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// The filter of the log.
    pub log: String,
    /// `pretty` or `json`; none means by terminal.
    pub log_format: Option<LogFormat>,
    /// Whether GraphiQL is served; none means on loopback.
    playground: Option<bool>,
    /// The folder with its packages; none means that browsers fetch them from elsewhere.
    pub playground_assets: Option<PathBuf>,
    /// Whether the schema can be asked for; none means on loopback.
    introspection: Option<bool>,
    /// How often things may be done.
    pub quotas: Quotas,
    /// The proxies in front, whose word counts for where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
}

/// How mail leaves, and how often it is tried.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// `smtp://` or `smtps://`; none means that mail is captured.
    pub smtp_url: Option<SecretString>,
    /// A PEM file with the certificates that vouch for the mail server; none means those that browsers trust.
    pub smtp_ca: Option<PathBuf>,
    /// Sender, as in `Usher <no-reply@example.com>`.
    pub from: String,
    /// Whether mail is kept in memory and shown at /mail.
    pub captured: bool,
    /// The delay before the second attempt.
    pub retry_first: Duration,
    /// How many times longer each further delay is.
    pub retry_factor: f64,
    /// The longest delay between two attempts.
    pub retry_max: Duration,
    /// How many attempts there are; those whose worker died are counted apart, and are as many at most.
    pub attempts: i32,
    /// How long a delivery may hold a mail.
    pub lease: Duration,
    /// How many connections a worker has to the mail server at once at most.
    pub connections: usize,
    /// How long a mail is remembered after it was sent, failed for good or was cancelled.
    pub kept: Duration,
}

impl MailConfig {
    /// How long one SMTP dialogue may take: well below the lease, so that no other delivery begins meanwhile.
    pub fn smtp_timeout(&self) -> Duration {
        self.lease / 2
    }

    /// How long after a mail was taken its SMTP dialogue may begin, so that it ends before the lease does.
    pub fn begin_within(&self) -> Duration {
        self.lease / 4
    }

    /// How long a failed mail waits for its next attempt when it has waited so many times before.
    pub fn retry_delay(&self, before: i32) -> Duration {
        let planned = self.retry_first.as_secs_f64() * self.retry_factor.powi(before);
        // What is longer than a Duration can tell is longer than the ceiling.
        Duration::try_from_secs_f64(planned).map_or(self.retry_max, |delay| delay.min(self.retry_max))
    }
}

/// What the operator decided about invitations, sessions and workspaces.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How long an invitation stays open.
    pub invitation_ttl: Duration,
    /// How long a session lasts after its last use.
    pub session_idle: Duration,
    /// How long a session lasts at most, however much it is used.
    pub session_max: Duration,
    /// How long a deleted workspace can be taken back.
    pub deletion_grace: Duration,
    /// How many seats a new workspace has; none: any number.
    pub seats: Option<i32>,
}

impl Rules {
    fn check(&self) -> Result<(), ConfigError> {
        let terms = [
            ("USHER_INVITATION_TTL", self.invitation_ttl),
            ("USHER_SESSION_IDLE", self.session_idle),
            ("USHER_SESSION_MAX", self.session_max),
            ("USHER_DELETION_GRACE", self.deletion_grace),
        ];
        for (setting, term) in terms {
            if !(Duration::from_secs(60)..=LONGEST).contains(&term) {
                return Err(ConfigError::new(setting, "must be 1m to 10y"));
            }
        }
        if self.session_max < self.session_idle {
            return Err(ConfigError::new("USHER_SESSION_MAX", "must not be shorter than USHER_SESSION_IDLE"));
        }
        Ok(())
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people at a terminal.
    Pretty,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// Reads and checks `settings` for one part of the program; the error names the setting.
    pub fn new(settings: &Settings, mode: Mode) -> Result<Self, ConfigError> {
        let listen = parse::listen(settings)?;
        let public_url = parse::public_url(settings)?;
        let data_dir = PathBuf::from(settings.text("USHER_DATA_DIR").unwrap_or("./data"));
        let config = Self {
            listen: (mode != Mode::Worker || settings.is_set("USHER_LISTEN")).then_some(listen),
            database_url: parse::database_url(settings, &data_dir)?,
            redis_url: parse::redis_url(settings)?,
            mail: parse::mail(settings, listen, public_url.as_ref())?,
            keys: parse::keys(settings)?,
            data_dir,
            rules: parse::rules(settings)?,
            templates: settings.text("USHER_TEMPLATES").map(PathBuf::from),
            operations: settings.text("USHER_OPERATIONS").map(PathBuf::from),
            request_timeout: parse::duration(settings, "USHER_REQUEST_TIMEOUT")?,
            log: settings.text("USHER_LOG").unwrap_or("info").to_owned(),
            log_format: parse::log_format(settings)?,
            playground: parse::switch(settings, "USHER_PLAYGROUND")?,
            playground_assets: settings.text("USHER_PLAYGROUND_ASSETS").map(PathBuf::from),
            introspection: parse::switch(settings, "USHER_INTROSPECTION")?,
            quotas: parse::quotas(settings)?,
            trusted_proxies: parse::trusted_proxies(settings)?,
            public_url,
        };
        config.check(mode)?;
        Ok(config)
    }

    /// What links begin with, once the port is known.
    pub fn public_url(&self, port: u16) -> Url {
        self.public_url.clone().unwrap_or_else(|| parse::localhost(port))
    }

    /// Whether somebody set what links begin with.
    pub fn has_public_url(&self) -> bool {
        self.public_url.is_some()
    }

    /// Whether the program listens on loopback only.
    pub fn on_loopback(&self) -> bool {
        self.listen.is_none_or(|address| address.ip().is_loopback())
    }

    /// Whether GraphiQL is served.
    pub fn playground(&self) -> bool {
        self.playground.unwrap_or_else(|| self.on_loopback())
    }

    /// Whether the schema can be asked for.
    pub fn introspection(&self) -> bool {
        self.introspection.unwrap_or_else(|| self.on_loopback())
    }

    fn check(&self, mode: Mode) -> Result<(), ConfigError> {
        let needed = |setting: &str, why: &str| Err(ConfigError::new(setting, why));
        if matches!(mode, Mode::Server | Mode::Worker) {
            if self.redis_url.is_none() {
                return needed("USHER_REDIS_URL", "`usher server` and `usher worker` share a queue; set it");
            }
            if self.mail.smtp_url.is_none() {
                return needed(
                    "USHER_SMTP_URL",
                    "`usher server` and `usher worker` deliver by SMTP, whatever USHER_MAIL_CAPTURE is; set it",
                );
            }
            if self.keys.is_none() {
                return needed("USHER_SECRET_KEY", "set the same key, of at least 32 bytes, for every process");
            }
        }
        if mode == Mode::Up && self.mail.smtp_url.is_none() && !self.mail.captured {
            return needed(
                "USHER_SMTP_URL",
                "mail can neither be sent nor captured: set USHER_SMTP_URL, or set USHER_MAIL_CAPTURE to on",
            );
        }
        if self.mail.retry_max < self.mail.retry_first {
            return needed("USHER_MAIL_RETRY_MAX", "must not be shorter than USHER_MAIL_RETRY_FIRST");
        }
        if self.mail.lease < Duration::from_secs(10) {
            return needed("USHER_MAIL_LEASE", "must be at least 10s: one SMTP dialogue has to fit into half of it");
        }
        if self.mail.lease > Duration::from_secs(3_600) {
            return needed("USHER_MAIL_LEASE", "must be at most 1h: so long a mail waits after a worker died");
        }
        if !(Duration::from_secs(60)..=LONGEST).contains(&self.mail.kept) {
            return needed("USHER_MAIL_KEPT", "must be 1m to 10y");
        }
        if self.mail.retry_max > LONGEST {
            return needed("USHER_MAIL_RETRY_MAX", "must be at most 10y");
        }
        if !(Duration::from_secs(1)..=Duration::from_secs(600)).contains(&self.request_timeout) {
            return needed("USHER_REQUEST_TIMEOUT", "must be 1s to 10m");
        }
        if self.templates.as_ref().is_some_and(|folder| !folder.is_dir()) {
            return needed("USHER_TEMPLATES", "must be a folder");
        }
        self.rules.check()
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, Mode, Settings, Source};

    fn seconds(set: &[(&str, &str)]) -> Vec<u64> {
        let find = |name: &str| set.iter().find(|(other, _)| *other == name).map(|(_, text)| (*text).to_owned());
        let settings = Settings::new(|setting| find(setting.name).map(|text| (text, Source::Environment)));
        let mail = Config::new(&settings, Mode::Database).expect("settings that fit together").mail;
        (0..mail.attempts - 1).map(|before| mail.retry_delay(before).as_secs()).collect()
    }

    #[test]
    fn a_mail_is_tried_for_about_a_day_by_default() {
        let hours = seconds(&[]).iter().sum::<u64>() / 3_600;
        assert!((20..=28).contains(&hours), "{hours} hours");
    }

    #[test]
    fn each_delay_is_longer_by_the_factor_up_to_the_ceiling() {
        let set = [("USHER_MAIL_RETRY_FIRST", "10s"), ("USHER_MAIL_RETRY_FACTOR", "3"), ("USHER_MAIL_RETRY_MAX", "2m")];
        assert_eq!(seconds(&set)[..5], [10, 30, 90, 120, 120]);
        let set = [&set[..1], &[("USHER_MAIL_RETRY_FACTOR", "10"), ("USHER_MAIL_ATTEMPTS", "100")]].concat();
        assert_eq!(seconds(&set).last(), Some(&21_600), "no overflow");
    }
}
