use async_trait::async_trait;
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::reason::RequestReason;

use super::{AccessToken, IamError};

/// The scope that all of Google's APIs accept.
pub const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

/// The scope with which a token tells the account's address, which some clients ask for.
pub const USERINFO_EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";

/// Tokens of service accounts, minted by whoever may: the server's broker, or a person's own credentials.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// Mints one token (IAM Service Account Credentials API v1, `generateAccessToken`). A token that is minted and
    /// lost does no harm, so this may be repeated. The end in the answer is Google's own word.
    async fn mint(&self, wanted: &WantedToken) -> Result<AccessToken, IamError>;
}

/// A token that is to be minted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedToken {
    /// The account.
    pub account: Email,
    /// How long it is to live.
    pub lifetime: Duration,
    /// The OAuth scopes; usually [`CLOUD_PLATFORM`] and [`USERINFO_EMAIL`].
    pub scopes: Vec<String>,
    /// What Google's audit log shows beside it.
    pub reason: RequestReason,
}
