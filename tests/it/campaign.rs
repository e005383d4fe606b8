//! Small campaigns: whatever goes wrong, no mail is lost.

use tests::campaign::Plan;
use tests::stories;

stories![alone:
    no_mail_is_lost_whatever_goes_wrong,
    many_processes_never_deliver_one_mail_at_once,
];

async fn no_mail_is_lost_whatever_goes_wrong() {
    let verdict = Plan::small(7).run().await;
    assert!(verdict.is_good(), "{verdict}");
}

async fn many_processes_never_deliver_one_mail_at_once() {
    let verdict = Plan::small(11).with_many_processes().run().await;
    assert!(verdict.is_good(), "{verdict}");
}
