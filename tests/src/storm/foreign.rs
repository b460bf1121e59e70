//! Somebody else who edits the same policies: a role for a guest, and away with it again.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::api::{Api, bindings};
use super::world::{FOREIGNER, GUESTS, World, guest, project};

/// The role that guests get: one that nobody else in the storm gives.
pub const GUEST_ROLE: &str = "roles/browser";
/// Guests with the role at a time; then the one who had it longest loses it.
const MOST_GUESTS: usize = 3;
/// The waits after conflicts: unequal, so that two writers do not keep step.
const WAITS: [Duration; 5] = [
    Duration::from_millis(7),
    Duration::from_millis(43),
    Duration::from_millis(19),
    Duration::from_millis(61),
    Duration::from_millis(31),
];

/// An edit that Google accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The etag of the policy that it made.
    pub etag: String,
    /// Who had the role after it, in the order of the policy.
    pub guests: Vec<String>,
}

/// The foreign writers, one a project.
#[derive(Debug)]
pub struct Foreign {
    end: watch::Sender<bool>,
    writers: Vec<JoinHandle<Vec<Edit>>>,
}

impl Foreign {
    /// Starts them.
    pub async fn start(world: &World) -> Self {
        let (end, ended) = watch::channel(false);
        let api = Api::new(world, FOREIGNER);
        let every = world.scale.foreign_every;
        let writers = (0..world.scale.projects)
            .map(|number| tokio::spawn(write(api.clone(), project(number), every, ended.clone())))
            .collect();
        tokio::task::yield_now().await;
        Self { end, writers }
    }

    /// Ends them. Returns their edits, a list for each project.
    pub async fn stop(self) -> Vec<Vec<Edit>> {
        self.end.send_replace(true);
        let mut edits = Vec::new();
        for writer in self.writers {
            edits.push(writer.await.expect("the foreign writer goes on to the end"));
        }
        edits
    }
}

async fn write(
    api: Api,
    project: String,
    every: Duration,
    mut ended: watch::Receiver<bool>,
) -> Vec<Edit> {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut edits = Vec::new();
    let mut guests: Vec<String> = Vec::new();
    for number in 0.. {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = ended.wait_for(|over| *over) => break,
        }
        if guests.len() == MOST_GUESTS {
            guests.remove(0);
        } else {
            guests.push(format!("user:{}", guest(number % GUESTS)));
        }
        edits.push(Edit {
            etag: edit(&api, &project, &guests).await,
            guests: guests.clone(),
        });
    }
    edits
}

/// Reads, edits and writes until nobody comes between; the etag of what was written.
async fn edit(api: &Api, project: &str, guests: &[String]) -> String {
    for wait in WAITS.into_iter().cycle() {
        let mut policy = api.get(project).await;
        let bindings = bindings(&mut policy);
        let place = bindings
            .iter()
            .position(|binding| binding["role"] == GUEST_ROLE);
        match (place, guests.is_empty()) {
            (Some(place), true) => {
                bindings.remove(place);
            }
            (Some(place), false) => bindings[place]["members"] = json!(guests),
            (None, false) => bindings.push(json!({"role": GUEST_ROLE, "members": guests})),
            (None, true) => {}
        }
        if let Some(stored) = api.set(project, &policy).await {
            return etag(&stored);
        }
        tokio::time::sleep(wait).await;
    }
    unreachable!("the waits have no end")
}

fn etag(policy: &Value) -> String {
    policy["etag"].as_str().expect("an etag").to_owned()
}
