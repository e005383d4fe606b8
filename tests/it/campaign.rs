//! Small campaigns: whatever goes wrong, no mail is lost. And their judge, who must not be taken in.

use domain::outbox::Claimed;
use serde_json::json;
use tests::campaign::{Death, Delivered, Evidence, Fault, Plan, Verdict};
use tests::{Object, stories};
use uuid::Uuid;

stories![alone:
    no_mail_is_lost_whatever_goes_wrong,
    many_processes_never_deliver_one_mail_at_once,
    a_judge_finds_what_was_lost,
    a_judge_wants_a_reason_for_each_duplicate,
    a_judge_takes_no_recorded_mail_for_a_reason,
    a_judge_finds_more_mails_in_a_gap_than_a_worker_has_in_hand,
    a_judge_takes_what_nobody_saw_for_the_most_it_can_be,
    a_judge_wants_half_of_the_deaths_looked_into,
    a_judge_finds_a_mail_that_nobody_promised,
    a_judge_finds_copies_that_differ,
    a_judge_finds_two_deliveries_at_once,
    a_judge_compares_what_the_api_says_with_what_came,
];

async fn no_mail_is_lost_whatever_goes_wrong() {
    let verdict = Plan::small(7).run().await;
    assert!(verdict.is_good(), "{verdict}");
}

async fn many_processes_never_deliver_one_mail_at_once() {
    let verdict = Plan::small(11).with_many_processes().run().await;
    assert!(verdict.is_good(), "{verdict}");
}

fn id(number: usize) -> Uuid {
    Uuid::from_u128(number as u128)
}

fn message_id(number: usize) -> String {
    format!("<{}@usher.example>", id(number))
}

fn mail(number: usize) -> Delivered {
    let recipient = format!("person-{number}@example.com");
    Delivered { message_id: message_id(number), recipient, link: format!("/join/{number}"), cut: false }
}

fn invitation(email: &str, number: usize, status: &str, error: &str) -> Object {
    let delivery = json!({ "status": status, "lastError": error, "messageId": message_id(number) });
    Object::new(json!({ "email": email, "status": "PENDING", "delivery": delivery }))
}

/// Two invitations, and a mail for each.
fn two_mails() -> Evidence {
    let invited = |number| invitation(&mail(number).recipient, number, "SENT", "");
    let recorded = [1, 2].map(|number| (id(number), 4)).into();
    Evidence {
        invitations: vec![invited(1), invited(2)],
        mails: vec![mail(1), mail(2)],
        recorded,
        ..Evidence::default()
    }
}

/// A worker's death at which these mails were taken and their fence was `claim`.
fn death(mails: impl IntoIterator<Item = usize>, claim: i32) -> Death {
    let taken: Vec<_> = mails.into_iter().map(|number| Claimed { id: id(number), claim }).collect();
    Death { fault: Fault::WorkerKilled, workers: 1, sending: taken.len(), taken: Some(taken) }
}

fn wrong(evidence: &Evidence) -> Vec<String> {
    let verdict = Verdict::of(&Plan { invitations: 2, ..Plan::small(1) }, evidence);
    assert_eq!(verdict.is_good(), verdict.wrong().is_empty());
    verdict.wrong().to_vec()
}

async fn a_judge_finds_what_was_lost() {
    let mut evidence = two_mails();
    assert_eq!(wrong(&evidence), [] as [String; 0]);
    evidence.mails.pop();
    assert_eq!(wrong(&evidence), ["person-2@example.com: lost (SENT)"]);
    evidence.invitations.pop();
    assert_eq!(wrong(&evidence), ["1 of 2 are invited"]);
}

async fn a_judge_wants_a_reason_for_each_duplicate() {
    let mut evidence = two_mails();
    evidence.mails.push(mail(1));
    assert_eq!(wrong(&evidence), ["1 duplicates without a reason, more than 0"]);
    evidence.deaths = vec![death([2], 1)];
    assert_eq!(wrong(&evidence), ["1 duplicates without a reason, more than 0"], "another mail was in the gap");
    evidence.deaths = vec![death([1], 1)];
    assert_eq!(wrong(&evidence), [] as [String; 0]);
    evidence.mails.push(mail(1));
    evidence.deaths.push(death([1], 1));
    assert_eq!(wrong(&evidence), ["1 duplicates without a reason, more than 0"], "it is the same attempt");
    evidence.mails[0].cut = true;
    assert_eq!(wrong(&evidence), [] as [String; 0]);
}

async fn a_judge_takes_no_recorded_mail_for_a_reason() {
    let mut evidence = two_mails();
    evidence.mails.push(mail(1));
    evidence.deaths = vec![death([1], 3)];
    assert_eq!(wrong(&evidence), ["1 duplicates without a reason, more than 0"]);
}

async fn a_judge_finds_more_mails_in_a_gap_than_a_worker_has_in_hand() {
    let mut evidence = two_mails();
    evidence.deaths = vec![death(1..=64, 1)];
    assert_eq!(wrong(&evidence), [] as [String; 0]);
    evidence.deaths = vec![death(1..=65, 1)];
    assert_eq!(wrong(&evidence), ["worker killed: 65 mails not recorded, more than 64"]);
}

async fn a_judge_takes_what_nobody_saw_for_the_most_it_can_be() {
    let mut evidence = two_mails();
    evidence.deaths = vec![Death { taken: None, ..death([], 1) }, death([], 1)];
    evidence.mails.extend((0..64).map(|_| mail(2)));
    assert_eq!(wrong(&evidence), [] as [String; 0]);
    evidence.mails.push(mail(2));
    assert_eq!(wrong(&evidence), ["65 duplicates without a reason, more than 64"]);
}

async fn a_judge_wants_half_of_the_deaths_looked_into() {
    let unseen = || Death { taken: None, ..death([], 1) };
    let evidence = Evidence { deaths: vec![unseen(), unseen(), death([], 1)], ..two_mails() };
    assert_eq!(wrong(&evidence), ["2 of 3 deaths could not be looked into in time"]);
}

async fn a_judge_finds_a_mail_that_nobody_promised() {
    let mut evidence = two_mails();
    evidence.mails.push(Delivered { message_id: message_id(3), ..mail(1) });
    assert_eq!(wrong(&evidence), [format!("person-1@example.com: {} is no invitation's", message_id(3))]);
}

async fn a_judge_finds_copies_that_differ() {
    let mut evidence = two_mails();
    evidence.mails.push(Delivered { link: "/join/another".to_owned(), cut: true, ..mail(1) });
    assert_eq!(wrong(&evidence), ["person-1@example.com: its mails differ (SENT)"]);
    evidence = two_mails();
    evidence.dead_links = vec![(mail(1).recipient, "EXPIRED".to_owned())];
    assert_eq!(wrong(&evidence), ["the link to person-1@example.com leads to EXPIRED"]);
}

async fn a_judge_finds_two_deliveries_at_once() {
    let evidence = Evidence { at_once: vec![mail(1).recipient], ..two_mails() };
    assert_eq!(wrong(&evidence), ["two deliveries at once: person-1@example.com"]);
}

async fn a_judge_compares_what_the_api_says_with_what_came() {
    let mut evidence = two_mails();
    evidence.invitations[0] = invitation("person-1@example.com", 1, "RETRYING", "");
    assert_eq!(wrong(&evidence), ["person-1@example.com: arrived, and its status is wrong (RETRYING)"]);
    evidence = two_mails();
    evidence.mails.pop();
    for (status, error, problem) in [
        ("FAILED", "550 no such person", None),
        ("FAILED", "", Some("nobody-2@example.com: without a reason (FAILED)")),
        ("SENT", "", Some("nobody-2@example.com: refused, and its status is wrong (SENT)")),
    ] {
        evidence.invitations[1] = invitation("nobody-2@example.com", 2, status, error);
        assert_eq!(wrong(&evidence), problem.as_slice());
    }
    evidence.mails.push(Delivered { recipient: "nobody-2@example.com".to_owned(), ..mail(2) });
    assert_eq!(wrong(&evidence), ["nobody-2@example.com: arrived at nobody (SENT)"]);
}
