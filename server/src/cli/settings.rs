//! Where the texts of settings come from: a flag, else the environment, else the file that USHER_CONFIG names.

use clap::{Arg, ArgMatches, parser::ValueSource};
use domain::config::{ConfigError, SETTINGS, Settings, Source};
use toml::{Table, Value};

/// The variable that names the settings file.
const FILE: &str = "USHER_CONFIG";

/// A flag for each setting, which the environment can take the place of.
pub(super) fn flags() -> impl Iterator<Item = Arg> {
    let file = Arg::new(FILE).long("config").env(FILE).help("A TOML file of settings").value_name("FILE").global(true);
    let flag = |setting: &domain::config::Setting| {
        let help = match setting.default {
            Some(default) => format!("{} [default: {default}]", setting.help),
            None => setting.help.to_owned(),
        };
        Arg::new(setting.name)
            .long(setting.key())
            .env(setting.name)
            .hide_env_values(true)
            .value_name("VALUE")
            .help(help)
            .global(true)
    };
    SETTINGS.iter().map(flag).chain([file])
}

/// The texts of all settings. The error names a file that cannot be read, or a key of it that is no setting.
pub(super) fn collect(matches: &ArgMatches) -> Result<Settings, ConfigError> {
    let file = match matches.get_one::<String>(FILE).filter(|path| !path.is_empty()) {
        Some(path) => read(path)?,
        None => Table::new(),
    };
    Ok(Settings::new(|setting| {
        let source = match matches.value_source(setting.name) {
            Some(ValueSource::CommandLine) => Source::Flag,
            Some(ValueSource::EnvVariable) => Source::Environment,
            _ => return file.get(&setting.key()).map(|value| (text(value), Source::File)),
        };
        matches.get_one::<String>(setting.name).map(|text| (text.clone(), source))
    }))
}

/// Keys may be written like the flags, with underscores, or like the variables.
fn read(path: &str) -> Result<Table, ConfigError> {
    let content = std::fs::read_to_string(path).map_err(|error| ConfigError::new(FILE, format!("{path}: {error}")))?;
    let table: Table = content.parse().map_err(|error| ConfigError::new(FILE, format!("{path}: {error}")))?;
    let mut settings = Table::new();
    for (key, value) in table {
        let name = key.trim_start_matches("USHER_").to_lowercase().replace('_', "-");
        if !SETTINGS.iter().any(|setting| setting.key() == name) {
            return Err(ConfigError::new(&key, format!("{path}: there is no such setting")));
        }
        settings.insert(name, value);
    }
    Ok(settings)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Boolean(true) => "on".to_owned(),
        Value::Boolean(false) => "off".to_owned(),
        other => other.to_string(),
    }
}
