//! …/settings/test-mail: a mail to the viewer by the way that invitations go, so that it is seen whether mail gets through
//! before anybody is invited.

use axum::response::{IntoResponse, Redirect, Response};
use domain::{id::Kind, policy::Action, test_mail};
use entity::outbox::Status;
use serde::Serialize;
use uuid::Uuid;
use worker::catalogue::Key;

use super::{Refusal, allowed, path, render};
use crate::pages::{
    csrf::Posted,
    failure::Failure,
    form::Pressed,
    label,
    reason::Told,
    samples,
    visit::{Segment, Visit},
};

/// A test mail that the viewer has asked for.
#[derive(Serialize)]
pub(super) struct TestMail {
    /// Its id, to look again.
    id: String,
    email: String,
    delivery: Key,
    last_error: Option<Told>,
}

impl TestMail {
    /// The mail with this id; none when there is none, or not for the viewer.
    pub(super) async fn find(visit: &Visit, id: &str) -> Result<Option<Self>, Failure> {
        let Ok(id) = Kind::TestMail.parse(id) else { return Ok(None) };
        let mut found = test_mail::find_all_for(visit.app(), visit.signed_in()?, &[id]).await?;
        let Some(mail) = found.pop() else { return Ok(None) };
        let last_error = mail.last_error.map(|error| Told::new(visit.catalogue(), &error)).transpose()?;
        let (id, delivery) = (Kind::TestMail.id(mail.id), label::delivery(mail.status));
        Ok(Some(Self { id, email: mail.recipient, delivery, last_error }))
    }

    /// Of the page with sample data.
    pub(super) fn sample() -> Self {
        Self {
            id: Kind::TestMail.id(Uuid::nil()),
            email: samples::INVITER_ADDRESS.to_owned(),
            delivery: label::delivery(Status::Sent),
            last_error: None,
        }
    }
}

/// POST: sends one; the settings then say what becomes of it.
pub(super) async fn submit(
    visit: Visit,
    Segment(id): Segment,
    Posted(Pressed {}): Posted<Pressed>,
) -> Result<Response, Failure> {
    let member = allowed(&visit, &id, Action::SendTestMail).await?;
    match test_mail::send(visit.app(), visit.signed_in()?, member.workspace.id).await {
        Ok(mail) => {
            let settings = format!("{}/settings?test={}#test-mail", path(&member), Kind::TestMail.id(mail.id));
            Ok(Redirect::to(&settings).into_response())
        }
        Err(error) => {
            let form = (member.workspace.name.as_str(), member.workspace.language);
            render(&visit, &member, form, Refusal::new(&visit, error)?).await
        }
    }
}
