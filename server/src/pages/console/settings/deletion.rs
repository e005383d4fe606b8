//! …/settings/deletion: the workspace deleted, with a grace in which it can be kept.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{UserError, membership::Member, policy::Action, workspace};
use serde::{Deserialize, Serialize};

use super::{allowed, framed, outcomes};
use crate::pages::{
    csrf::Posted,
    failure::Failure,
    form::FormErrors,
    label::Moment,
    samples::Samples,
    visit::{Segment, Visit},
};

/// The values of the page `deletion`.
#[derive(Serialize)]
struct Values {
    /// Until when it could be kept if it were deleted now.
    ends: Moment,
    errors: FormErrors,
}

/// GET: what will happen, and the form.
pub(super) async fn show(visit: Visit, Segment(id): Segment) -> Result<Response, Failure> {
    let member = allowed(&visit, &id, Action::DeleteWorkspace).await?;
    render(&visit, &member, StatusCode::OK, &[])
}

/// The password that confirms.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    password: String,
}

/// POST: deletes. The page of the own workspaces then says until when it can be kept.
pub(super) async fn submit(
    visit: Visit,
    Segment(id): Segment,
    Posted(typed): Posted<Typed>,
) -> Result<Response, Failure> {
    let member = allowed(&visit, &id, Action::DeleteWorkspace).await?;
    let viewer = visit.signed_in()?;
    match workspace::delete(visit.app(), viewer, member.workspace.id, &typed.password.into()).await {
        Ok(_) => Ok(Redirect::to("/").into_response()),
        Err(error) => render(&visit, &member, StatusCode::UNPROCESSABLE_ENTITY, &outcomes(error)?),
    }
}

fn render(visit: &Visit, member: &Member, status: StatusCode, errors: &[UserError]) -> Result<Response, Failure> {
    let ends = visit.app().clock.now() + visit.app().rules.deletion_grace;
    framed(visit, member, status, "deletion", Values { ends: ends.into(), errors: visit.errors(errors) })
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    super::sample(all, "deletion", Values { ends: all.ends(), errors: FormErrors::default() })
}
