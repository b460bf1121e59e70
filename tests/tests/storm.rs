//! The storm, for what must hold on any machine: grants, edits and calls, never times. `--bin storm` measures it.

use daypass_tests::storm::refusals::{self, GRANTS, UNKNOWN, unknown};
use daypass_tests::storm::world::World;
use daypass_tests::storm::{self, FULL};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_grants_at_once_all_become_active_in_few_writes_and_undo_nobody() {
    let world = World::start(FULL).await;
    // That no foreign edit is lost, and each binding of ours stands where the record says, is asserted inside.
    let (outcome, _) = storm::ours(&world).await;
    assert_eq!(outcome.active, FULL.grants);
    assert!(outcome.foreign_edits > 0, "somebody else wrote, too");
    assert!(outcome.sets <= 100, "{} writes", outcome.sets);
    let most = outcome.bytes.most;
    assert!((1..400).contains(&most), "a grant costs {most} bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_that_google_refuses_do_not_share_their_fate_with_ninety_seven() {
    let world = World::start(FULL).await;
    let outcome = refusals::run(&world).await;
    assert_eq!(outcome.active, GRANTS - UNKNOWN.len());
    assert_eq!(
        outcome.bindings, outcome.active,
        "what is ACTIVE is in the policy, and nothing else"
    );
    assert_eq!(outcome.failed.len(), UNKNOWN.len());
    for number in UNKNOWN {
        let words = format!("User {} does not exist.", unknown(number));
        assert!(
            outcome.failed.iter().any(|why| why.contains(&words)),
            "in Google's words, {words:?}: {:?}",
            outcome.failed
        );
    }
    assert!(outcome.sets <= 12, "{} writes", outcome.sets);
}
