//! What became of the mails of a campaign.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use domain::outbox::Claimed;
use uuid::Uuid;
use worker::IN_FLIGHT;

use super::evidence::{Death, Delivered, Evidence};
use super::{Fault, Plan};
use crate::Object;

/// What became of the mails, counted.
#[derive(Clone, Debug)]
pub struct Verdict {
    plan: Plan,
    gaps: Vec<Gap>,
    /// Invitations there are, and mails that had to arrive.
    invitations: usize,
    wanted: usize,
    received: usize,
    duplicates: usize,
    /// Mails taken whose sender was not told, by the mail server's own doing.
    cut: usize,
    /// What must not be.
    wrong: Vec<String>,
}

impl Verdict {
    /// Judges.
    pub fn of(plan: &Plan, evidence: &Evidence) -> Self {
        let Evidence { invitations, mails, deaths, recorded, at_once, dead_links } = evidence;
        let (copies, gaps) = (copies(mails), gaps(deaths, recorded));
        let mut verdict = Self {
            plan: plan.clone(),
            invitations: invitations.len(),
            wanted: invitations.iter().filter(|invitation| exists(invitation)).count(),
            received: mails.len(),
            duplicates: mails.len() - copies.len(),
            cut: mails.iter().filter(|mail| mail.cut).count(),
            wrong: invitations.iter().filter_map(|invitation| wrong(invitation, &copies)).collect(),
            gaps,
        };
        let addresses: HashSet<&str> = invitations.iter().map(|invitation| invitation.text("/email")).collect();
        if (invitations.len(), addresses.len()) != (plan.invitations, plan.invitations) {
            verdict.wrong.push(format!("{} of {} are invited", addresses.len(), plan.invitations));
        }
        let ids: HashSet<&str> = invitations.iter().map(|mail| mail.text("/delivery/messageId")).collect();
        let foreign = copies.iter().filter(|(id, _)| !ids.contains(*id));
        verdict.wrong.extend(foreign.map(|(id, copy)| format!("{}: {id} is no invitation's", copy.recipient)));
        verdict.wrong.extend(at_once.iter().map(|to| format!("two deliveries at once: {to}")));
        let dead = dead_links.iter().map(|(recipient, status)| format!("the link to {recipient} leads to {status}"));
        verdict.wrong.extend(dead);
        verdict.wrong.extend(verdict.gaps.iter().filter_map(Gap::too_wide));
        let unseen = verdict.gaps.iter().filter(|gap| gap.unseen > 0).count();
        // One that nobody looked into explains whatever there is; on a machine that slow nothing is proven.
        if unseen * 2 > verdict.gaps.len() {
            verdict.wrong.push(format!("{unseen} of {} deaths could not be looked into in time", verdict.gaps.len()));
        }
        verdict.count_unexplained(&copies);
        verdict
    }

    /// Each copy but the last of a mail has its reason: it was in a gap, or the mail server cut its dialogue. What was in a
    /// gap that nobody could look into is taken for one.
    fn count_unexplained(&mut self, copies: &BTreeMap<&str, Copies>) {
        let in_gaps = |id: &str| self.gaps.iter().flat_map(|gap| &gap.mails).filter(|mail| is_of(id, mail)).count();
        let unexplained = copies.iter().map(|(id, copy)| (copy.number - 1).saturating_sub(copy.cut + in_gaps(id)));
        let (unexplained, unseen): (usize, usize) = (unexplained.sum(), self.gaps.iter().map(|gap| gap.unseen).sum());
        if unexplained > unseen {
            self.wrong.push(format!("{unexplained} duplicates without a reason, more than {unseen}"));
        }
    }

    /// Mails that were taken and not yet recorded at a worker's death, or when the database had gone away, and dialogues
    /// cut after DATA: there can be no more duplicates.
    fn bound(&self) -> usize {
        self.gaps.iter().map(|gap| gap.mails.len() + gap.unseen).sum::<usize>() + self.cut
    }

    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        self.wrong.is_empty()
    }

    /// What is wrong.
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }
}

/// What one death left between the mail server's yes and its record.
#[derive(Clone, Debug)]
struct Gap {
    fault: Fault,
    sending: usize,
    /// The mails in it.
    mails: Vec<Claimed>,
    /// How many mails may have been in it, when nobody could look in time.
    unseen: usize,
    most: usize,
}

impl Gap {
    fn too_wide(&self) -> Option<String> {
        let Self { fault, most, .. } = self;
        (self.mails.len() > *most)
            .then(|| format!("{fault}: {} mails not recorded, more than {most}", self.mails.len()))
    }
}

/// The gaps of `deaths`. A mail is in the first one that met it, unless whoever had it in hand lived on and recorded it.
fn gaps(deaths: &[Death], recorded: &HashMap<Uuid, i32>) -> Vec<Gap> {
    let mut seen: HashSet<(Uuid, i32)> = HashSet::new();
    let mut gap = |death: &Death| {
        let taken = death.taken.iter().flatten().copied();
        let left = taken.filter(|mail| recorded.get(&mail.id) != Some(&(mail.claim + 1)));
        let most = death.workers * IN_FLIGHT;
        Gap {
            fault: death.fault,
            sending: death.sending,
            mails: left.filter(|mail| seen.insert((mail.id, mail.claim))).collect(),
            unseen: if death.taken.is_none() { most } else { 0 },
            most,
        }
    };
    deaths.iter().map(&mut gap).collect()
}

/// Whether this is the mail with that Message-ID.
fn is_of(message_id: &str, mail: &Claimed) -> bool {
    message_id.trim_start_matches('<').split('@').next() == Some(&*mail.id.to_string())
}

/// The mails with one Message-ID.
struct Copies<'a> {
    recipient: &'a str,
    link: &'a str,
    number: usize,
    /// How many of them the mail server did not tell of.
    cut: usize,
    /// Something differs between them.
    differ: bool,
}

/// By Message-ID.
fn copies(mails: &[Delivered]) -> BTreeMap<&str, Copies<'_>> {
    let mut copies: BTreeMap<&str, Copies<'_>> = BTreeMap::new();
    for mail in mails {
        let first = Copies { recipient: &mail.recipient, link: &mail.link, number: 0, cut: 0, differ: false };
        let copy = copies.entry(&mail.message_id).or_insert(first);
        copy.number += 1;
        copy.cut += usize::from(mail.cut);
        copy.differ |= copy.link != mail.link || copy.recipient != mail.recipient;
    }
    copies
}

/// Whether the mail server knows the address.
fn exists(invitation: &Object) -> bool {
    invitation.text("/email").starts_with("person")
}

/// What is wrong with an invitation and its mail, if anything is.
fn wrong(invitation: &Object, copies: &BTreeMap<&str, Copies<'_>>) -> Option<String> {
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

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {:36}{:>6}{:>6}", self.fault, self.sending, self.mails.len())?;
        if self.unseen > 0 { write!(f, "  seen too late: up to {}", self.unseen) } else { Ok(()) }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { seed, servers, workers, .. } = &self.plan;
        writeln!(f, "seed {seed}, servers {servers}, workers {workers}")?;
        for (fault, times) in &self.plan.faults {
            writeln!(f, "  {fault:36}{times:>6}")?;
        }
        writeln!(f, "mails SENDING at each death, and those of them taken and not recorded")?;
        self.gaps.iter().try_for_each(|gap| writeln!(f, "{gap}"))?;
        let lost = self.wrong.iter().filter(|wrong| wrong.contains(": lost")).count();
        for (what, number) in [
            ("invitations", self.invitations),
            ("mails wanted", self.wanted),
            ("mails received", self.received),
            ("duplicates", self.duplicates),
            ("  at most", self.bound()),
            ("  of these, dialogues cut after DATA", self.cut),
            ("lost", lost),
            ("otherwise wrong", self.wrong.len() - lost),
        ] {
            writeln!(f, "{what:38}{number:>6}")?;
        }
        self.wrong.iter().take(20).try_for_each(|wrong| writeln!(f, "WRONG: {wrong}"))
    }
}
