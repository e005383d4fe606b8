//! …/settings/ownership: the workspace handed over to one of its administrators.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    UserError,
    id::Kind,
    membership::{self, Member},
    policy::Action,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{allowed, framed, outcomes, path};
use crate::pages::{
    console::choice::{self, Choice},
    csrf::Posted,
    failure::Failure,
    form::FormErrors,
    samples::{self, Samples},
    visit::{Segment, Visit},
};

/// The values of the page `ownership`.
#[derive(Serialize)]
struct Values {
    administrators: Vec<Choice>,
    errors: FormErrors,
}

/// GET: the form.
pub(super) async fn show(visit: Visit, Segment(id): Segment) -> Result<Response, Failure> {
    let member = allowed(&visit, &id, Action::HandOver).await?;
    render(&visit, &member, StatusCode::OK, "", &[]).await
}

/// What was chosen, and the password that confirms it.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    heir: String,
    #[serde(default)]
    password: String,
}

/// POST: hands over.
pub(super) async fn submit(
    visit: Visit,
    Segment(id): Segment,
    Posted(typed): Posted<Typed>,
) -> Result<Response, Failure> {
    let member = allowed(&visit, &id, Action::HandOver).await?;
    let (viewer, heir) = (visit.signed_in()?, Kind::Membership.parse(&typed.heir)?);
    let workspace_id = member.workspace.id;
    match membership::hand_over(visit.app(), viewer, workspace_id, heir, &typed.password.into()).await {
        Ok(_) => Ok(Redirect::to(&format!("{}/settings?saved=1", path(&member))).into_response()),
        Err(error) => {
            let errors = outcomes(error)?;
            render(&visit, &member, StatusCode::UNPROCESSABLE_ENTITY, &typed.heir, &errors).await
        }
    }
}

async fn render(
    visit: &Visit,
    member: &Member,
    status: StatusCode,
    heir: &str,
    errors: &[UserError],
) -> Result<Response, Failure> {
    let values =
        Values { administrators: choice::administrators(visit, member, heir).await?, errors: visit.errors(errors) };
    framed(visit, member, status, "ownership", values)
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let name = format!("{} ({})", samples::PERSON, samples::ADDRESS);
    let heir = Choice { id: Kind::Membership.id(Uuid::nil()), name, chosen: true };
    super::sample(all, "ownership", Values { administrators: vec![heir], errors: FormErrors::default() })
}
