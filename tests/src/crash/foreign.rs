//! Somebody else who edits the same policies, in the right way: read, change, write with the etag.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use daypass_sandbox::Cloud;
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::RESOURCES;

/// The one who writes.
pub(super) const WRITER: &str = "user:olivia@example.com";

/// Role and member that come and go.
const ROLE: &str = "roles/browser";
const MEMBER: &str = "user:gina@gmail.com";

/// The writer, until it is dropped or ended.
#[derive(Debug)]
pub struct ForeignWriter {
    task: JoinHandle<()>,
    written: Arc<Mutex<BTreeSet<String>>>,
}

impl ForeignWriter {
    /// Begins to edit one policy after the other.
    pub fn begin(cloud: &Cloud, seed: u64) -> Self {
        let written = Arc::new(Mutex::new(BTreeSet::new()));
        let writer = Writer {
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client needs nothing from outside"),
            cloud: cloud.clone(),
            written: Arc::clone(&written),
        };
        let chance = StdRng::seed_from_u64(seed);
        let task = tokio::spawn(writer.write(chance));
        Self { task, written }
    }

    /// The etags of its writes so far, as Google answered them.
    pub fn written(&self) -> BTreeSet<String> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.clone()
    }
}

impl Drop for ForeignWriter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Writer {
    http: reqwest::Client,
    cloud: Cloud,
    written: Arc<Mutex<BTreeSet<String>>>,
}

impl Writer {
    async fn write(self, mut chance: StdRng) {
        loop {
            let resource = RESOURCES[chance.random_range(0..RESOURCES.len())];
            // A conflict is no matter: the next round edits again.
            if let Some(etag) = self.edit(resource).await {
                let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
                written.insert(etag);
            }
            tokio::time::sleep(Duration::from_millis(chance.random_range(20..120))).await;
        }
    }

    /// One edit; the new etag, if Google took it.
    async fn edit(&self, resource: &str) -> Option<String> {
        let options = json!({"options": {"requestedPolicyVersion": 3}});
        let mut policy = self.call(resource, "getIamPolicy", &options).await?;
        let bindings = policy["bindings"].as_array_mut()?;
        let place = bindings
            .iter()
            .position(|binding| binding["role"] == ROLE && binding.get("condition").is_none());
        match place {
            Some(place) => drop(bindings.remove(place)),
            None => bindings.push(json!({"role": ROLE, "members": [MEMBER]})),
        }
        policy["version"] = json!(3);
        let stored = self
            .call(resource, "setIamPolicy", &json!({ "policy": policy }))
            .await?;
        Some(stored["etag"].as_str()?.to_owned())
    }

    async fn call(&self, resource: &str, verb: &str, body: &Value) -> Option<Value> {
        let token = self
            .cloud
            .mint_token(WRITER, SignedDuration::from_hours(1))
            .ok()?;
        let url = format!("{}/v1/{resource}:{verb}", self.cloud.base_url());
        let request = self.http.post(url).bearer_auth(token.access_token);
        let response = request.json(body).send().await.ok()?;
        if response.status().is_success() {
            response.json().await.ok()
        } else {
            None
        }
    }
}
