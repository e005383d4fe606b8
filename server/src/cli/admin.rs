//! What every start and every command needs: the settings shown, the database brought up to date, the keys made, the App
//! of a command put together.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use domain::{
    App,
    clock::Clock,
    config::{Config, Mode, SETTINGS, Settings, Source},
    db,
    outbox::HandOff,
    rate_limit::Limits,
    token::{self, Keys},
};
use secrecy::{ExposeSecret, SecretString};

use super::{CliError, print};
use crate::telemetry;

/// Prints every setting, secrets masked, and where it came from; fails when one is wrong.
pub(super) fn show_config(settings: &Settings) -> Result<(), CliError> {
    for setting in SETTINGS {
        let (text, source) = settings.shown(setting);
        let source = match source {
            Source::Flag => "flag",
            Source::Environment => "environment",
            Source::File => "file",
            Source::Default => "default",
        };
        print(format_args!("{} = {text}    # {source}", setting.name))?;
    }
    let config = Config::new(settings, Mode::Up)?;
    telemetry::filter(&config)?;
    super::runtime()?.block_on(super::run::check(&config))
}

/// Brings the database up to date.
pub(super) async fn migrate(config: Config) -> Result<(), CliError> {
    ensure_data_dir(&config)?;
    let db = db::connect(&config.database_url).await?;
    db::migrate(&db).await?;
    print("The database is up to date.")
}

/// What an operator's commands work with: mail that they promise is delivered by whoever runs the worker.
pub(super) async fn open(config: Config) -> Result<App, CliError> {
    ensure_data_dir(&config)?;
    let db = db::connect(&config.database_url).await?;
    db::migrate(&db).await?;
    // Nobody takes mail from here, so it is due at once for the relay; none of it has a link with a key.
    let (hand_off, _) = HandOff::channel();
    let keys = match config.keys {
        Some(keys) => keys,
        None => one_off_key()?,
    };
    Ok(App::new(db, Clock::system(), keys, hand_off, Limits::default(), config.mail, config.rules)?)
}

fn one_off_key() -> Result<Keys, CliError> {
    Keys::new(&[token::random()?]).ok_or_else(|| domain::Error::internal("a random key is too short").into())
}

/// Makes the data folder, when the embedded database lives in it.
pub(super) fn ensure_data_dir(config: &Config) -> Result<(), CliError> {
    if !config.database_url.expose_secret().starts_with("sqlite:") {
        return Ok(());
    }
    let folder = &config.data_dir;
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(CliError::io(folder.display()))
}

/// The keys of the settings; else the one in the data folder, made at the first start.
pub(super) fn ensure_keys(config: &Config) -> Result<Keys, CliError> {
    if let Some(keys) = &config.keys {
        return Ok(keys.clone());
    }
    let folder = &config.data_dir;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(CliError::io(folder.display()))?;
    let path = folder.join("secret.key");
    if !path.exists() {
        write_new(&path, &token::random()?)?;
    }
    let key = fs::read_to_string(&path).map_err(CliError::io(path.display()))?;
    let wrong = || domain::Error::internal(format!("{} holds no key of at least 32 bytes", path.display()));
    Ok(Keys::new(&[key.trim().into()]).ok_or_else(wrong)?)
}

/// Writes a file that only we can read. It appears whole or not at all, so that a stop in the middle leaves no half key.
fn write_new(path: &Path, text: &SecretString) -> Result<(), CliError> {
    use std::io::Write;
    let draft = path.with_extension("new");
    let written = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft);
    let synced = written.and_then(|mut file| {
        file.write_all(text.expose_secret().as_bytes())?;
        file.sync_all()
    });
    synced.and_then(|()| fs::rename(&draft, path)).map_err(CliError::io(path.display()))
}
