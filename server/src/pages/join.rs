//! /join/{token}: what the mail's button opens. GET shows the invitation and changes nothing, because mail scanners open
//! links too; POST joins or declines.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Code, Error, UserError,
    invitation::{self, Chosen, Joining, NextStep, Preview},
};
use entity::invitation::InvitableRole;
use serde::{Deserialize, Serialize};
use worker::catalogue::Key;

use super::{
    csrf::Posted,
    failure::Failure,
    label::{self, Moment},
    link::{DeadLink, Link},
    samples::{self, Samples},
    visit::{Segment, Visit},
};

/// The values of the pages `join`, `accepted`, `declined` and `switch-account`.
#[derive(Serialize)]
struct Values<'a> {
    token: &'a str,
    workspace: &'a str,
    inviter: Option<&'a str>,
    role: Key,
    locations: &'a [String],
    message: Option<&'a str>,
    ends: Moment,
    email: &'a str,
    /// The address of whoever is signed in.
    viewer_email: Option<&'a str>,
}

fn page(
    visit: &Visit,
    status: StatusCode,
    template: &str,
    token: &str,
    preview: &Preview,
) -> Result<Response, Failure> {
    visit.is_about(preview);
    let values = Values {
        token,
        workspace: &preview.workspace_name,
        inviter: preview.invited_by_name.as_deref(),
        role: label::invited_role(preview.role),
        locations: &preview.location_names,
        message: preview.message.as_deref(),
        ends: preview.expires_at.into(),
        email: &preview.email,
        viewer_email: visit.viewer.as_ref().map(|viewer| viewer.user.email.as_str()),
    };
    visit.page(status, template, values)
}

/// GET: the invitation, or what is wrong with the link.
pub(super) async fn show(visit: Visit, Segment(token): Segment) -> Result<Response, Failure> {
    match Link::find(&visit, &token).await? {
        Link::Open(preview) => page(&visit, StatusCode::OK, "join", &token, &preview),
        Link::Accepted(preview) => page(&visit, StatusCode::OK, "accepted", &token, &preview),
        Link::Dead(link) => link.page(&visit, None),
    }
}

/// What was pressed.
#[derive(Deserialize)]
pub(super) struct Reply {
    action: Action,
    /// Ticked by somebody who declines and wants to hear no more of this workspace.
    opt_out: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Join,
    Decline,
    Ask,
}

/// POST: JOIN or NOT FOR ME.
pub(super) async fn reply(
    visit: Visit,
    Segment(token): Segment,
    Posted(reply): Posted<Reply>,
) -> Result<Response, Failure> {
    let (app, viewer) = (visit.app(), visit.viewer.as_ref());
    let outcome = match reply.action {
        Action::Join => match invitation::join(app, &token, viewer, &visit.client).await {
            Ok(joining) => return joined(&visit, &token, &joining),
            Err(error) => error,
        },
        Action::Decline => {
            let (chosen, opt_out) = (Chosen::Token(&token), reply.opt_out.is_some());
            match invitation::decline(app, viewer, chosen, opt_out, &visit.client).await {
                Ok(preview) => return page(&visit, StatusCode::OK, "declined", &token, &preview),
                Err(error) => error,
            }
        }
        Action::Ask => match invitation::request_link(app, viewer, Chosen::Token(&token), &visit.client).await {
            Ok(preview) => return page(&visit, StatusCode::OK, "link-requested", &token, &preview),
            Err(error) => error,
        },
    };
    match outcome {
        Error::User(errors) => refused(&visit, &token, errors).await,
        error => Err(error.into()),
    }
}

fn joined(visit: &Visit, token: &str, joining: &Joining) -> Result<Response, Failure> {
    let next = match (joining.next_step, &joining.workspace) {
        (NextStep::SwitchAccount, _) => {
            return page(visit, StatusCode::OK, "switch-account", token, &joining.preview);
        }
        (NextStep::Register, _) => format!("/register?invitation={token}"),
        (NextStep::OpenWorkspace, Some(member)) => label::workspace_path(member.workspace.id),
        (NextStep::Login | NextStep::OpenWorkspace, _) => format!("/login?invitation={token}"),
    };
    Ok(Redirect::to(&next).into_response())
}

async fn refused(visit: &Visit, token: &str, errors: Vec<UserError>) -> Result<Response, Failure> {
    let Some(error) = errors.first() else { return Err(Error::User(errors).into()) };
    if error.code == Code::WrongAccount
        && let Some(preview) = invitation::preview(visit.app(), token).await?
    {
        return page(visit, StatusCode::CONFLICT, "switch-account", token, &preview);
    }
    DeadLink::refused(visit, token, error).await?.page(visit, None)
}

/// The pages with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let locations = samples::texts(samples::LOCATIONS);
    let message = samples::MESSAGE.join("\n");
    for template in ["join", "accepted", "declined", "link-requested", "switch-account"] {
        let viewer_email = (template == "switch-account").then_some(samples::INVITER_ADDRESS);
        let values = Values {
            token: samples::TOKEN,
            workspace: samples::WORKSPACE,
            inviter: Some(samples::INVITER),
            role: label::invited_role(InvitableRole::User),
            locations: &locations,
            message: Some(&message),
            ends: all.ends(),
            email: samples::ADDRESS,
            viewer_email,
        };
        match viewer_email {
            Some(_) => all.signed_in(template, values)?,
            None => all.signed_out(template, values)?,
        }
    }
    Ok(())
}
