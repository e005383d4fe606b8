//! The command line: which command runs, with which settings.

mod admin;
mod mail;
mod operator;
mod run;
mod settings;
mod table;

use std::{fmt::Display, io::Write, process::ExitCode};

use clap::{ArgMatches, Command};
use domain::config::{Config, ConfigError, Mode, Settings};

use crate::{graphql, telemetry};

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The input was refused, or the program failed.
    #[error(transparent)]
    Domain(#[from] domain::Error),
    /// The database did not answer or refused.
    #[error("database: {0}")]
    Database(#[from] migration::DbErr),
    /// What was asked for cannot be done.
    #[error("{0}")]
    Refused(String),
    /// A file, a socket or a signal.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl CliError {
    /// What was being done when the system said no.
    fn io(what: impl Display) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.to_string();
        move |source| Self::Io { what, source }
    }
}

/// Runs the command that the arguments name. Exits with 0, with 1 when it failed, and with 2 when a setting or an
/// argument is wrong.
pub fn main() -> ExitCode {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        return failed(&"TLS was set up twice", 1);
    }
    match dispatch(&command().get_matches()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ CliError::Config(_)) => failed(&error, 2),
        Err(error) => failed(&error, 1),
    }
}

fn failed(error: &dyn Display, code: u8) -> ExitCode {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "usher: {error}");
    ExitCode::from(code)
}

/// Writes a line for people or programs to standard output.
fn print(line: impl Display) -> Result<(), CliError> {
    writeln!(std::io::stdout(), "{line}").map_err(CliError::io("standard output"))
}

fn command() -> Command {
    Command::new("usher")
        .about("Invites people into workspaces, and loses no invitation")
        .version(env!("CARGO_PKG_VERSION"))
        .args(settings::flags())
        .subcommand(Command::new("up").about("Everything in one process (the default)"))
        .subcommand(Command::new("server").about("The API and the pages; needs a Redis"))
        .subcommand(Command::new("worker").about("The worker; needs a Redis. Any number may run"))
        .subcommand(Command::new("migrate").about("Bring the database up to date"))
        .subcommand(Command::new("schema").about("Print schema.graphql"))
        .subcommand(Command::new("config").about("Print the settings in force, and where each came from"))
        .subcommand(mail::command())
        .subcommands(operator::commands())
}

fn dispatch(matches: &ArgMatches) -> Result<(), CliError> {
    let (name, arguments) = matches.subcommand().unwrap_or(("up", matches));
    if name == "schema" {
        return print(graphql::sdl().trim_end());
    }
    let settings = settings::collect(matches)?;
    match name {
        "server" => run::run(&settings, Mode::Server),
        "worker" => run::run(&settings, Mode::Worker),
        "config" => admin::show_config(&settings),
        "migrate" => with_database(&settings, admin::migrate),
        "mail" => with_database(&settings, async |config| mail::run(config, arguments).await),
        "user" | "workspace" | "audit" => {
            with_database(&settings, async |config| operator::run(config, name, arguments).await)
        }
        _ => run::run(&settings, Mode::Up),
    }
}

/// Runs a command that needs the database alone.
fn with_database(settings: &Settings, work: impl AsyncFnOnce(Config) -> Result<(), CliError>) -> Result<(), CliError> {
    let config = Config::new(settings, Mode::Database)?;
    telemetry::init(&config)?;
    runtime()?.block_on(work(config))
}

fn mailer(error: worker::MailerError) -> ConfigError {
    ConfigError::new(error.setting, error.problem)
}

fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CliError::io("runtime"))
}
