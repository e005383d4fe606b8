//! Sending one invitation: the invitation, its locations, its mail and its event are written in one statement, and the
//! constraint on open invitations decides who was first.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{
    invitation::{self, InvitableRole, Model, Status},
    invitation_location,
    language::Language,
    outbox::Status as Delivery,
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel, QueryTrait, sea_query::InsertStatement,
};
use serde_json::Value;
use uuid::Uuid;

use super::{Invitation, allowance, expire, name};
use crate::{
    App, Code, Error, Result, UserError,
    db::{self, Conflict},
    email_address::EmailAddress,
    event::Event,
    location,
    membership::{Member, RecipientOf},
    outbox::Batch,
    policy::Action,
    session::Viewer,
    text,
    workspace::seats,
};

/// One person to invite, as typed.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Row {
    /// The address.
    pub email: String,
    /// The role.
    pub role: InvitableRole,
    /// The locations a User may see.
    pub location_ids: Vec<Uuid>,
    /// A word to the person.
    pub message: Option<String>,
    /// The language of its mail; the workspace's when none is chosen.
    pub language: Option<Language>,
}

/// An invitation that has been checked and not yet written.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) row: Model,
    pub(super) location_ids: Vec<Uuid>,
}

impl Draft {
    pub(super) fn location_rows(&self) -> impl Iterator<Item = invitation_location::ActiveModel> {
        self.location_ids.iter().map(|location_id| invitation_location::ActiveModel {
            invitation_id: Set(self.row.id),
            location_id: Set(*location_id),
        })
    }
}

/// Checks one row; `known` holds those of its locations that the workspace has, `at` where it stands in the input. All
/// that is wrong is told at once.
pub(super) fn draft(
    app: &App,
    member: &Member,
    row: &Row,
    known: &HashSet<Uuid>,
    at: &[&str],
    now: DateTime<Utc>,
) -> Result<Draft, Vec<UserError>> {
    let field = |name| [at, &[name]].concat();
    let email = EmailAddress::parse(&row.email, &field("email"));
    let message = text::message(row.message.as_deref(), &field("message"));
    let locations = check_locations(row, known, &field("locationIds"));
    match (email, message, locations) {
        (Ok(email), Ok(message), Ok(location_ids)) => Ok(Draft {
            row: Model {
                id: app.clock.new_id(),
                workspace_id: member.workspace.id,
                email: email.as_typed().to_owned(),
                email_key: email.key().to_owned(),
                role: row.role,
                message,
                status: Status::Pending,
                generation: 1,
                invited_by: Some(member.membership.user_id),
                created_at: now,
                expires_at: now + app.rules.invitation_ttl,
                responded_at: None,
                language: row.language.or(member.workspace.language),
            },
            location_ids,
        }),
        (email, message, locations) => {
            Err([email.err(), message.err(), locations.err()].into_iter().flatten().collect())
        }
    }
}

fn check_locations(row: &Row, known: &HashSet<Uuid>, field: &[&str]) -> Result<Vec<Uuid>, UserError> {
    if row.role != InvitableRole::User && !row.location_ids.is_empty() {
        let message = "An administrator sees every location; give locations only with the role User.";
        return Err(UserError::new(Code::LocationsNotAllowed, field, message));
    }
    let ids: HashSet<Uuid> = row.location_ids.iter().copied().collect();
    if ids.is_subset(known) {
        return Ok(ids.into_iter().collect());
    }
    Err(UserError::new(Code::LocationNotFound, field, "This workspace has no such location."))
}

pub(super) fn already_member(at: &[&str]) -> UserError {
    UserError::new(Code::AlreadyMember, &[at, &["email"]].concat(), "This person is a member already.")
}

pub(super) fn already_invited(at: &[&str]) -> UserError {
    let message = "This person has an open invitation already; send it again instead.";
    UserError::new(Code::AlreadyInvited, &[at, &["email"]].concat(), message)
}

pub(super) fn recipient_opted_out(at: &[&str]) -> UserError {
    let message = "This person asked not to be written to by this workspace any more.";
    UserError::new(Code::RecipientOptedOut, &[at, &["email"]].concat(), message)
}

/// Invites one person. INVALID_EMAIL, INVALID_INPUT, LOCATIONS_NOT_ALLOWED, LOCATION_NOT_FOUND, ALREADY_MEMBER,
/// ALREADY_INVITED, RECIPIENT_OPTED_OUT at their fields; Forbidden for a member without the right. Answers with the viewer as a member too.
pub async fn send(app: &App, viewer: &Viewer, workspace_id: Uuid, row: &Row) -> Result<(Invitation, Member)> {
    // An address that is none is told below, after those who may not ask at all.
    let key = EmailAddress::parse(&row.email, &[]).map(|email| email.key().to_owned()).unwrap_or_default();
    let recipient = RecipientOf { workspace_id, email_key: key };
    let (member, recipient) =
        tokio::try_join!(Member::load(app, viewer.user.id, workspace_id), app.gathered.recipients.find(recipient))?;
    let recipient = recipient.unwrap_or_default();
    member.require(Action::Invite(row.role))?;
    let known = location::known(&app.db, workspace_id, &row.location_ids).await?;
    let now = app.clock.now();
    let draft = draft(app, &member, row, &known, &[], now).map_err(Error::User)?;
    if recipient.is_member {
        return Err(already_member(&[]).into());
    }
    if recipient.opted_out {
        return Err(recipient_opted_out(&[]).into());
    }
    allowance::spend(app, viewer.user.id, workspace_id, &draft.row.email_key).await?;
    let mut batch = Batch::new(app, 1);
    let delivery = batch.invite(&draft.row);
    let statements = || statements(&draft, &batch, viewer.user.id, now);
    if member.workspace.seats.is_some() {
        write_on_a_seat(app, &member, row.role, &statements()).await?;
    } else if let Err(error) = db::insert_all(&app.db, statements()).await {
        match db::conflict(&error) {
            Some(Conflict::Unique) if expire::close_address(app, workspace_id, &draft.row.email_key).await? => {
                db::insert_all(&app.db, statements()).await.map_err(refused)?;
            }
            _ => return Err(refused(error)),
        }
    }
    batch.post();
    Ok((Invitation { row: draft.row, delivery: delivery.into() }, member))
}

/// Writes an invitation into a workspace whose seats are limited. SEAT_LIMIT_REACHED.
async fn write_on_a_seat(
    app: &App,
    member: &Member,
    role: InvitableRole,
    statements: &[InsertStatement],
) -> Result<()> {
    let tx = db::begin_write(&app.db).await?;
    member.hold(&tx, Action::Invite(role)).await?;
    seats::take(app, &tx, member.workspace.id).await?;
    for statement in statements {
        tx.execute(statement).await.map_err(refused)?;
    }
    tx.commit().await?;
    Ok(())
}

fn statements(draft: &Draft, batch: &Batch<'_>, sender: Uuid, now: DateTime<Utc>) -> Vec<InsertStatement> {
    let sent = Event::of_invitation("invitation.sent", &draft.row, Some(sender), Delivery::Queued);
    let sent = sent.changing(Value::Null, name(Status::Pending));
    let mut statements = vec![
        invitation::Entity::insert(draft.row.clone().into_active_model()).into_query(),
        batch.insert(),
        entity::event::Entity::insert(sent.row(now)).into_query(),
    ];
    if !draft.location_ids.is_empty() {
        statements.push(invitation_location::Entity::insert_many(draft.location_rows()).into_query());
    }
    statements
}

fn refused(error: sea_orm::DbErr) -> Error {
    match db::conflict(&error) {
        Some(Conflict::Unique) => already_invited(&[]).into(),
        // The workspace was read a moment ago; what can vanish in between is a location.
        Some(Conflict::Reference) => {
            Error::user(Code::LocationNotFound, &["locationIds"], "This location has just been deleted.")
        }
        None => error.into(),
    }
}
