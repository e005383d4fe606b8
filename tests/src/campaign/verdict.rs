//! What became of the mails of a campaign.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use mail_parser::MessageParser;
use worker::IN_FLIGHT;

use super::inviter::Inviter;
use super::stage::Stage;
use super::{Fault, Plan};
use crate::{Object, Received};

/// One in so many links is tried.
const TRIED: usize = 20;

/// What became of the mails, counted.
#[derive(Clone, Debug)]
pub struct Verdict {
    plan: Plan,
    /// Invitations there are, and mails that had to arrive.
    invitations: usize,
    wanted: usize,
    received: usize,
    duplicates: usize,
    /// Mails taken whose sender was not told: the connection ended first.
    unanswered: usize,
    /// What must not be.
    wrong: Vec<String>,
}

impl Verdict {
    pub(super) async fn read(plan: &Plan, stage: &Stage, inviter: &Inviter) -> Self {
        let (invitations, received) = (inviter.sees().await, stage.sink.received());
        let copies = copies(&received);
        let mut verdict = Self {
            plan: plan.clone(),
            invitations: invitations.len(),
            wanted: invitations.iter().filter(|invitation| exists(invitation)).count(),
            received: received.len(),
            duplicates: received.len() - copies.len(),
            unanswered: received.iter().filter(|mail| !mail.answered).count(),
            wrong: invitations.iter().filter_map(|invitation| wrong(invitation, &copies)).collect(),
        };
        let addresses: HashSet<&str> = invitations.iter().map(|invitation| invitation.text("/email")).collect();
        if addresses.len() != plan.invitations {
            verdict.wrong.push(format!("{} of {} are invited", addresses.len(), plan.invitations));
        }
        verdict.wrong.extend(stage.sink.at_once().iter().map(|to| format!("two deliveries at once: {to}")));
        if verdict.duplicates > verdict.bound() {
            verdict.wrong.push(format!("{} duplicates, more than {}", verdict.duplicates, verdict.bound()));
        }
        for copy in copies.values().step_by(TRIED) {
            let status = inviter.sees_behind(&copy.link).await;
            if status != "PENDING" {
                verdict.wrong.push(format!("the link to {} leads to {status}", copy.recipient));
            }
        }
        verdict
    }

    /// Mails that were taken and not yet recorded at a worker's death, or while the database was away, and dialogues cut
    /// after DATA: there can be no more duplicates.
    fn bound(&self) -> usize {
        let times = |fault| self.plan.faults.iter().filter(|(other, _)| *other == fault).map(|(_, times)| times).sum();
        let (deaths, restarts): (usize, usize) = (times(Fault::WorkerKilled), times(Fault::PostgresRestarted));
        IN_FLIGHT * (deaths + restarts * self.plan.workers) + self.unanswered
    }

    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        self.wrong.is_empty()
    }
}

/// The mails with one Message-ID.
struct Copies {
    recipient: String,
    link: String,
    /// Something differs between them.
    differ: bool,
}

/// By Message-ID.
fn copies(received: &[Received]) -> BTreeMap<String, Copies> {
    let mut copies: BTreeMap<String, Copies> = BTreeMap::new();
    for mail in received {
        let parsed = MessageParser::default().parse(&mail.content).expect("a mail");
        let id = format!("<{}>", parsed.message_id().expect("a Message-ID"));
        let text = parsed.body_text(0).expect("a plain part");
        let link = text.lines().find(|line| line.contains("/join/")).expect("a link").to_owned();
        let first = Copies { recipient: mail.recipient.clone(), link: link.clone(), differ: false };
        let copy = copies.entry(id).or_insert(first);
        copy.differ |= copy.link != link || copy.recipient != mail.recipient;
    }
    copies
}

/// Whether the mail server knows the address.
fn exists(invitation: &Object) -> bool {
    invitation.text("/email").starts_with("person")
}

/// What is wrong with an invitation and its mail, if anything is.
fn wrong(invitation: &Object, copies: &BTreeMap<String, Copies>) -> Option<String> {
    let email = invitation.text("/email");
    let status = invitation.text("/delivery/status");
    let copy = copies.get(invitation.text("/delivery/messageId"));
    let problem = match (exists(invitation), copy) {
        (true, None) => "lost",
        (true, Some(copy)) if copy.differ || copy.recipient != email => "its mails differ",
        (true, Some(_)) if status != "SENT" => "arrived, and its status is wrong",
        (false, Some(_)) => "arrived at nobody",
        (false, None) if status != "FAILED" => "refused, and its status is wrong",
        (false, None) if !invitation.text("/delivery/lastError").contains("no such person") => "without a reason",
        _ => return None,
    };
    Some(format!("{email}: {problem} ({status})"))
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { seed, servers, workers, .. } = &self.plan;
        writeln!(f, "seed {seed}, servers {servers}, workers {workers}")?;
        for (fault, times) in &self.plan.faults {
            writeln!(f, "  {fault:36}{times:>6}")?;
        }
        let mut kinds: HashMap<&str, usize> = HashMap::new();
        for wrong in &self.wrong {
            *kinds.entry(if wrong.contains(": lost") { "lost" } else { "wrong" }).or_default() += 1;
        }
        let count = |kind| kinds.get(kind).copied().unwrap_or_default();
        for (what, number) in [
            ("invitations", self.invitations),
            ("mails wanted", self.wanted),
            ("mails received", self.received),
            ("duplicates", self.duplicates),
            ("  at most", self.bound()),
            ("  of these, dialogues cut after DATA", self.unanswered),
            ("lost", count("lost")),
            ("otherwise wrong", count("wrong")),
        ] {
            writeln!(f, "{what:38}{number:>6}")?;
        }
        self.wrong.iter().take(20).try_for_each(|wrong| writeln!(f, "WRONG: {wrong}"))
    }
}
