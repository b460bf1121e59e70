//! The endpoints of `/api/v1`, one method each.

use daypass_api::{
    CreateGrant, Decide, Entitlement, Entitlements, Explanation, Extend, GiveReview, Grant, Grants,
    Identity, Login, MintToken, Session, Token,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Client;
use super::machine::random_name;
use crate::error::Error;

/// How many items to ask for at once.
const PAGE: usize = 200;

/// What a server says of itself at `/readyz`.
#[derive(Debug, Deserialize)]
pub(crate) struct Readiness {
    /// What does not work as it should, while the server goes on.
    #[serde(default)]
    pub(crate) degraded: Vec<Degraded>,
}

/// Something that a server does without.
#[derive(Debug, Deserialize)]
pub(crate) struct Degraded {
    pub(crate) name: String,
    pub(crate) since: Timestamp,
}

impl Client {
    /// Who the caller is.
    pub(crate) async fn me(&self) -> Result<Identity, Error> {
        self.get(&["api", "v1", "me"], &[]).await
    }

    /// Trades a sign-in code for a session.
    pub(crate) async fn open_session(&self, login: &Login) -> Result<Session, Error> {
        self.post(&["api", "v1", "sessions"], login, None).await
    }

    /// Ends the session.
    pub(crate) async fn close_session(&self) -> Result<(), Error> {
        self.delete(&["api", "v1", "sessions", "current"]).await
    }

    /// Whether the server serves, and what it does without.
    pub(crate) async fn ready(&self) -> Result<Readiness, Error> {
        self.get(&["readyz"], &[]).await
    }

    /// One entitlement.
    pub(crate) async fn entitlement(&self, id: &str) -> Result<Entitlement, Error> {
        self.get(&["api", "v1", "entitlements", id], &[]).await
    }

    /// All entitlements that match, over all pages.
    pub(crate) async fn entitlements(
        &self,
        search: Option<&str>,
    ) -> Result<Vec<Entitlement>, Error> {
        let limit = PAGE.to_string();
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = vec![("limit", limit.as_str())];
            query.extend(search.map(|text| ("search", text)));
            query.extend(cursor.as_deref().map(|text| ("cursor", text)));
            let page: Entitlements = self.get(&["api", "v1", "entitlements"], &query).await?;
            let is_empty = page.entitlements.is_empty();
            all.extend(page.entitlements);
            match page.next {
                // An empty page that promises more would never end.
                Some(next) if !is_empty => cursor = Some(next),
                _ => return Ok(all),
            }
        }
    }

    /// At most `limit` grants of a scope (`mine`, `inbox`, `reviews`, `overseen`), newest first, over as many pages as
    /// needed.
    pub(crate) async fn grants(&self, scope: &str, limit: usize) -> Result<Vec<Grant>, Error> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        while all.len() < limit {
            let page_size = (limit - all.len()).min(PAGE).to_string();
            let mut query = vec![("scope", scope), ("limit", page_size.as_str())];
            query.extend(cursor.as_deref().map(|text| ("cursor", text)));
            let page: Grants = self.get(&["api", "v1", "grants"], &query).await?;
            let is_empty = page.grants.is_empty();
            all.extend(page.grants);
            match page.next {
                Some(next) if !is_empty => cursor = Some(next),
                _ => break,
            }
        }
        all.truncate(limit);
        Ok(all)
    }

    /// One grant.
    pub(crate) async fn grant(&self, id: &str) -> Result<Grant, Error> {
        self.get(&["api", "v1", "grants", id], &[]).await
    }

    /// Asks, or gives.
    pub(crate) async fn create_grant(&self, wish: &CreateGrant) -> Result<Grant, Error> {
        self.post(&["api", "v1", "grants"], wish, Some(&random_name()))
            .await
    }

    /// What asking would come to.
    pub(crate) async fn explain(&self, wish: &CreateGrant) -> Result<Explanation, Error> {
        self.post(&["api", "v1", "grants:explain"], wish, None)
            .await
    }

    /// Asks for more time.
    pub(crate) async fn extend(&self, id: &str, extend: &Extend) -> Result<Grant, Error> {
        self.verb(id, "extend", extend, Some(&random_name())).await
    }

    /// Says yes, no, or ends it: `approve`, `deny`, `withdraw`, `revoke`.
    pub(crate) async fn decide(
        &self,
        id: &str,
        verb: &str,
        decide: &Decide,
    ) -> Result<Grant, Error> {
        self.verb(id, verb, decide, None).await
    }

    /// Gives the review that an emergency owes.
    pub(crate) async fn review(&self, id: &str, review: &GiveReview) -> Result<Grant, Error> {
        self.verb(id, "review", review, None).await
    }

    /// A token of a service account that a grant lets its beneficiary act as.
    pub(crate) async fn token(&self, id: &str, ask: &MintToken) -> Result<Token, Error> {
        match self.verb(id, "token", ask, None).await {
            // What was wrong with it may quote it, and so the token.
            Err(Error::Protocol { server, .. }) => Err(Error::Protocol {
                server,
                why: "it is not a token with its end".into(),
            }),
            answer => answer,
        }
    }

    async fn verb<B: Serialize, T: DeserializeOwned>(
        &self,
        id: &str,
        verb: &str,
        body: &B,
        key: Option<&str>,
    ) -> Result<T, Error> {
        self.post(&["api", "v1", "grants", &format!("{id}:{verb}")], body, key)
            .await
    }
}
