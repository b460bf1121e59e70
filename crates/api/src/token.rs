use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks for a token of a service account (`POST grants/{id}:token`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MintToken {
    /// The account; absent: the only one that the grant lets its beneficiary act as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// How long it shall live, such as `10m`; absent: ten minutes. It never lives longer than the entitlement allows, nor
    /// past the end of the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<String>,
}

// `Debug` is written by hand: it shows nothing of the token.
/// A token of a service account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// The OAuth 2.0 access token.
    pub access_token: String,
    /// When Google ceases to take it, as Google said.
    pub expires_at: String,
    /// The account that it acts as.
    pub service_account: String,
    /// When the grant ends: there is no token of it that lives longer.
    pub grant_ends_at: String,
    /// What to send along with each request made with it, as `X-Goog-Request-Reason`: Google's audit log is joined to
    /// Daypass's by the grant's id in it.
    pub request_reason: String,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("service_account", &self.service_account)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_not_shown() {
        let token = Token {
            access_token: "canary-8f2a".into(),
            expires_at: "2026-12-01T12:10:00Z".into(),
            service_account: "deployer@acme-prod.iam.gserviceaccount.com".into(),
            grant_ends_at: "2026-12-01T13:00:00Z".into(),
            request_reason: "daypass: because".into(),
        };
        let shown = format!("{token:?} {token:#?}");
        assert!(
            shown.contains("deployer@") && !shown.contains("canary"),
            "{shown}"
        );
    }
}
