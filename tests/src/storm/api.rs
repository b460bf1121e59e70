//! The least that a client of Resource Manager needs: the interface that those who are compared with us use, and that
//! the foreign writer uses.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::world::{CLIENT_TIME_OUT, World};

/// One caller.
#[derive(Clone, Debug)]
pub(super) struct Api {
    client: reqwest::Client,
    base_url: String,
    token: String,
}

impl Api {
    pub(super) fn new(world: &World, principal: &str) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .tcp_nodelay(true)
            .timeout(CLIENT_TIME_OUT)
            .build()
            .expect("a client");
        Self {
            client,
            base_url: world.base_url.clone(),
            token: world.token(principal),
        }
    }

    pub(super) async fn get(&self, project: &str) -> Value {
        let body = json!({"options": {"requestedPolicyVersion": 3}});
        let (status, policy) = self.post(project, "getIamPolicy", &body).await;
        assert_eq!(status, StatusCode::OK, "{policy}");
        policy
    }

    /// The policy as it was stored; none: somebody was faster.
    pub(super) async fn set(&self, project: &str, policy: &Value) -> Option<Value> {
        let (status, answer) = self
            .post(project, "setIamPolicy", &json!({"policy": policy}))
            .await;
        if status == StatusCode::CONFLICT {
            return None;
        }
        assert_eq!(status, StatusCode::OK, "{answer}");
        Some(answer)
    }

    async fn post(&self, project: &str, verb: &str, body: &Value) -> (StatusCode, Value) {
        let request = self
            .client
            .post(format!("{}/v3/{project}:{verb}", self.base_url))
            .bearer_auth(&self.token)
            .json(body);
        let response = request.send().await.expect("the sandbox answers");
        let status = response.status();
        (status, response.json().await.expect("JSON"))
    }
}

/// The bindings of a policy.
pub(super) fn bindings(policy: &mut Value) -> &mut Vec<Value> {
    let fields = policy.as_object_mut().expect("a policy");
    let bindings = fields.entry("bindings").or_insert_with(|| json!([]));
    bindings.as_array_mut().expect("a list")
}
