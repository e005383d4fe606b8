//! What an operator does about mail: look at it, have it tried again, cancel it.

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{
    Arg, ArgAction, ArgMatches, Command,
    builder::{PossibleValue, PossibleValuesParser},
    value_parser,
};
use domain::{
    App, Error,
    config::Config,
    id,
    mail::{self, Filter},
    outbox::message_id,
};
use entity::outbox::{Kind, Model, Status};
use sea_orm::{ActiveEnum, Iterable};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CliError, admin, print, table};

/// `usher mail`.
pub(super) fn command() -> Command {
    let json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON");
    let ids = || Arg::new("id").value_name("ID").required(true).num_args(1..).help("Ids or Message-IDs of mails");
    let list = Command::new("list")
        .about("The newest mails and where each stands")
        .arg(choice::<Status>("status").help("Only in this state; several, comma-separated"))
        .arg(choice::<Kind>("kind").help("Only of this kind; several, comma-separated"))
        .arg(Arg::new("workspace").long("workspace").value_name("ID").help("Only of this workspace"))
        .arg(limit())
        .arg(json());
    let show = Command::new("show")
        .about("One mail, its history and the mail server's words")
        .arg(Arg::new("id").value_name("ID").required(true).help("Id or Message-ID of the mail"))
        .arg(json());
    let retry = Command::new("retry").about("Makes mails that failed or wait to be tried again due now").arg(ids());
    let cancel = Command::new("cancel").about("Cancels mails that wait: they are not sent").arg(ids());
    Command::new("mail").about("Mails and what became of them").subcommand_required(true).subcommands([
        list,
        show,
        retry.arg(json()),
        cancel.arg(json()),
    ])
}

fn choice<E: ActiveEnum<Value = String> + Iterable>(name: &'static str) -> Arg {
    let values = PossibleValuesParser::new(E::iter().map(|value| PossibleValue::new(value.to_value())));
    Arg::new(name).long(name).value_name("NAME").value_parser(values).ignore_case(true).value_delimiter(',')
}

fn limit() -> Arg {
    let limit = Arg::new("limit").long("limit").value_name("N").value_parser(value_parser!(u64).range(1..=100_000));
    limit.default_value("50").help("At most so many")
}

/// Runs one of the commands.
pub(super) async fn run(config: Config, arguments: &ArgMatches) -> Result<(), CliError> {
    let host = config.public_url(8080).host_str().unwrap_or("localhost").to_owned();
    let app = admin::open(config).await?;
    match arguments.subcommand() {
        Some(("show", arguments)) => show(&app, arguments, &host).await,
        Some(("retry", arguments)) => change(arguments, "is due now", async |id| mail::retry(&app, id).await).await,
        Some(("cancel", arguments)) => change(arguments, "is cancelled", async |id| mail::cancel(&app, id).await).await,
        Some((_, arguments)) => list(&app, arguments).await,
        None => Ok(()),
    }
}

async fn list(app: &App, arguments: &ArgMatches) -> Result<(), CliError> {
    let workspace = arguments.get_one::<String>("workspace").map(|id| id::Kind::Workspace.parse(id)).transpose();
    let filter = Filter {
        status: chosen(arguments, "status"),
        kind: chosen(arguments, "kind"),
        workspace_id: workspace.map_err(|_| CliError::Refused("--workspace: this is not the id of one".to_owned()))?,
    };
    let mails = mail::list(app, &filter, arguments.get_one("limit").copied().unwrap_or(50)).await?;
    if arguments.get_flag("json") {
        return print(Value::from_iter(mails.iter().map(as_json)));
    }
    let rows = mails.iter().map(|mail| {
        let next = mail.retry_at.map(time).unwrap_or_default();
        let error = mail.last_error.as_deref().unwrap_or_default();
        let attempts = mail.attempts.to_string();
        [
            mail.id.to_string(),
            mail.kind.to_value(),
            mail.status.to_value(),
            attempts,
            mail.recipient.clone(),
            time(mail.created_at),
            next,
            error.to_owned(),
        ]
    });
    let header = ["ID", "KIND", "STATUS", "ATTEMPTS", "TO", "PROMISED", "NEXT ATTEMPT", "LAST ERROR"];
    print(table::render(header, rows))
}

async fn show(app: &App, arguments: &ArgMatches, host: &str) -> Result<(), CliError> {
    let (text, id) = ids(arguments).swap_remove(0);
    let id = id.ok_or_else(|| not_an_id(text))?;
    let mail = mail::find(app, id).await.map_err(|error| refused(text, error))?;
    let history = history(&mail);
    if arguments.get_flag("json") {
        let steps = history.iter().map(|(at, what)| json!({ "at": time(*at), "what": what }));
        let mut shown = as_json(&mail);
        shown["messageId"] = message_id(mail.id, host).into();
        shown["history"] = steps.collect();
        return print(shown);
    }
    let Value::Object(fields) = as_json(&mail) else { return Ok(()) };
    let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
    let rows = fields.map(|(name, value)| [name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)]);
    let rows = rows.chain([["messageId".to_owned(), message_id(mail.id, host)]]);
    print(table::render(["FIELD", "VALUE"], rows))?;
    print(format_args!("\n{}", table::render(["AT", "WHAT"], history.into_iter().map(|(at, what)| [time(at), what]))))
}

/// Changes each of the mails; those that cannot be are told at the end, and the rest is changed all the same.
async fn change(
    arguments: &ArgMatches,
    done: &str,
    make: impl AsyncFn(Uuid) -> domain::Result<Model>,
) -> Result<(), CliError> {
    let (mut changed, mut problems) = (Vec::new(), Vec::new());
    for (text, id) in ids(arguments) {
        let result = match id {
            Some(id) => make(id).await.map_err(|error| refused(text, error)),
            None => Err(not_an_id(text)),
        };
        match result {
            Ok(mail) => changed.push(mail),
            Err(CliError::Refused(problem)) => problems.push(problem),
            Err(error) => return Err(error),
        }
    }
    if arguments.get_flag("json") {
        print(Value::from_iter(changed.iter().map(as_json)))?;
    } else {
        for mail in &changed {
            print(format_args!("{} to {} {done}", mail.id, mail.recipient))?;
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(CliError::Refused(problems.join("\nusher: "))) }
}

fn chosen<E: ActiveEnum<Value = String>>(arguments: &ArgMatches, name: &str) -> Vec<E> {
    let chosen = arguments.get_many::<String>(name).unwrap_or_default();
    chosen.filter_map(|value| E::try_from_value(&value.to_uppercase()).ok()).collect()
}

/// The ids on the command line, each as it was typed; none where that is no id. A Message-ID begins with one.
fn ids(arguments: &ArgMatches) -> Vec<(&str, Option<Uuid>)> {
    let typed = arguments.get_many::<String>("id").unwrap_or_default();
    let read = |text: &str| text.trim_start_matches('<').split('@').next().unwrap_or_default().parse().ok();
    typed.map(|text| (text.as_str(), read(text))).collect()
}

fn not_an_id(text: &str) -> CliError {
    CliError::Refused(format!("{text}: this is not the id of a mail; `usher mail list` shows them"))
}

fn refused(text: &str, error: Error) -> CliError {
    match error {
        Error::NotFound => CliError::Refused(format!("{text}: there is no such mail, or none any more")),
        Error::BadInput(problem) => CliError::Refused(format!("{text}: {problem}")),
        error => error.into(),
    }
}

fn as_json(mail: &Model) -> Value {
    json!({
        "id": mail.id,
        "kind": mail.kind,
        "status": mail.status,
        "email": mail.recipient,
        "workspaceId": mail.workspace_id.map(|row| id::Kind::Workspace.id(row)),
        "invitationId": mail.invitation_id.map(|row| id::Kind::Invitation.id(row)),
        "attempts": mail.attempts,
        "lastError": mail.last_error,
        "createdAt": time(mail.created_at),
        "nextAttemptAt": mail.retry_at.map(time),
        "finishedAt": mail.finished_at.map(time),
    })
}

/// What happened to a mail, oldest first.
fn history(mail: &Model) -> Vec<(DateTime<Utc>, String)> {
    let failures = mail::failures(mail).into_iter().map(|failure| {
        let what = format!("after {} attempts: {}", failure.attempts, failure.error);
        (failure.at, what)
    });
    let finished = mail.finished_at.map(|at| (at, mail.status.to_value()));
    let retried = mail.retry_at.map(|at| (at, "next attempt".to_owned()));
    [(mail.created_at, "promised".to_owned())].into_iter().chain(failures).chain(finished).chain(retried).collect()
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
