//! …/invitations/new: the form that sends. One address is invited at once; of several, or of a CSV file, a preview first
//! says what each row will do, and leads back to what was typed.

use std::collections::HashMap;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Error, UserError,
    id::Kind,
    invitation::{self, Row},
    membership::Member,
    policy::Action,
    text, token,
};
use entity::{invitation::InvitableRole, language::Language};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;
use worker::catalogue::Key;

use super::{
    Refusal,
    addresses::{self, Typed},
    choice::{self, Choice},
    invitation::Done,
    invitations::Form,
    member, page, path,
};
use crate::{
    graphql::limits,
    pages::{
        csrf::Fields,
        failure::Failure,
        form::{FormErrors, Hidden},
        label,
        samples::{self, Samples},
        visit::{Asked, Segment, Visit},
    },
};

/// The field that tells that a file was chosen.
const HAD_FILE: &str = "had_file";
/// How much longer a field is, sent, than its name and its text, at most.
const FIELD: usize = 200;
/// The fields that only the preview has.
const OF_PREVIEW: [&str; 2] = ["payload", "key"];

/// What the address of the form begins with.
#[derive(Deserialize)]
pub(super) struct Question {
    /// The invitation that is to be sent anew, as it was.
    #[serde(default)]
    again: String,
}

/// GET: the form.
pub(super) async fn form(
    visit: Visit,
    Segment(id): Segment,
    Asked(question): Asked<Question>,
) -> Result<Response, Failure> {
    let member = member(&visit, &id).await?;
    member.require(Action::ManageInvitations)?;
    let before = match question.again.as_str() {
        "" => None,
        id => Some(super::invitation::find(&visit, &member, id).await?.row),
    };
    let id = before.as_ref().map(|before| before.id);
    let granted = invitation::locations(&visit.app().db, id.as_slice()).await.map_err(Error::from)?;
    let granted: Vec<Uuid> = granted.into_values().flatten().map(|location| location.id).collect();
    let form = Form {
        locations: choice::locations(&visit, &member, &granted).await?,
        languages: label::languages(before.as_ref().and_then(|before| before.language)),
        administrator: before.as_ref().is_some_and(|before| before.role == InvitableRole::Administrator),
        message: before.as_ref().and_then(|before| before.message.clone()).unwrap_or_default(),
        emails: before.map(|before| before.email).unwrap_or_default(),
        ..Form::default()
    };
    page(&visit, &member, StatusCode::OK, "send", form)
}

/// POST: sends to one address, or shows what several would do; or the form once more, for who wants to change it.
pub(super) async fn submit(visit: Visit, Segment(id): Segment, fields: Fields) -> Result<Response, Failure> {
    let member = member(&visit, &id).await?;
    member.require(Action::ManageInvitations)?;
    let like = like(&fields)?;
    if !fields.text("change").is_empty() {
        return filled(&visit, &member, &fields, &like, Refusal::default()).await;
    }
    let mut typed = addresses::pasted(fields.text("emails"), &like);
    if let Some(file) = fields.file("csv") {
        let names = location_names(&visit, &member).await?;
        let by_name: HashMap<String, Uuid> = names.into_iter().map(|(id, name)| (text::key(&name), id)).collect();
        match addresses::from_csv(file, &like, &by_name) {
            Ok(rows) => typed.extend(rows),
            Err(_) => {
                let refusal = Refusal::of(&visit, &[unreadable_file()]);
                return filled(&visit, &member, &fields, &like, refusal).await;
            }
        }
    } else if typed.len() <= 1 {
        // What is no address at all is sent too: the answer says what is wrong with it.
        let email = typed.pop().map_or_else(|| fields.text("emails").trim().to_owned(), |typed| typed.row.email);
        return send_one(&visit, &member, &fields, &Row { email, ..like }).await;
    }
    preview(&visit, &member, &fields, &like, typed).await
}

fn unreadable_file() -> UserError {
    UserError::new(domain::Code::InvalidInput, &["csv"], "This file cannot be read as CSV in UTF-8.")
}

/// What all the rows have in common.
fn like(fields: &Fields) -> Result<Row, Failure> {
    let administrator = fields.text("role") == "ADMINISTRATOR";
    let role = if administrator { InvitableRole::Administrator } else { InvitableRole::User };
    // Locations stay ticked, and hidden, when somebody turns to the role that has all of them.
    let ids = fields.all("location").filter(|_| !administrator).map(|id| Kind::Location.parse(id));
    let message = Some(fields.text("message").to_owned()).filter(|message| !message.trim().is_empty());
    let language = Language::from_tag(fields.text("language"));
    Ok(Row { email: String::new(), role, location_ids: ids.collect::<Result<_, _>>()?, message, language })
}

async fn send_one(visit: &Visit, member: &Member, fields: &Fields, row: &Row) -> Result<Response, Failure> {
    match invitation::send(visit.app(), visit.signed_in()?, member.workspace.id, row).await {
        Ok(_) => Ok(Redirect::to(&Done::Sent.told_at(&format!("{}/invitations", path(member)))).into_response()),
        Err(error) => filled(visit, member, fields, row, Refusal::new(visit, error)?).await,
    }
}

/// The form once more, with what was typed and what is wrong with it.
async fn filled(
    visit: &Visit,
    member: &Member,
    fields: &Fields,
    like: &Row,
    refusal: Refusal,
) -> Result<Response, Failure> {
    let locations = choice::locations(visit, member, &like.location_ids).await?;
    refusal.page(visit, member, "send", |errors| Form {
        emails: fields.text("emails").to_owned(),
        message: fields.text("message").to_owned(),
        administrator: like.role == InvitableRole::Administrator,
        locations,
        languages: label::languages(like.language),
        had_file: has_file(fields),
        errors,
    })
}

/// Whether a file was chosen, now or before the preview. No page can choose it again.
fn has_file(fields: &Fields) -> bool {
    fields.has_file() || !fields.text(HAD_FILE).is_empty()
}

/// The values of the page `send-preview`.
#[derive(Serialize)]
struct Preview<'a> {
    #[serde(flatten)]
    outcomes: Outcomes,
    /// The rows that will be sent, for the form that confirms.
    payload: &'a str,
    key: &'a str,
    /// What was typed, for who wants to change it.
    typed: Vec<Hidden<'a>>,
    errors: FormErrors,
}

/// What becomes of the rows: the values of the page `send-result`.
#[derive(Serialize)]
struct Outcomes {
    lines: Vec<Line>,
    good: usize,
    bad: usize,
    /// What is said of a row without a problem.
    good_key: Key,
}

impl Outcomes {
    fn new(lines: Vec<Line>, good_key: Key) -> Self {
        let bad = lines.iter().filter(|line| line.problem.is_some()).count();
        Self { good: lines.len() - bad, bad, lines, good_key }
    }
}

#[derive(Serialize)]
struct Line {
    email: String,
    role: Key,
    locations: Vec<String>,
    message: Option<String>,
    /// The one it is sent in, when that was chosen.
    language: Option<Key>,
    /// Why it is not sent; none for one that is.
    problem: Option<String>,
}

impl Line {
    /// Of one row; `names` are those of the workspace's locations.
    fn new(row: &Row, problem: Option<String>, names: &HashMap<Uuid, String>) -> Self {
        Self {
            email: row.email.clone(),
            role: label::invited_role(row.role),
            locations: row.location_ids.iter().filter_map(|id| names.get(id).cloned()).collect(),
            message: row.message.clone(),
            language: row.language.map(label::language),
            problem,
        }
    }
}

/// The names of the workspace's locations, by their ids.
async fn location_names(visit: &Visit, member: &Member) -> Result<HashMap<Uuid, String>, Failure> {
    let locations = choice::locations(visit, member, &[]).await?;
    let named = |choice: Choice| Some((Kind::Location.parse(&choice.id).ok()?, choice.name));
    Ok(locations.into_iter().filter_map(named).collect())
}

async fn preview(
    visit: &Visit,
    member: &Member,
    fields: &Fields,
    like: &Row,
    typed: Vec<Typed>,
) -> Result<Response, Failure> {
    let rows: Vec<Row> = typed.iter().map(|typed| typed.row.clone()).collect();
    let verdicts = match invitation::rehearse(visit.app(), member, &rows).await {
        Ok(verdicts) => verdicts,
        Err(error) => return filled(visit, member, fields, like, Refusal::new(visit, error)?).await,
    };
    let catalogue = visit.catalogue();
    let names = location_names(visit, member).await?;
    let mut lines = Vec::with_capacity(rows.len());
    let mut sendable = Vec::new();
    for (typed, errors) in typed.into_iter().zip(verdicts) {
        let problem = match typed.problem {
            Some(key) => Some(catalogue.text(key.0, [])?),
            None => errors.first().map(|error| visit.says(error)),
        };
        let line = Line::new(&typed.row, problem, &names);
        if line.problem.is_none() {
            sendable.push(typed.row);
        }
        lines.push(line);
    }
    let payload = serde_json::to_string(&sendable).map_err(Error::internal)?;
    let length = payload.len() + fields.typed().map(|(name, text)| name.len() + text.len() + FIELD).sum::<usize>();
    if length + FIELD > limits::BODY {
        let mut refusal = Refusal::of(visit, &[]);
        let too_large = visit.catalogue().text(Key("error-send-too-large").0, [("max", &json!(limits::BODY_MB))])?;
        refusal.errors.say("form", too_large);
        return filled(visit, member, fields, like, refusal).await;
    }
    let key = token::random()?.expose_secret().to_owned();
    let outcomes = Outcomes::new(lines, Key("send-will"));
    previewed(visit, member, fields, Refusal::default(), outcomes, (&payload, &key))
}

/// The page that asks whether to send `payload`, under `key`.
fn previewed(
    visit: &Visit,
    member: &Member,
    fields: &Fields,
    refusal: Refusal,
    outcomes: Outcomes,
    (payload, key): (&str, &str),
) -> Result<Response, Failure> {
    let had_file = fields.file("csv").map(|_| (HAD_FILE, "1"));
    let typed = fields.typed().filter(|(name, _)| !OF_PREVIEW.contains(name)).chain(had_file);
    let typed = typed.map(Hidden::from).collect();
    refusal.page(visit, member, "send-preview", |errors| Preview { outcomes, payload, key, typed, errors })
}

/// GET …/invitations/send: the address of what has been sent, opened anew; on to the list.
pub(super) async fn unconfirmed(visit: Visit, Segment(id): Segment) -> Result<Response, Failure> {
    let member = member(&visit, &id).await?;
    Ok(Redirect::to(&format!("{}/invitations", path(&member))).into_response())
}

/// POST …/invitations/send: sends what the preview showed. Pressed twice it mails nobody twice.
pub(super) async fn confirm(visit: Visit, Segment(id): Segment, fields: Fields) -> Result<Response, Failure> {
    let member = member(&visit, &id).await?;
    let rows: Vec<Row> = serde_json::from_str(fields.text("payload")).map_err(|_| Failure::BadInput)?;
    let viewer = visit.signed_in()?;
    let key = fields.text("key");
    let names = location_names(&visit, &member).await?;
    let sent = invitation::send_all(visit.app(), viewer, member.workspace.id, &rows, Some(key)).await;
    let (results, member) = match sent {
        Ok(sent) => sent,
        Err(error) => {
            let refusal = Refusal::new(&visit, error)?;
            let lines = rows.iter().map(|row| Line::new(row, None, &names)).collect();
            let outcomes = Outcomes::new(lines, Key("send-will"));
            return previewed(&visit, &member, &fields, refusal, outcomes, (fields.text("payload"), key));
        }
    };
    let line = |(row, result): (&Row, Result<_, Vec<UserError>>)| {
        let problem = result.err().and_then(|errors| errors.first().map(|error| visit.says(error)));
        Line::new(row, problem, &names)
    };
    let lines = rows.iter().zip(results).map(line).collect();
    page(&visit, &member, StatusCode::OK, "send-result", Outcomes::new(lines, Key("send-did")))
}

/// The pages with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    super::sample(all, "send", Form::sample())?;
    for (template, good_key) in [("send-preview", Key("send-will")), ("send-result", Key("send-did"))] {
        let problem = all.catalogue.text("error-already-member", [])?;
        let line = |email: &str, problem| Line {
            email: email.to_owned(),
            role: label::invited_role(InvitableRole::User),
            locations: samples::texts(samples::LOCATIONS),
            message: Some(samples::MESSAGE.join("\n")),
            language: Some(label::language(Language::En)),
            problem,
        };
        let lines = vec![line(samples::ADDRESS, None), line(samples::INVITER_ADDRESS, Some(problem))];
        let outcomes = Outcomes::new(lines, good_key);
        let errors = FormErrors::default();
        // The page of the result has no use for the rest.
        super::sample(all, template, Preview { outcomes, payload: "", key: "", typed: Vec::new(), errors })?;
    }
    Ok(())
}
