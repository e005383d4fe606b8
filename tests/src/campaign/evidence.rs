//! What a campaign leaves behind to be judged.

use std::collections::HashMap;

use domain::outbox::Claimed;
use entity::outbox::Status;
use mail_parser::MessageParser;
use uuid::Uuid;

use super::Fault;
use super::inviter::Inviter;
use super::stage::Stage;
use crate::{Object, Received};

/// One in so many links is tried.
const TRIED: usize = 20;

/// What was under way when a worker died, or when the database had gone away.
#[derive(Clone, Debug)]
pub struct Death {
    /// What caused it.
    pub fault: Fault,
    /// How many workers it struck.
    pub workers: usize,
    /// How many mails were in state SENDING.
    pub sending: usize,
    /// Those of them that the mail server had taken; none when nobody could look before another worker may have had them.
    pub taken: Option<Vec<Claimed>>,
}

/// A mail that the mail server took.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Message-ID, with its angle brackets.
    pub message_id: String,
    /// The address of the envelope.
    pub recipient: String,
    /// The line with the link.
    pub link: String,
    /// Whether the mail server did not tell that it took it.
    pub cut: bool,
}

/// What a campaign leaves behind.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Every invitation, as the API shows it.
    pub invitations: Vec<Object>,
    /// Every mail that was taken, in that order.
    pub mails: Vec<Delivered>,
    /// Every death, in that order.
    pub deaths: Vec<Death>,
    /// The fence of each mail that is SENT. Whoever records an attempt raises the fence by one.
    pub recorded: HashMap<Uuid, i32>,
    /// To whom there were two deliveries at once.
    pub at_once: Vec<String>,
    /// Recipients whose link does not work, with what it leads to.
    pub dead_links: Vec<(String, String)>,
}

impl Evidence {
    pub(super) async fn gather(stage: &Stage, inviter: &Inviter) -> Self {
        let mails: Vec<Delivered> = stage.sink.received().into_iter().map(Delivered::from).collect();
        let mut dead_links = Vec::new();
        for mail in mails.iter().step_by(TRIED) {
            let status = inviter.sees_behind(&mail.link).await;
            if status != "PENDING" {
                dead_links.push((mail.recipient.clone(), status));
            }
        }
        let recorded = stage.mails(Status::Sent).await.into_iter().map(|mail| (mail.id, mail.claim)).collect();
        let (deaths, at_once) = (stage.deaths.clone(), stage.sink.at_once());
        Self { invitations: inviter.sees().await, mails, deaths, recorded, at_once, dead_links }
    }
}

impl From<Received> for Delivered {
    fn from(mail: Received) -> Self {
        let parsed = MessageParser::default().parse(&mail.content).expect("a mail");
        let text = parsed.body_text(0).expect("a plain part");
        Self {
            message_id: format!("<{}>", parsed.message_id().expect("a Message-ID")),
            link: text.lines().find(|line| line.contains("/join/")).expect("a link").to_owned(),
            recipient: mail.recipient,
            cut: mail.cut,
        }
    }
}
