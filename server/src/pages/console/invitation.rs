//! …/invitations/{id}: one invitation with the timeline of its delivery, and what can be done with it.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Error, UserError, event,
    id::Kind,
    invitation::{self, Invitation},
    membership::Member,
    token::{Link, Purpose},
};
use entity::{
    invitation::{InvitableRole, Status},
    outbox,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use worker::catalogue::{Catalogue, Key};

use super::{member, outcomes, page, path};
use crate::pages::{
    csrf::Posted,
    failure::Failure,
    form::FormErrors,
    label::{self, Moment},
    live::Live,
    next::own_path,
    reason::Told,
    samples::{self, Samples},
    visit::{Asked, Segment, Visit},
};

/// The values of the page `invitation`.
#[derive(Serialize)]
struct Values {
    id: String,
    email: String,
    role_granted: Key,
    status: Key,
    delivery: Key,
    /// Whether it is of no use until somebody sends it again.
    suspended: bool,
    attempts: i32,
    last_error: Option<Told>,
    next_attempt: Option<Moment>,
    message: Option<String>,
    locations: Vec<String>,
    /// The names of the locations it granted until they were deleted.
    dropped: Option<String>,
    inviter: Option<String>,
    ends: Moment,
    can_resend: bool,
    can_revoke: bool,
    /// The link itself, where mail is captured: it is in the mail that is shown here anyway.
    link: Option<String>,
    timeline: Vec<Step>,
    live: Live,
    /// What was done just now.
    done: Option<Key>,
    errors: FormErrors,
}

#[derive(Serialize)]
struct Step {
    at: Moment,
    what: Key,
    /// Why it failed, or the name of what it is about.
    words: Option<String>,
}

/// GET: the invitation.
pub(super) async fn show(
    visit: Visit,
    Segment(ids): Segment<(String, String)>,
    Asked(after): Asked<After>,
) -> Result<Response, Failure> {
    let found = Found::load(&visit, &ids).await?;
    shown(&visit, found, StatusCode::OK, after.says(), &[]).await
}

/// What was pressed, and at which page.
#[derive(Deserialize)]
pub(super) struct Pressed {
    action: Action,
    #[serde(default)]
    back: String,
}

/// What can be done with an invitation.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Action {
    Resend,
    Revoke,
    Dismiss,
}

/// What the address of a page says that is shown after something was done.
#[derive(Deserialize)]
pub(super) struct After {
    done: Option<Done>,
}

/// What was done just now.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Done {
    Sent,
    Resent,
    Revoked,
    Dismissed,
}

impl After {
    /// What was done, in words.
    pub(super) fn says(&self) -> Option<Key> {
        self.done.map(|done| match done {
            Done::Sent => Key("invitation-sent"),
            Done::Resent => Key("invitation-resent"),
            Done::Revoked => Key("invitation-revoked"),
            Done::Dismissed => Key("invitation-dismissed"),
        })
    }
}

impl Done {
    /// The address of the page at `back`, one of ours, that then says so.
    pub(super) fn told_at(self, back: &str) -> String {
        let done = match self {
            Self::Sent => "sent",
            Self::Resent => "resent",
            Self::Revoked => "revoked",
            Self::Dismissed => "dismissed",
        };
        format!("{back}{}done={done}", if back.contains('?') { '&' } else { '?' })
    }
}

/// POST: sends it again, takes it back, or dismisses the request for a fresh link.
pub(super) async fn act(
    visit: Visit,
    Segment(ids): Segment<(String, String)>,
    Posted(pressed): Posted<Pressed>,
) -> Result<Response, Failure> {
    let found = Found::load(&visit, &ids).await?;
    let (app, viewer, id) = (visit.app(), visit.signed_in()?, found.invitation.row.id);
    let done = match pressed.action {
        Action::Resend => invitation::resend(app, viewer, id).await.map(|_| Done::Resent),
        Action::Revoke => invitation::revoke(app, viewer, id).await.map(|_| Done::Revoked),
        Action::Dismiss => invitation::dismiss_link_request(app, viewer, id).await.map(|()| Done::Dismissed),
    };
    match done {
        Ok(done) => {
            let list = format!("{}/invitations", path(&found.member));
            Ok(Redirect::to(&done.told_at(own_path(&pressed.back).unwrap_or(&list))).into_response())
        }
        Err(error) => {
            let errors = outcomes(error)?;
            shown(&visit, found, StatusCode::CONFLICT, None, &errors).await
        }
    }
}

/// An invitation of this workspace, for a member who manages them.
struct Found {
    member: Member,
    invitation: Invitation,
    live: Live,
}

impl Found {
    async fn load(visit: &Visit, (workspace, id): &(String, String)) -> Result<Self, Failure> {
        let member = member(visit, workspace).await?;
        member.require(domain::policy::Action::ManageInvitations)?;
        let live = Live::of_workspace(visit.app(), workspace).await?;
        let invitation = find(visit, &member, id).await?;
        Ok(Self { member, invitation, live })
    }
}

/// An invitation of the member's workspace.
pub(super) async fn find(visit: &Visit, member: &Member, id: &str) -> Result<Invitation, Failure> {
    let id = Kind::Invitation.parse(id)?;
    let found = invitation::load(&visit.app().db, &[id]).await.map_err(Error::from)?.remove(&id);
    found.filter(|found| found.row.workspace_id == member.workspace.id).ok_or(Failure::NotFound)
}

async fn shown(
    visit: &Visit,
    Found { member, invitation: found, live }: Found,
    status: StatusCode,
    done: Option<Key>,
    errors: &[UserError],
) -> Result<Response, Failure> {
    let (app, now) = (visit.app(), visit.app().clock.now());
    let mut timeline = Vec::new();
    for event in event::of_invitation(app, found.row.id).await? {
        let words = words(visit.catalogue(), &event.details)?;
        timeline.push(Step { at: event.occurred_at.into(), what: what(&event.kind), words });
    }
    let last_error = found.delivery.last_error.as_deref();
    let last_error = last_error.map(|error| Told::new(visit.catalogue(), error)).transpose()?;
    let state = found.status(now);
    let inviters = invitation::people(&app.db, found.row.invited_by.as_slice()).await.map_err(Error::from)?;
    let locations = invitation::locations(&app.db, &[found.row.id]).await.map_err(Error::from)?;
    let dropped = event::dropped_locations(&app.db, &[found.row.id]).await.map_err(Error::from)?;
    let suspended = invitation::suspended_among(app, &[found.row.id]).await.map_err(Error::from)?;
    let open = invitation::OPEN.contains(&state);
    let values = Values {
        id: Kind::Invitation.id(found.row.id),
        role_granted: label::invited_role(found.row.role),
        status: label::invitation(state),
        delivery: label::delivery(found.delivery.status),
        suspended: !suspended.is_empty(),
        attempts: found.delivery.attempts,
        next_attempt: found.delivery.retry_at.map(Into::into),
        last_error,
        locations: locations.into_values().flatten().map(|location| location.name).collect(),
        dropped: dropped.into_values().next().map(|names| names.join(", ")),
        inviter: inviters.into_values().next().map(|inviter| inviter.name),
        ends: found.row.expires_at.into(),
        can_resend: open || state == Status::Expired,
        can_revoke: open,
        link: link(visit, &found).filter(|_| open),
        timeline,
        live,
        done,
        errors: visit.errors(errors),
        message: found.row.message,
        email: found.row.email,
    };
    page(visit, &member, status, "invitation", values)
}

/// Why it failed, or the name of the location it is about.
fn words(catalogue: &Catalogue, details: &Value) -> Result<Option<String>, Failure> {
    let detail = |name| details.get(name).and_then(Value::as_str);
    Ok(match detail("error") {
        Some(error) => Some(Told::new(catalogue, error)?.words),
        None => detail("location").map(str::to_owned),
    })
}

/// What happened, by the kind of its event.
fn what(kind: &str) -> Key {
    match kind {
        "invitation.sent" => Key("timeline-sent"),
        "invitation.resent" => Key("timeline-resent"),
        "invitation.confirmed" => Key("timeline-confirmed"),
        "invitation.accepted" => Key("timeline-accepted"),
        "invitation.declined" => Key("timeline-declined"),
        "invitation.revoked" => Key("timeline-revoked"),
        "invitation.kept" => Key("timeline-kept"),
        "invitation.expired" => Key("timeline-expired"),
        "invitation.link_requested" => Key("timeline-requested"),
        "invitation.request_dismissed" => Key("timeline-request-dismissed"),
        event::LOCATION_DROPPED => Key("timeline-location-deleted"),
        "delivery.sent" => Key("timeline-delivered"),
        "delivery.retrying" => Key("timeline-retrying"),
        "delivery.retried" => Key("timeline-retried"),
        "delivery.failed" => Key("timeline-failed"),
        "delivery.cancelled" => Key("timeline-cancelled"),
        _ => Key("timeline-other"),
    }
}

fn link(visit: &Visit, found: &Invitation) -> Option<String> {
    visit.site.captured.as_ref()?;
    let keys = &visit.app().keys;
    let link = Link { id: found.row.id, generation: found.row.generation };
    let token = keys.link(keys.newest(), Purpose::Invitation, link)?;
    Some(visit.site.public_url.join(&format!("join/{}", token.expose_secret())).ok()?.to_string())
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let step = |kind, words: Option<&str>| Step { at: all.began(), what: what(kind), words: words.map(str::to_owned) };
    let words = Some("451 4.7.1 Come back later");
    let values = Values {
        id: Kind::Invitation.id(Uuid::nil()),
        email: samples::ADDRESS.to_owned(),
        role_granted: label::invited_role(InvitableRole::User),
        status: label::invitation(Status::Pending),
        delivery: label::delivery(outbox::Status::Retrying),
        suspended: true,
        attempts: 1,
        last_error: words.map(|words| Told::new(all.catalogue, words)).transpose()?,
        next_attempt: Some(all.ends()),
        message: Some(samples::MESSAGE.join("\n")),
        locations: samples::texts(samples::LOCATIONS),
        dropped: None,
        inviter: Some(samples::INVITER.to_owned()),
        ends: all.ends(),
        can_resend: true,
        can_revoke: true,
        link: Some(format!("/join/{}", samples::TOKEN)),
        timeline: vec![step("invitation.sent", None), step("delivery.retrying", words)],
        live: Live::sample(),
        done: None,
        errors: FormErrors::default(),
    };
    super::sample(all, "invitation", values)
}
