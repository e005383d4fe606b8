//! Following live events while things go wrong: whoever is dropped and comes back with a cursor has every event once, in the
//! order in which everybody has them.

use tests::following::Following;
use tests::stories;

stories![alone: every_follower_has_every_event_once_and_in_one_order];

async fn every_follower_has_every_event_once_and_in_one_order() {
    let verdict = Following::small(3).run().await;
    assert!(verdict.is_good(), "{verdict}");
}
