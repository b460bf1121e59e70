//! A small client for the tests: a bearer token and JSON.

use daypass_sandbox::{Options, Sandbox};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::Value;

/// A sandbox with the built-in world.
pub(crate) async fn started() -> Sandbox {
    Sandbox::start(Options::default()).await.unwrap()
}

/// A reply, read whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The body of a reply that must be a success.
    pub(crate) fn ok(&self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{}: {}",
            self.status,
            self.text
        );
        self.json()
    }
}

/// One caller of one sandbox.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
    pub(crate) token: String,
    pub(crate) reason: Option<String>,
}

impl Client {
    pub(crate) fn new(sandbox: &Sandbox, member: &str) -> Client {
        let token = sandbox
            .cloud()
            .mint_token(member, SignedDuration::from_hours(1))
            .unwrap()
            .access_token;
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Client {
            http,
            base: sandbox.base_url(),
            token,
            reason: None,
        }
    }

    pub(crate) fn broker(sandbox: &Sandbox) -> Client {
        Client::new(
            sandbox,
            "serviceAccount:daypass@acme-access.iam.gserviceaccount.com",
        )
    }

    pub(crate) fn with_token(&self, token: &str) -> Client {
        Client {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) fn with_reason(&self, reason: &str) -> Client {
        Client {
            reason: Some(reason.to_owned()),
            ..self.clone()
        }
    }

    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<Reply> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        if let Some(reason) = &self.reason {
            request = request.header("X-Goog-Request-Reason", reason);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Reply {
            status,
            headers,
            text: response.text().await?,
        })
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.try_send(Method::GET, path, None).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.try_send(Method::POST, path, Some(body)).await.unwrap()
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.try_send(Method::PUT, path, Some(body)).await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.try_send(Method::DELETE, path, None).await.unwrap()
    }
}
