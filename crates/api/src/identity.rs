use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who the caller is (`GET me`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Identity {
    /// The address.
    pub email: String,
    /// The name to show.
    pub name: String,
    /// The issuer that vouched for it.
    pub issuer: String,
    /// The groups that the caller is in.
    pub groups: Vec<String>,
    /// When the session ends; absent for machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Whether the server works on a sandbox.
    pub sandbox: bool,
}

/// Trades the code that the browser brought back for a session (`POST sessions`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The code: used once, within two minutes.
    pub code: String,
    /// The PKCE verifier (RFC 7636) of the challenge that the sign-in began with.
    pub verifier: String,
}

/// A session for the command. The token is opaque, revocable, and shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// The token, for `Authorization: Bearer`.
    pub token: String,
    /// When it ends.
    pub expires_at: String,
    /// Who signed in.
    pub email: String,
}
