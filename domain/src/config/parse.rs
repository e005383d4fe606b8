//! From a setting's text to its type; each error names the setting and says what it should be.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use ipnet::IpNet;
use secrecy::SecretString;
use url::{Host, Url};

use super::{ConfigError, LogFormat, MailConfig, Rules, Settings};
use crate::{rate_limit::Quotas, token::Keys};

pub(super) fn listen(settings: &Settings) -> Result<SocketAddr, ConfigError> {
    let text = settings.text("USHER_LISTEN").unwrap_or_default();
    text.parse().map_err(|_| ConfigError::new("USHER_LISTEN", "must be an address and a port, such as 127.0.0.1:8080"))
}

pub(super) fn public_url(settings: &Settings) -> Result<Option<Url>, ConfigError> {
    let Some(text) = settings.text("USHER_PUBLIC_URL") else { return Ok(None) };
    let wrong = || ConfigError::new("USHER_PUBLIC_URL", "must be a URL such as https://usher.example.com");
    let url = Url::parse(text).map_err(|_| wrong())?;
    let plain = matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none();
    if plain && url.path() == "/" { Ok(Some(url)) } else { Err(wrong()) }
}

pub(super) fn localhost(port: u16) -> Url {
    let mut url = Url::parse("http://localhost").unwrap_or_else(|error| unreachable!("a literal URL parses: {error}"));
    let _ = url.set_port(Some(port));
    url
}

pub(super) fn database_url(settings: &Settings, data_dir: &Path) -> Result<SecretString, ConfigError> {
    let Some(text) = settings.text("USHER_DATABASE_URL") else {
        return Ok(format!("sqlite://{}", data_dir.join("usher.db").display()).into());
    };
    if ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| text.starts_with(scheme)) {
        return Ok(text.into());
    }
    Err(ConfigError::new("USHER_DATABASE_URL", "must begin with sqlite:// or postgres://"))
}

pub(super) fn redis_url(settings: &Settings) -> Result<Option<SecretString>, ConfigError> {
    match settings.text("USHER_REDIS_URL") {
        None => Ok(None),
        Some(text) if scheme_is(text, &["redis", "rediss"]) => Ok(Some(text.into())),
        Some(_) => Err(ConfigError::new("USHER_REDIS_URL", "must be a URL that begins with redis:// or rediss://")),
    }
}

pub(super) fn mail(
    settings: &Settings,
    listen: SocketAddr,
    public_url: Option<&Url>,
) -> Result<MailConfig, ConfigError> {
    let smtp_url = match settings.text("USHER_SMTP_URL") {
        None => None,
        Some(text) if scheme_is(text, &["smtp", "smtps"]) => Some(SecretString::from(text)),
        Some(_) => {
            return Err(ConfigError::new("USHER_SMTP_URL", "must be a URL that begins with smtp:// or smtps://"));
        }
    };
    let loopback = listen.ip().is_loopback() && public_url.is_none_or(is_loopback);
    let captured = match settings.text("USHER_MAIL_CAPTURE") {
        Some("auto") | None => smtp_url.is_none() && loopback,
        Some("on") => true,
        Some("off") => false,
        Some(_) => return Err(ConfigError::new("USHER_MAIL_CAPTURE", "must be auto, on or off")),
    };
    Ok(MailConfig {
        smtp_url,
        smtp_ca: settings.text("USHER_SMTP_CA").map(PathBuf::from),
        captured,
        from: settings.text("USHER_MAIL_FROM").unwrap_or_default().to_owned(),
        retry_first: duration(settings, "USHER_MAIL_RETRY_FIRST")?,
        retry_factor: factor(settings)?,
        retry_max: duration(settings, "USHER_MAIL_RETRY_MAX")?,
        attempts: up_to_a_hundred(settings, "USHER_MAIL_ATTEMPTS")?.into(),
        lease: duration(settings, "USHER_MAIL_LEASE")?,
        connections: up_to_a_hundred(settings, "USHER_SMTP_CONNECTIONS")?.into(),
        kept: duration(settings, "USHER_MAIL_KEPT")?,
    })
}

fn up_to_a_hundred(settings: &Settings, name: &str) -> Result<u8, ConfigError> {
    let number = settings.text(name).unwrap_or_default().parse().ok().filter(|number| (1..=100).contains(number));
    number.ok_or_else(|| ConfigError::new(name, "must be a number from 1 to 100"))
}

fn factor(settings: &Settings) -> Result<f64, ConfigError> {
    let factor = settings.text("USHER_MAIL_RETRY_FACTOR").unwrap_or_default().parse().ok();
    let factor = factor.filter(|factor| (1.0..=10.0).contains(factor));
    factor.ok_or_else(|| ConfigError::new("USHER_MAIL_RETRY_FACTOR", "must be a number from 1 to 10"))
}

pub(super) fn rules(settings: &Settings) -> Result<Rules, ConfigError> {
    Ok(Rules {
        invitation_ttl: duration(settings, "USHER_INVITATION_TTL")?,
        session_idle: duration(settings, "USHER_SESSION_IDLE")?,
        session_max: duration(settings, "USHER_SESSION_MAX")?,
        deletion_grace: duration(settings, "USHER_DELETION_GRACE")?,
        seats: seats(settings)?,
    })
}

fn seats(settings: &Settings) -> Result<Option<i32>, ConfigError> {
    let Some(text) = settings.text("USHER_SEATS") else { return Ok(None) };
    let seats = text.parse().ok().filter(|seats| *seats >= 1);
    seats.map(Some).ok_or_else(|| ConfigError::new("USHER_SEATS", "must be a number from 1"))
}

pub(super) fn keys(settings: &Settings) -> Result<Option<Keys>, ConfigError> {
    let Some(text) = settings.text("USHER_SECRET_KEY") else { return Ok(None) };
    let keys: Vec<SecretString> = text.split(',').map(|key| key.trim().into()).collect();
    let wrong = || ConfigError::new("USHER_SECRET_KEY", "every key must have at least 32 bytes");
    Keys::new(&keys).map(Some).ok_or_else(wrong)
}

pub(super) fn duration(settings: &Settings, name: &str) -> Result<Duration, ConfigError> {
    let text = settings.text(name).unwrap_or_default();
    humantime::parse_duration(text).map_err(|_| ConfigError::new(name, "must be a duration such as 30s, 6h or 7d"))
}

pub(super) fn log_format(settings: &Settings) -> Result<Option<LogFormat>, ConfigError> {
    match settings.text("USHER_LOG_FORMAT") {
        None => Ok(None),
        Some("pretty") => Ok(Some(LogFormat::Pretty)),
        Some("json") => Ok(Some(LogFormat::Json)),
        Some(_) => Err(ConfigError::new("USHER_LOG_FORMAT", "must be pretty or json")),
    }
}

pub(super) fn switch(settings: &Settings, name: &str) -> Result<Option<bool>, ConfigError> {
    match settings.text(name) {
        None => Ok(None),
        Some("on" | "true" | "1") => Ok(Some(true)),
        Some("off" | "false" | "0") => Ok(Some(false)),
        Some(_) => Err(ConfigError::new(name, "must be on or off")),
    }
}

/// The limits as they are set, also when all of them are off: a mistake in one is told at once.
pub(super) fn quotas(settings: &Settings) -> Result<Quotas, ConfigError> {
    let quotas = Quotas::new(settings)?;
    let on = switch(settings, "USHER_RATE_LIMITS")?.unwrap_or(true);
    Ok(if on { quotas } else { Quotas::default() })
}

pub(super) fn trusted_proxies(settings: &Settings) -> Result<Vec<IpNet>, ConfigError> {
    let Some(text) = settings.text("USHER_TRUSTED_PROXIES") else { return Ok(Vec::new()) };
    let wrong = || {
        let problem = "must be addresses or networks, comma-separated, such as 127.0.0.1, 10.0.0.0/8";
        ConfigError::new("USHER_TRUSTED_PROXIES", problem)
    };
    let network = |part: &str| part.parse().or_else(|_| part.parse::<IpAddr>().map(IpNet::from)).map_err(|_| wrong());
    text.split(',').map(|part| network(part.trim())).collect()
}

fn scheme_is(text: &str, schemes: &[&str]) -> bool {
    Url::parse(text).is_ok_and(|url| schemes.contains(&url.scheme()) && url.has_host())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
