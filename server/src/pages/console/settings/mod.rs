//! …/settings: the workspace's name, language and seats, its audit log, its owner, its end.

mod audit;
mod deletion;
mod ownership;
mod test_mail;

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use domain::{membership::Member, policy::Action, workspace};
use entity::language::Language;
use serde::{Deserialize, Serialize};

use self::test_mail::TestMail;
use super::{Refusal, member, outcomes, page, path};
use crate::{
    Site,
    pages::{
        csrf::Posted,
        failure::{Failure, WithFailurePages as Handler},
        form::FormErrors,
        label::{self, Moment},
        samples::{self, Samples},
        visit::{Asked, Segment, Visit},
    },
};

/// The routes of the settings.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/w/{workspace_id}/settings", get(Handler(show)).post(Handler(submit)))
        .route("/w/{workspace_id}/settings/test-mail", get(Handler(show)).post(Handler(test_mail::submit)))
        .route("/w/{workspace_id}/settings/audit", get(Handler(audit::list)))
        .route("/w/{workspace_id}/settings/ownership", get(Handler(ownership::show)).post(Handler(ownership::submit)))
        .route("/w/{workspace_id}/settings/deletion", get(Handler(deletion::show)).post(Handler(deletion::submit)))
}

/// The values of the page `settings`.
#[derive(Serialize)]
struct Values<'a> {
    name: &'a str,
    languages: Vec<label::LanguageOption>,
    created: Moment,
    seats: Option<i32>,
    seats_used: u64,
    saved: bool,
    /// The test mail that was asked for just now, and where it goes.
    test_mail: Option<TestMail>,
    email: &'a str,
    errors: FormErrors,
}

/// What every page of the settings says around its own values.
#[derive(Serialize)]
struct Frame<T> {
    /// Whether the viewer is the owner, who alone hands the workspace over and deletes it.
    owns: bool,
    #[serde(flatten)]
    page: T,
}

/// A page of the settings.
fn framed<T: Serialize>(
    visit: &Visit,
    member: &Member,
    status: StatusCode,
    template: &str,
    values: T,
) -> Result<Response, Failure> {
    page(visit, member, status, template, Frame { owns: member.may(Action::DeleteWorkspace), page: values })
}

/// What the address of a form that has been sent says.
#[derive(Deserialize)]
pub(super) struct Question {
    saved: Option<String>,
    /// The id of a test mail.
    #[serde(default)]
    test: String,
}

/// GET: the form.
async fn show(visit: Visit, Segment(id): Segment, Asked(question): Asked<Question>) -> Result<Response, Failure> {
    let member = allowed(&visit, &id, Action::EditWorkspace).await?;
    let (name, language) = (member.workspace.name.as_str(), member.workspace.language);
    let (saved, test_mail) = (question.saved.is_some(), TestMail::find(&visit, &question.test).await?);
    let values = values(&visit, &member, (name, language)).await?;
    framed(&visit, &member, StatusCode::OK, "settings", Values { saved, test_mail, ..values })
}

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    language: String,
}

/// POST: changes name and language.
async fn submit(visit: Visit, Segment(id): Segment, Posted(typed): Posted<Typed>) -> Result<Response, Failure> {
    let member = allowed(&visit, &id, Action::EditWorkspace).await?;
    let (name, language) = (typed.name.as_str(), Language::from_tag(&typed.language));
    let updated =
        workspace::update(visit.app(), visit.signed_in()?, member.workspace.id, Some(name), Some(language)).await;
    match updated {
        Ok(_) => Ok(Redirect::to(&format!("{}/settings?saved=1", path(&member))).into_response()),
        Err(error) => render(&visit, &member, (name, language), Refusal::new(&visit, error)?).await,
    }
}

/// The viewer as a member who may do `action`.
async fn allowed(visit: &Visit, id: &str, action: Action) -> Result<Member, Failure> {
    let member = member(visit, id).await?;
    member.require(action)?;
    Ok(member)
}

/// The settings once more, with what is wrong.
async fn render(
    visit: &Visit,
    member: &Member,
    form: (&str, Option<Language>),
    refusal: Refusal,
) -> Result<Response, Failure> {
    let values = values(visit, member, form).await?;
    let owns = member.may(Action::DeleteWorkspace);
    refusal.page(visit, member, "settings", |errors| Frame { owns, page: Values { errors, ..values } })
}

async fn values<'a>(
    visit: &'a Visit,
    member: &Member,
    (name, language): (&'a str, Option<Language>),
) -> Result<Values<'a>, Failure> {
    Ok(Values {
        name,
        languages: label::languages(language),
        created: member.workspace.created_at.into(),
        seats: member.workspace.seats,
        seats_used: workspace::seats_used(visit.app(), &visit.app().db, member.workspace.id).await?,
        saved: false,
        test_mail: None,
        email: &visit.signed_in()?.user.email,
        errors: FormErrors::default(),
    })
}

/// The pages with sample data.
pub(super) fn samples(all: &mut Samples<'_>) -> Result<(), Failure> {
    let values = Values {
        name: samples::WORKSPACE,
        languages: label::languages(None),
        created: all.began(),
        seats: Some(25),
        seats_used: 2,
        saved: true,
        test_mail: Some(TestMail::sample()),
        email: samples::INVITER_ADDRESS,
        errors: FormErrors::default(),
    };
    sample(all, "settings", values)?;
    audit::sample(all)?;
    ownership::sample(all)?;
    deletion::sample(all)
}

/// A page with sample data, as the owner sees it.
fn sample<T: Serialize>(all: &mut Samples<'_>, template: &'static str, page: T) -> Result<(), Failure> {
    super::sample(all, template, Frame { owns: true, page })
}
