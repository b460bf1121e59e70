//! The emulated cloud of the storm: projects of the same kind, a thousand people, threads of its own.

use std::thread::JoinHandle;
use std::time::Duration;

use daypass_sandbox::{Cloud, Options, Sandbox, Seed, SeedPerson, SeedProject};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::Scale;

/// Writes policies for Daypass and for the ways it is compared with.
pub const BROKER: &str = "serviceAccount:daypass@acme-access.iam.gserviceaccount.com";
/// Writes policies for reasons of their own.
pub const FOREIGNER: &str = "user:olivia@example.com";
/// People that the foreign writer gives a role to and takes it from again.
pub const GUESTS: usize = 6;
/// The last index of the requests received so far, and the number of the last write.
#[derive(Clone, Copy, Debug)]
pub struct Mark(u64);

/// The cloud, until it is dropped.
#[derive(Debug)]
pub struct World {
    /// Its size.
    pub scale: Scale,
    /// The sandbox's state.
    pub cloud: Cloud,
    /// Where it answers.
    pub base_url: String,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The address of one of the people who ask.
pub fn person(number: usize) -> String {
    format!("person-{number:04}@example.com")
}

/// The address of somebody whom only the foreign writer knows.
pub fn guest(number: usize) -> String {
    format!("guest-{number}@example.com")
}

/// The resource name of a project.
pub fn project(number: usize) -> String {
    format!("projects/storm-{number}")
}

impl World {
    /// Starts the sandbox on its own threads.
    pub async fn start(scale: Scale) -> Self {
        let (ready, started) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async move {
                let options = Options {
                    seed: seed(scale),
                    latency: scale.latency,
                    ..Options::default()
                };
                let sandbox = Sandbox::start(options).await.expect("the sandbox starts");
                let _ = ready.send((sandbox.cloud(), sandbox.base_url()));
                // An error means that the world was dropped, which is the end as well.
                let _ = ended.await;
                sandbox.stop().await;
            });
        });
        let (cloud, base_url) = started.await.expect("the sandbox starts");
        Self {
            scale,
            cloud,
            base_url,
            end: Some(end),
            thread: Some(thread),
        }
    }

    /// Grants on each project.
    pub fn of_each_project(&self) -> usize {
        self.scale.grants / self.scale.projects
    }

    /// The policies as they were at the beginning. Requests of before are forgotten, and their memory freed.
    pub fn reset(&self) {
        self.cloud.clear_requests();
        for number in 0..self.scale.projects {
            self.cloud
                .put_policy(&project(number), policy())
                .expect("a policy");
        }
    }

    /// Now, in the sandbox's list of requests.
    pub fn mark(&self) -> Mark {
        Mark(self.cloud.requests(0).last().map_or(0, |last| last.index))
    }

    /// The writes that the broker sent since then, and how many of them met a conflict.
    pub fn sets_since(&self, mark: Mark) -> (usize, usize) {
        let requests = self.cloud.requests(mark.0);
        let sets = requests.iter().filter(|request| {
            request.operation == "setIamPolicy" && request.principal.as_deref() == Some(BROKER)
        });
        sets.fold((0, 0), |(all, conflicts), set| {
            (all + 1, conflicts + usize::from(set.status == 409))
        })
    }

    /// An access token that outlives the storm.
    pub fn token(&self, principal: &str) -> String {
        let minted = self
            .cloud
            .mint_token(principal, SignedDuration::from_hours(1));
        minted.expect("a principal of the world").access_token
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How long a client waits for an answer: a loaded machine is slow, but not for ever.
pub const CLIENT_TIME_OUT: Duration = Duration::from_mins(1);

fn seed(scale: Scale) -> Seed {
    let mut seed = Seed::default();
    for number in 0..scale.projects {
        let id = format!("storm-{number}");
        seed.policies.insert(project(number), policy());
        seed.projects.push(SeedProject {
            display_name: id.clone(),
            id,
            number: format!("{}", 200_000_000_000_u64 + number as u64),
            parent: "folders/42".into(),
            labels: std::collections::BTreeMap::new(),
        });
    }
    let people = (0..scale.grants).map(person).chain((0..GUESTS).map(guest));
    seed.people.extend(people.map(|email| SeedPerson {
        name: email.clone(),
        email,
        hosted_domain: Some("example.com".into()),
    }));
    seed
}

/// What stands in each project's policy before anybody comes.
fn policy() -> Value {
    json!({"version": 1, "bindings": [
        {"role": "roles/owner", "members": ["user:olivia@example.com"]},
        {"role": "roles/viewer", "members": ["group:sre@example.com"]},
        {"role": "roles/logging.viewer", "members": ["group:leads@example.com", "user:mallory@example.com"]},
    ]})
}
