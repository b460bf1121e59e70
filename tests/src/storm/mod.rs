//! The storm: a thousand grants on eight projects, approved at once, while somebody else edits the same policies.
//!
//! It runs on the real parts: the engine, SQLite on a disk, and the adapter to Google over HTTP. Only Google is the
//! sandbox, on threads of its own, with the latency of a real call. Beside it, in the same world, run the two ways in
//! which others write policies ([`others`]), so that a ratio does not depend on the machine.

pub mod broker;
pub mod foreign;
pub mod oracle;
pub mod others;
pub mod refusals;
pub mod world;

mod api;

use std::time::Duration;

use foreign::Foreign;
use world::World;

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Grants, spread evenly over the projects.
    pub grants: usize,
    /// Projects.
    pub projects: usize,
    /// The delay of each of Google's answers.
    pub latency: Duration,
    /// The time between two edits of the foreign writer of a project.
    pub foreign_every: Duration,
}

/// What the issue of this benchmark asks for.
pub const FULL: Scale = Scale {
    grants: 1_000,
    projects: 8,
    latency: Duration::from_millis(50),
    foreign_every: Duration::from_millis(200),
};

/// How one way of writing policies did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Grants that were to become ACTIVE.
    pub asked: usize,
    /// Grants that did, by the final policies.
    pub active: usize,
    /// From the first approval to the last grant that became ACTIVE.
    pub took: Duration,
    /// Calls of `setIamPolicy` that the sandbox received from this writer.
    pub sets: usize,
    /// Those of them that it answered with a conflict.
    pub conflicts: usize,
    /// Edits of the foreign writers that succeeded meanwhile; each was found in the history, and none was undone.
    pub foreign_edits: usize,
    /// Bytes that a grant costs in its policy: the mean, and the most.
    pub bytes: Bytes,
}

impl Outcome {
    /// ACTIVE grants a second.
    pub fn rate(&self) -> f64 {
        count(self.active) / self.took.as_secs_f64()
    }
}

/// Bytes of bindings in a policy's JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bytes {
    /// Of all, on average.
    pub mean: usize,
    /// Of the largest.
    pub most: usize,
}

/// A count as a number to divide by.
#[expect(clippy::cast_precision_loss, reason = "counts here are small")]
pub fn count(number: usize) -> f64 {
    number as f64
}

/// Grants through Daypass. Returns the outcome with how long the approvals themselves took.
///
/// # Panics
/// If a grant is lost, or an edit of anybody.
pub async fn ours(world: &World) -> (Outcome, Duration) {
    world.reset();
    let broker = broker::Broker::start(world).await;
    let asked = broker.ask_for_all().await;
    let foreign = Foreign::start(world).await;
    let before = world.mark();
    let run = broker.approve_all(&asked).await;
    let edits = foreign.stop().await;
    // What is counted here is what the sandbox received, not what we believe that we sent.
    let (sets, conflicts) = world.sets_since(before);
    let active = broker.active(&asked).await;
    broker.stop().await;
    let checked = oracle::check(world, &edits, oracle::OURS);
    assert_eq!(
        active, checked.bindings,
        "the record and the policies agree"
    );
    let outcome = Outcome {
        asked: asked.len(),
        active,
        took: run.until_active,
        sets,
        conflicts,
        foreign_edits: checked.foreign_edits,
        bytes: checked.bytes,
    };
    (outcome, run.approvals)
}

/// Grants through one of the others' ways.
///
/// # Panics
/// If an edit of anybody is lost: also these ways send etags.
pub async fn theirs(world: &World, way: others::Way, of_each_project: usize) -> Outcome {
    world.reset();
    let foreign = Foreign::start(world).await;
    let before = world.mark();
    let took = others::run(world, way, of_each_project).await;
    let edits = foreign.stop().await;
    let (sets, conflicts) = world.sets_since(before);
    let checked = oracle::check(world, &edits, others::TITLE);
    Outcome {
        asked: of_each_project * world.scale.projects,
        active: checked.bindings,
        took,
        sets,
        conflicts,
        foreign_edits: checked.foreign_edits,
        bytes: checked.bytes,
    }
}
