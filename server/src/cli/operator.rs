//! The operator's commands on the database: accounts, workspaces and the audit log. For people, or with --json as JSON,
//! one object a line.

use std::io::{BufRead, IsTerminal};

use chrono::{DateTime, Utc};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use domain::{
    App,
    config::{Config, ConfigError},
    event,
    id::Kind,
    operator::{self, Overview, Told},
    user,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{CliError, admin, print};

/// `user`, `workspace` and `audit` with what each can do.
pub(super) fn commands() -> [Command; 3] {
    let json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON, one object a line");
    let email = || Arg::new("email").long("email").required(true).help("The address of the account");
    let password = || Arg::new("password").long("password").help("The password; asked for when absent");
    let workspace = || Arg::new("workspace").required(true).help("The workspace's id");
    let name = Arg::new("name").long("name").required(true).help("The name others see");
    let command = |name: &'static str, about: &'static str| Command::new(name).about(about).arg(json());
    let user = Command::new("user").about("Accounts").subcommand_required(true).subcommands([
        command("create", "Make an account whose address counts as verified").args([email(), name, password()]),
        command("reset-password", "Set a password and end every session").args([email(), password()]),
        command("disable", "Keep somebody out: sessions end, invitations are suspended").arg(email()),
        command("enable", "Let somebody in again").arg(email()),
    ]);
    let seats = Arg::new("seats").required(true).help("How many, or none for any number");
    let workspaces = Command::new("workspace").about("Workspaces").subcommand_required(true).subcommands([
        command("list", "All workspaces, oldest first"),
        command("show", "A workspace with its owner and administrators").arg(workspace()),
        command("set-seats", "Limit members and open invitations together").args([workspace(), seats]),
    ]);
    let of = Arg::new("workspace").long("workspace").value_name("ID").help("Only what happened in this workspace");
    let since = Arg::new("since").long("since").value_name("TIME").value_parser(value_parser!(DateTime<Utc>));
    let since = since.help("Only what happened since, as in 2026-11-25T00:00:00Z");
    let export = command("export", "Every event as JSON, one object a line, with or without --json").args([of, since]);
    [user, workspaces, Command::new("audit").about("The audit log").subcommand_required(true).subcommand(export)]
}

/// Runs one of [`commands`].
pub(super) async fn run(config: Config, group: &str, arguments: &ArgMatches) -> Result<(), CliError> {
    let Some((name, arguments)) = arguments.subcommand() else { return Ok(()) };
    let app = admin::open(config).await?;
    match (group, name) {
        ("user", _) => change_account(&app, name, arguments).await,
        (_, "list") => {
            let found = operator::workspaces(&app).await?;
            found.iter().try_for_each(|workspace| show(arguments, workspace, &[]))
        }
        (_, "show") => {
            let (workspace, managers) = operator::workspace(&app, workspace_id(arguments)?).await?;
            show(arguments, &workspace, &managers)
        }
        (_, "set-seats") => {
            let changed = operator::set_seats(&app, workspace_id(arguments)?, seats(arguments)?).await?;
            show(arguments, &changed, &[])
        }
        _ => export(&app, arguments).await,
    }
}

fn text<'a>(arguments: &'a ArgMatches, name: &str) -> &'a str {
    arguments.get_one::<String>(name).map_or("", String::as_str)
}

async fn change_account(app: &App, name: &str, arguments: &ArgMatches) -> Result<(), CliError> {
    let email = text(arguments, "email");
    let (user, done) = match name {
        "create" => {
            let name = text(arguments, "name");
            (user::create_verified(app, email, name, &password(arguments)?).await?, "has an account")
        }
        "reset-password" => (operator::reset_password(app, email, &password(arguments)?).await?, "has a new password"),
        "disable" => (operator::set_disabled(app, email, true).await?, "is disabled"),
        _ => (operator::set_disabled(app, email, false).await?, "is enabled"),
    };
    let id = Kind::User.id(user.id);
    if arguments.get_flag("json") {
        let disabled_at = user.disabled_at;
        return print(json!({ "id": id, "email": user.email, "name": user.name, "disabledAt": disabled_at }));
    }
    print(format_args!("{} {done}: {id}", user.email))
}

fn password(arguments: &ArgMatches) -> Result<SecretString, CliError> {
    match arguments.get_one::<String>("password") {
        Some(password) => Ok(password.as_str().into()),
        None => ask_password(),
    }
}

/// Asks at the terminal; without one, the password is a line of standard input.
fn ask_password() -> Result<SecretString, CliError> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(rpassword::prompt_password("Password: ").map_err(CliError::io("password"))?.into());
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line).map_err(CliError::io("password"))?;
    Ok(line.trim_end_matches(['\r', '\n']).into())
}

fn workspace_id(arguments: &ArgMatches) -> Result<uuid::Uuid, CliError> {
    Ok(Kind::Workspace.parse(text(arguments, "workspace"))?)
}

fn seats(arguments: &ArgMatches) -> Result<Option<u32>, CliError> {
    match text(arguments, "seats") {
        "none" => Ok(None),
        number => {
            let wrong = |_| ConfigError::new("set-seats", "give a number, or none for any number");
            Ok(Some(number.parse().map_err(wrong)?))
        }
    }
}

fn show(arguments: &ArgMatches, found: &Overview, managers: &[entity::user::Model]) -> Result<(), CliError> {
    let Overview { workspace, used } = found;
    let id = Kind::Workspace.id(workspace.id);
    if arguments.get_flag("json") {
        let mut shown = json!({
            "id": id, "name": workspace.name, "createdAt": workspace.created_at, "seats": workspace.seats,
            "seatsUsed": used, "deletesAt": workspace.deletes_at,
        });
        if !managers.is_empty() {
            shown["managers"] = managers.iter().map(|user| user.email.as_str()).collect();
        }
        return print(shown);
    }
    let seats = workspace.seats.map_or_else(|| "any number of".to_owned(), |seats| seats.to_string());
    let deleted = workspace.deletes_at.map(|end| format!(", deleted for good on {end}")).unwrap_or_default();
    print(format_args!("{id}  {}: {used} of {seats} seats{deleted}", workspace.name))?;
    managers.iter().try_for_each(|user| print(format_args!("  {} <{}>", user.name, user.email)))
}

/// Prints every event as a line of JSON. What has no number yet gets one first, so that nothing committed is missing.
async fn export(app: &App, arguments: &ArgMatches) -> Result<(), CliError> {
    let workspace = arguments.get_one::<String>("workspace").map(|_| workspace_id(arguments)).transpose()?;
    let since = arguments.get_one::<DateTime<Utc>>("since").copied();
    event::number(app).await?;
    let mut after = 0;
    loop {
        let told = operator::audit(app, workspace, since, after).await?;
        let Some(last) = told.last().and_then(|(event, _)| event.number) else { return Ok(()) };
        told.iter().try_for_each(|told| print(line(told)))?;
        after = last;
    }
}

fn line((event, actor): &Told) -> Value {
    let actor = actor.as_ref().map(|user| json!({ "id": Kind::User.id(user.id), "email": user.email }));
    json!({
        "number": event.number,
        "occurredAt": event.occurred_at,
        "workspaceId": Kind::Workspace.id(event.workspace_id),
        "type": event.kind,
        "actor": actor,
        "invitationId": event.invitation_id.map(|id| Kind::Invitation.id(id)),
        "status": event.status,
        "deliveryStatus": event.delivery_status,
        "details": event.details,
        "summary": event::summary(event),
    })
}
