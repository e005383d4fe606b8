//! The log: where it goes and what it looks like.

use std::io::IsTerminal;

use domain::config::{Config, ConfigError, LogFormat};
use tracing_subscriber::{EnvFilter, fmt};

/// The filter of the log; fails when USHER_LOG is none.
pub(crate) fn filter(config: &Config) -> Result<EnvFilter, ConfigError> {
    // The first two tell what is known: migrations that ran, connections to Redis that broke. The others tell every value
    // they put into a template and all of a mail whose styles they inline, and links are among them.
    const UNHEARD: &str = "sea_orm_migration=warn,apalis_core=off,handlebars=off,html5ever=off,selectors=off";
    EnvFilter::try_new(format!("{},{UNHEARD}", config.log))
        .map_err(|error| ConfigError::new("USHER_LOG", format!("is not a filter: {error}")))
}

/// Begins to log to standard error, filtered by USHER_LOG.
pub(crate) fn init(config: &Config) -> Result<(), ConfigError> {
    let filter = filter(config)?;
    let by_place = if std::io::stderr().is_terminal() { LogFormat::Pretty } else { LogFormat::Json };
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format.unwrap_or(by_place) {
        LogFormat::Pretty => log.init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).init(),
    }
    Ok(())
}
