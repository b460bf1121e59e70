//! How policies are written elsewhere: one read-modify-write for each grant. Both send the etag, and neither proves
//! or reads back anything, which would only make them slower.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::api::{Api, bindings};
use super::world::{BROKER, World, person, project};

/// How the titles of their conditions begin.
pub const TITLE: &str = "one by one ";
/// The role that they give.
const ROLE: &str = "roles/storage.admin";
/// As many tries as the incumbents make.
const TRIES: usize = 4;
/// The wait of the incumbents after a conflict, always the same.
const WAIT: Duration = Duration::from_millis(200);

/// A way to write policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// All at once, with four tries each and a fixed wait between them: the incumbents' way.
    FourTries,
    /// One after the other, by a mutex for each resource, and as many tries as it takes.
    Mutex,
}

/// Writes so many grants on each project; how long it took until the last one that succeeded.
pub async fn run(world: &World, way: Way, of_each_project: usize) -> Duration {
    let api = Api::new(world, BROKER);
    let began = Instant::now();
    let mut grants: JoinSet<Option<Instant>> = JoinSet::new();
    for number in 0..world.scale.projects {
        let one_by_one = Arc::new(Mutex::new(()));
        for grant in 0..of_each_project {
            let (api, lock, project) = (api.clone(), Arc::clone(&one_by_one), project(number));
            let member = format!("user:{}", person(number * of_each_project + grant));
            grants.spawn(async move {
                let done = match way {
                    Way::FourTries => four_tries(&api, &project, &member).await,
                    Way::Mutex => {
                        let _turn = lock.lock().await;
                        until_done(&api, &project, &member).await
                    }
                };
                done.then(Instant::now)
            });
        }
    }
    let mut last = began;
    while let Some(ended) = grants.join_next().await {
        last = last.max(ended.expect("no grant panics").unwrap_or(began));
    }
    last - began
}

async fn four_tries(api: &Api, project: &str, member: &str) -> bool {
    for attempt in 1..=TRIES {
        if once(api, project, member).await {
            return true;
        }
        if attempt < TRIES {
            tokio::time::sleep(WAIT).await;
        }
    }
    false
}

async fn until_done(api: &Api, project: &str, member: &str) -> bool {
    while !once(api, project, member).await {}
    true
}

async fn once(api: &Api, project: &str, member: &str) -> bool {
    let mut policy = api.get(project).await;
    bindings(&mut policy).push(binding(member));
    policy["version"] = json!(3);
    api.set(project, &policy).await.is_some()
}

/// As long as one of ours.
fn binding(member: &str) -> Value {
    json!({"role": ROLE, "members": [member], "condition": {
        "title": format!("{TITLE}{:0>48}", member.len()),
        "expression": "request.time >= timestamp(\"2020-01-01T00:00:00Z\") && request.time < timestamp(\"2999-01-01T00:00:00Z\")",
    }})
}
