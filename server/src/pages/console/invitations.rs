//! …/invitations: the list with status and delivery, and those who asked for a fresh link.

use axum::{http::StatusCode, response::Response};
use domain::{
    Error, event,
    id::Kind,
    invitation::{self, Filter, Invitation},
    membership::Member,
    text,
};
use entity::{
    invitation::{InvitableRole, Status},
    outbox,
};
use serde::Serialize;
use uuid::Uuid;
use worker::catalogue::Key;

use super::{
    choice::{self, Choice},
    invitation::After,
    list::{Address, FilterOption, Question, Rows},
    member, page, path,
};
use crate::pages::{
    failure::Failure,
    form::FormErrors,
    label::{self, Moment},
    live::Live,
    samples::{self, Samples},
    visit::{Asked, Segment, Visit},
};

/// The values of the page `invitations`.
#[derive(Serialize)]
struct Values {
    search: String,
    statuses: Vec<FilterOption>,
    #[serde(flatten)]
    rows: Rows<Row>,
    /// Whether the list is not shown whole.
    filtered: bool,
    requests: Vec<Request>,
    live: Live,
    /// The address of this part of the list, filtered as it is.
    here: String,
    /// What was done just now with one of the invitations.
    done: Option<Key>,
    #[serde(flatten)]
    form: Form,
}

#[derive(Serialize)]
struct Row {
    id: String,
    email: String,
    role: Key,
    status: Key,
    status_name: Status,
    delivery: Key,
    failed: bool,
    ends: Moment,
    can_resend: bool,
    can_revoke: bool,
    /// The names of the locations it granted until they were deleted.
    dropped: Option<String>,
    /// Whether it is of no use until somebody sends it again.
    suspended: bool,
}

#[derive(Serialize)]
struct Request {
    id: String,
    email: String,
    asked: Moment,
    can_resend: bool,
}

/// The values of the form that sends.
#[derive(Default, Serialize)]
pub(super) struct Form {
    pub(super) emails: String,
    pub(super) message: String,
    pub(super) administrator: bool,
    pub(super) locations: Vec<Choice>,
    pub(super) languages: Vec<label::LanguageOption>,
    /// Whether a file was chosen that has to be chosen again.
    pub(super) had_file: bool,
    pub(super) errors: FormErrors,
}

const STATUSES: [(&str, Status); 6] = [
    ("PENDING", Status::Pending),
    ("CONFIRMED", Status::Confirmed),
    ("ACCEPTED", Status::Accepted),
    ("DECLINED", Status::Declined),
    ("REVOKED", Status::Revoked),
    ("EXPIRED", Status::Expired),
];

/// GET …/invitations.
pub(super) async fn list(
    visit: Visit,
    Segment(id): Segment,
    Asked(question): Asked<Question>,
    Asked(after): Asked<After>,
) -> Result<Response, Failure> {
    let member = member(&visit, &id).await?;
    let values = Values { done: after.says(), ..values(&visit, &member, &question).await? };
    page(&visit, &member, StatusCode::OK, "invitations", values)
}

async fn values(visit: &Visit, member: &Member, question: &Question) -> Result<Values, Failure> {
    let (app, now) = (visit.app(), visit.app().clock.now());
    let search = Some(text::search(&question.search)?).filter(|search| !search.is_empty());
    let live = Live::of_workspace(app, &Kind::Workspace.id(member.workspace.id)).await?;
    let filter = Filter { status: question.chosen(&STATUSES).map(|status| vec![status]), search };
    let found = invitation::list(app, member, &filter, &question.window()?).await?;
    let total = invitation::count(app, member, &filter).await?;
    let address = Address {
        path: format!("{}/invitations", path(member)),
        filters: vec![("status", question.only.clone()), ("search", question.search.clone())],
    };
    let ids: Vec<Uuid> = found.rows.iter().map(|found| found.row.id).collect();
    let mut dropped = event::dropped_locations(&app.db, &ids).await.map_err(Error::from)?;
    let suspended = invitation::suspended_among(app, &ids).await.map_err(Error::from)?;
    let make = |found: Invitation| Row {
        suspended: suspended.contains(&found.row.id),
        dropped: dropped.remove(&found.row.id).map(|names| names.join(", ")),
        ..row(found, now)
    };
    let rows = Rows::new(found, total, &address, |row| row.row.id, make);
    let requests = invitation::link_requests(app, member).await?.into_iter().map(|found| Request {
        id: Kind::Invitation.id(found.invitation.row.id),
        can_resend: !closed(found.invitation.row.status),
        asked: found.requested_at.into(),
        email: found.invitation.row.email,
    });
    Ok(Values {
        search: question.search.clone(),
        filtered: filter.search.is_some() || filter.status.is_some(),
        statuses: question.options(&STATUSES, label::invitation),
        rows,
        requests: requests.collect(),
        live,
        here: address.of_part(question),
        done: None,
        form: Form {
            locations: choice::locations(visit, member, &[]).await?,
            languages: label::languages(None),
            ..Form::default()
        },
    })
}

/// Whether an invitation in this state cannot be sent again, only anew.
const fn closed(status: Status) -> bool {
    matches!(status, Status::Accepted | Status::Declined | Status::Revoked)
}

fn row(found: Invitation, now: chrono::DateTime<chrono::Utc>) -> Row {
    let status = found.status(now);
    Row {
        id: Kind::Invitation.id(found.row.id),
        role: label::invited_role(found.row.role),
        status: label::invitation(status),
        status_name: status,
        delivery: label::delivery(found.delivery.status),
        failed: found.delivery.status == outbox::Status::Failed,
        ends: found.row.expires_at.into(),
        can_resend: !closed(status),
        can_revoke: invitation::OPEN.contains(&status),
        dropped: None,
        suspended: false,
        email: found.row.email,
    }
}

/// The page with sample data.
pub(super) fn sample(all: &mut Samples<'_>) -> Result<(), Failure> {
    let row = Row {
        id: Kind::Invitation.id(Uuid::nil()),
        email: samples::ADDRESS.to_owned(),
        role: label::invited_role(InvitableRole::User),
        status: label::invitation(Status::Pending),
        status_name: Status::Pending,
        delivery: label::delivery(outbox::Status::Sent),
        failed: false,
        ends: all.ends(),
        can_resend: true,
        can_revoke: true,
        dropped: None,
        suspended: true,
    };
    let request = Request {
        id: Kind::Invitation.id(Uuid::nil()),
        email: "judy@example.com".to_owned(),
        asked: all.began(),
        can_resend: true,
    };
    let values = Values {
        search: String::new(),
        statuses: Question::default().options(&STATUSES, label::invitation),
        rows: Rows::sample([row]),
        filtered: false,
        requests: vec![request],
        live: Live::sample(),
        here: String::new(),
        done: Some(Key("invitation-resent")),
        form: Form::sample(),
    };
    super::sample(all, "invitations", values)
}

impl Form {
    /// The form with sample data.
    pub(super) fn sample() -> Self {
        Self {
            emails: samples::ADDRESS.to_owned(),
            message: samples::MESSAGE.join("\n"),
            locations: choice::sample(),
            languages: label::languages(None),
            ..Self::default()
        }
    }
}
