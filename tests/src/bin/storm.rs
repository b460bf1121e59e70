//! `cargo run --release -p daypass-tests --bin storm -- --long`: the storm, with what it is compared with.
//!
//! It asserts what must hold on any machine: grants, edits, calls. Times and ratios are printed, to be recorded in
//! `docs/benchmarks.md`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measures")]

use daypass_tests::storm::{self, FULL, Outcome, count, others, refusals, world::World};

/// Grants of each project in the short form for the mutex, whose rate is the same from the first grant to the last.
const SAMPLE: usize = 15;

/// Most writes for a hundred grants with three that Google refuses.
const MOST_WRITES_WITH_REFUSALS: usize = 12;
/// Most writes of the storm.
const MOST_WRITES: usize = 100;
/// Most bytes that a grant for a user may cost.
const MOST_BYTES: usize = 400;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let long = std::env::args().any(|argument| argument == "--long");
    let world = World::start(FULL).await;
    println!(
        "{} grants on {} projects, {} ms latency, a foreign edit of each policy every {} ms",
        FULL.grants,
        FULL.projects,
        FULL.latency.as_millis(),
        FULL.foreign_every.as_millis()
    );

    let incumbents = storm::theirs(&world, others::Way::FourTries, world.of_each_project()).await;
    print("one by one, 4 tries", &incumbents);
    let of_each = if long {
        world.of_each_project()
    } else {
        SAMPLE
    };
    if !long {
        println!("(the mutex on a sample of {of_each} grants a project; --long takes all)");
    }
    let mutex = storm::theirs(&world, others::Way::Mutex, of_each).await;
    print("one by one, mutex", &mutex);
    let (ours, approvals) = storm::ours(&world).await;
    print("daypass", &ours);
    println!(
        "  approvals recorded after {:.2} s",
        approvals.as_secs_f64()
    );
    println!(
        "ratio to 4 tries: {:.1} (wanted: 10)",
        ours.rate() / incumbents.rate()
    );
    println!(
        "ratio to mutex:   {:.1} (wanted: 5)",
        ours.rate() / mutex.rate()
    );
    assert_eq!(ours.active, FULL.grants, "all are ACTIVE");
    assert!(ours.sets <= MOST_WRITES, "{} writes", ours.sets);
    assert!(ours.foreign_edits > 0, "somebody else wrote, too");
    assert!(ours.bytes.most < MOST_BYTES, "{} bytes", ours.bytes.most);

    let refused = refusals::run(&world).await;
    println!(
        "{} grants, {} refused by Google: {} ACTIVE, {} ACTIVATION_FAILED, {} writes, {:.2} s",
        refusals::GRANTS,
        refusals::UNKNOWN.len(),
        refused.active,
        refused.failed.len(),
        refused.sets,
        refused.took.as_secs_f64()
    );
    for words in &refused.failed {
        println!("  {words}");
    }
    assert_eq!(
        refused.active,
        refusals::GRANTS - refusals::UNKNOWN.len(),
        "the others are ACTIVE"
    );
    assert!(
        refused.sets <= MOST_WRITES_WITH_REFUSALS,
        "{} writes",
        refused.sets
    );
}

fn print(name: &str, outcome: &Outcome) {
    println!(
        "{name}: {} of {} ACTIVE in {:.2} s, {:.1} a second; {} setIamPolicy calls ({:.2} a grant), {} conflicts; \
         {} foreign edits, none lost; a grant costs {} bytes, at most {}",
        outcome.active,
        outcome.asked,
        outcome.took.as_secs_f64(),
        outcome.rate(),
        outcome.sets,
        count(outcome.sets) / count(outcome.active.max(1)),
        outcome.conflicts,
        outcome.foreign_edits,
        outcome.bytes.mean,
        outcome.bytes.most,
    );
}
