//! Somebody at the server's API, who proves who they are with an ID token each time.

use std::time::Duration;

use daypass_api::{CreateGrant, Decide, Extend, Grant};
use daypass_sandbox::Cloud;
use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::site::AUDIENCE;

/// How long a call may take; a dead server fails at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// One of the sandbox's people, at one life of the server.
#[derive(Clone, Debug)]
pub struct Person {
    http: reqwest::Client,
    cloud: Cloud,
    url: String,
    email: String,
}

/// Why there is no answer, or not the wanted one.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The connection broke: what was asked may have been done or not.
    #[error("no answer: {0}")]
    Unanswered(#[from] reqwest::Error),
    /// The server said no.
    #[error("{status}: {words}")]
    Answered {
        /// The HTTP status.
        status: u16,
        /// The problem document.
        words: String,
    },
}

impl Person {
    /// This person, such as `alice`, at this server.
    pub fn at(url: &str, cloud: &Cloud, name: &str) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .expect("a client needs nothing from outside");
        Self {
            http,
            cloud: cloud.clone(),
            url: url.to_owned(),
            email: format!("{name}@example.com"),
        }
    }

    /// The address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Asks for an entitlement.
    pub async fn ask(&self, entitlement: &str, minutes: u32) -> Result<Grant, Refusal> {
        let wish = CreateGrant {
            entitlement: Some(entitlement.to_owned()),
            duration: Some(format!("{minutes}m")),
            ..CreateGrant::default()
        };
        self.post("grants", &wish).await
    }

    /// Asks for an entitlement on its default terms, and says why.
    pub async fn ask_because(&self, entitlement: &str, why: &str) -> Result<Grant, Refusal> {
        let wish = CreateGrant {
            entitlement: Some(entitlement.to_owned()),
            justification: Some(why.to_owned()),
            ..CreateGrant::default()
        };
        self.post("grants", &wish).await
    }

    /// The entitlements that the person has a part in, by id.
    pub async fn entitlements(&self) -> Result<Vec<String>, Refusal> {
        let request = self.http.get(format!("{}/api/v1/entitlements", self.url));
        let page: daypass_api::Entitlements = self.send(request).await?;
        Ok(page.entitlements.into_iter().map(|one| one.id).collect())
    }

    /// What the server says of itself at this path, to anybody: the status and the text.
    pub async fn look(&self, path: &str) -> Result<(u16, String), Refusal> {
        let response = self.http.get(format!("{}{path}", self.url)).send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// `approve`, `deny`, `withdraw` or `revoke`. A yes is to the request as this person sees it now.
    pub async fn decide(&self, grant: &str, verb: &str) -> Result<Grant, Refusal> {
        let mut decide = Decide::default();
        if verb == "approve" {
            decide.request_hash = Some(self.grant(grant).await?.request_hash);
        }
        let path = format!("grants/{grant}:{verb}");
        self.post(&path, &decide).await
    }

    /// Asks for more time.
    pub async fn extend(&self, grant: &str, minutes: u32) -> Result<Grant, Refusal> {
        let extend = Extend {
            duration: Some(format!("{minutes}m")),
            ..Extend::default()
        };
        self.post(&format!("grants/{grant}:extend"), &extend).await
    }

    /// The grant as it is now.
    pub async fn grant(&self, grant: &str) -> Result<Grant, Refusal> {
        let request = self.http.get(format!("{}/api/v1/grants/{grant}", self.url));
        self.send(request).await
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Result<Grant, Refusal> {
        let request = self.http.post(format!("{}/api/v1/{path}", self.url));
        self.send(request.json(body)).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, Refusal> {
        let token = self
            .cloud
            .mint_id_token(&self.email, AUDIENCE, SignedDuration::from_hours(1))
            .expect("the sandbox knows the person");
        let response = request.bearer_auth(token).send().await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response.json().await?);
        }
        Err(Refusal::Answered {
            status: status.as_u16(),
            words: response.text().await?,
        })
    }
}
