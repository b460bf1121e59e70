//! Why somebody was not let in, and what to do about it.

use std::error::Error as StdError;

use url::Url;

type BoxError = Box<dyn StdError + Send + Sync>;

/// Everything that can go wrong at either door. The message says what happened, [`Error::hint`] what to do now.
///
/// Text that came from outside is escaped to ASCII and cut short; secrets and tokens never appear.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A configured address is not an address.
    #[error("the {what} is not a valid address")]
    BadAddress {
        /// Which setting.
        what: &'static str,
        /// What the parser said.
        #[source]
        source: url::ParseError,
    },
    /// A setting is empty that must not be.
    #[error("the setting {what} is empty")]
    EmptySetting {
        /// Which setting.
        what: &'static str,
    },
    /// An address is neither https nor an allowed http address on loopback.
    #[error("{url} is not https")]
    InsecureAddress {
        /// The address.
        url: Url,
    },
    /// The HTTP client could not be built.
    #[error("cannot set up the connection to identity providers")]
    ClientSetup(#[source] reqwest::Error),

    /// The provider does not answer.
    #[error("cannot reach the identity provider at {url}")]
    Unreachable {
        /// What was asked.
        url: Url,
        /// What the network said.
        #[source]
        source: reqwest::Error,
    },
    /// The provider took too long.
    #[error("the identity provider did not answer in time at {url}")]
    TimedOut {
        /// What was asked.
        url: Url,
        /// What the network said.
        #[source]
        source: reqwest::Error,
    },
    /// The provider failed a moment ago and is not asked again yet.
    #[error("the identity provider {issuer} failed a moment ago: {reason}")]
    ProviderDown {
        /// Which provider.
        issuer: String,
        /// The failure then.
        reason: String,
    },
    /// The provider answered a server-to-server request with a redirect, which is never followed.
    #[error("the identity provider answered {status} with a redirect at {url}")]
    Redirected {
        /// What was asked.
        url: Url,
        /// The HTTP status.
        status: u16,
    },
    /// The provider answered with an unexpected HTTP status.
    #[error("the identity provider answered {status} at {url}")]
    UnexpectedStatus {
        /// What was asked.
        url: Url,
        /// The HTTP status.
        status: u16,
    },
    /// The provider's answer is larger than any honest one.
    #[error("the identity provider's answer at {url} is larger than {limit} bytes")]
    BodyTooLarge {
        /// What was asked.
        url: Url,
        /// The limit in bytes.
        limit: usize,
    },
    /// The provider's answer is not what the protocol says.
    #[error("the identity provider's answer at {url} is not understood")]
    NotUnderstood {
        /// What was asked.
        url: Url,
        /// What was wrong with it.
        #[source]
        source: BoxError,
    },
    /// The discovery document speaks for another issuer.
    #[error("the discovery document of {expected} is another issuer's")]
    IssuerMismatch {
        /// The configured issuer.
        expected: String,
    },

    /// No domain is allowed, so nobody may sign in.
    #[error("no domain may sign in: the list of allowed domains is empty")]
    NobodyMaySignIn,
    /// The sign-in was begun too long ago.
    #[error("this sign-in was begun too long ago")]
    LoginExpired,
    /// The sign-in was finished before.
    #[error("this sign-in was used before")]
    LoginSpent,
    /// The callback belongs to another sign-in.
    #[error("the provider's answer belongs to another sign-in (state)")]
    WrongState,
    /// A stored sign-in cannot be read.
    #[error("the stored sign-in cannot be read")]
    BadPendingLogin,
    /// The provider said no.
    #[error("the identity provider declined: {code}{description}")]
    ProviderDeclined {
        /// The protocol's error code, such as `access_denied`, `login_required` or `invalid_grant`.
        code: String,
        /// The provider's words, with a leading separator; empty if it gave none.
        description: String,
    },
    /// The callback carries neither a code nor an error.
    #[error("the provider's answer carries no code")]
    MissingCode,
    /// The token endpoint gave no ID token.
    #[error("the identity provider gave no ID token")]
    MissingIdToken,
    /// The token endpoint gave no access token, or one without an end, where one is to be lent.
    #[error("the identity provider gave no access token that ends")]
    MissingAccessToken,
    /// The access token is not the one that the ID token vouches for.
    #[error("the access token does not belong to this sign-in")]
    WrongAccessToken,
    /// The person did not allow what was asked for.
    #[error("the permission to act with your own rights was not given")]
    ScopeNotGranted,

    /// The token is larger than any honest one.
    #[error("the token is larger than {limit} bytes")]
    TokenTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The token is not a signed JWT.
    #[error("the token is not a signed JWT: {reason}")]
    MalformedToken {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The token names a member twice.
    #[error("the token names {name} twice")]
    DuplicateMember {
        /// The member.
        name: String,
    },
    /// The token's algorithm is not on our list.
    #[error("the token's algorithm {algorithm} is not allowed")]
    AlgorithmNotAllowed {
        /// What the token says.
        algorithm: String,
    },
    /// The token does not say which key signed it.
    #[error("the token names no key (kid)")]
    MissingKeyId,
    /// The issuer has no such key.
    #[error("the issuer has no key {key_id}")]
    UnknownKey {
        /// What the token says.
        key_id: String,
    },
    /// The issuer's key is not one for this algorithm, or the id is not unique.
    #[error("the issuer's key {key_id} is not for signatures of this kind")]
    UnusableKey {
        /// What the token says.
        key_id: String,
    },
    /// The signature is not the key's.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// A claim is missing.
    #[error("the token has no claim {claim}")]
    MissingClaim {
        /// Which one.
        claim: &'static str,
    },
    /// A claim has the wrong type or form.
    #[error("the token's claim {claim} is malformed")]
    InvalidClaim {
        /// Which one.
        claim: &'static str,
    },
    /// The token, or the callback, comes from an issuer that is not the expected one.
    #[error("the issuer {found} is not trusted here")]
    WrongIssuer {
        /// What it says.
        found: String,
    },
    /// The token is for somebody else.
    #[error("the token is for another audience")]
    WrongAudience,
    /// The token was issued to another client.
    #[error("the token was issued to another client (azp)")]
    WrongAuthorizedParty,
    /// The token is from another sign-in.
    #[error("the token belongs to another sign-in (nonce)")]
    WrongNonce,
    /// The token has expired.
    #[error("the token has expired")]
    Expired,
    /// The token is not valid yet.
    #[error("the token is not valid yet (nbf)")]
    NotYetValid,
    /// The token was issued in the future.
    #[error("the token was issued in the future (iat)")]
    IssuedInFuture,
    /// The token lives longer than we accept.
    #[error("the token lives longer than {limit_hours} hours")]
    LifetimeTooLong {
        /// The limit.
        limit_hours: i64,
    },
    /// The address is not one.
    #[error("the token's e-mail address is malformed")]
    EmailMalformed,
    /// The provider has not verified the address.
    #[error("the provider has not verified the e-mail address")]
    EmailNotVerified,
    /// A consumer account: it belongs to no organisation.
    #[error("this is a private account: it belongs to no organisation (no hd claim)")]
    NoHostedDomain,
    /// The account's organisation may not sign in.
    #[error("accounts of {domain} may not sign in here")]
    DomainNotAllowed {
        /// The account's hosted domain.
        domain: String,
    },
    /// The machine account is not listed.
    #[error("the account {email} is not listed for this issuer and audience")]
    AccountNotListed {
        /// The account.
        email: String,
    },
}

impl Error {
    /// The next step, for whoever must take it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::BadAddress { .. } | Self::EmptySetting { .. } => {
                "Correct the setting and start again."
            }
            Self::InsecureAddress { .. } => {
                "Use an https address. http is accepted on a loopback IP address only, and only when loopback is allowed."
            }
            Self::ClientSetup(_) => "Check the machine's certificate store and proxy settings.",
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::ProviderDown { .. } => {
                "Try again in a minute. If it lasts, check the provider's status and this server's way out."
            }
            Self::Redirected { .. }
            | Self::UnexpectedStatus { .. }
            | Self::BodyTooLarge { .. }
            | Self::NotUnderstood { .. }
            | Self::IssuerMismatch { .. } => {
                "Check that the issuer setting is exactly the provider's, without a trailing slash that it does not have."
            }
            Self::NobodyMaySignIn => {
                "List your organisation's domains under login.allowed_domains."
            }
            Self::LoginExpired
            | Self::LoginSpent
            | Self::WrongState
            | Self::BadPendingLogin
            | Self::MissingCode
            | Self::WrongNonce => "Begin the sign-in again, in one tab.",
            Self::ProviderDeclined { .. } => {
                "Begin the sign-in again. If it is declined each time, check the client id, its secret and the redirect address at the provider."
            }
            Self::MissingIdToken => "Check that the client may use the scope openid.",
            Self::MissingAccessToken | Self::WrongAccessToken => {
                "Begin again. If it stays, the provider cannot lend people's own rights."
            }
            Self::ScopeNotGranted => {
                "Begin again, and leave the box ticked when the provider asks whether Daypass may manage your data at Google Cloud."
            }
            Self::Expired | Self::NotYetValid | Self::IssuedInFuture => {
                "Get a new token. If new ones fail too, one of the clocks is wrong."
            }
            Self::LifetimeTooLong { .. } => "Get a token with a shorter life.",
            Self::WrongAudience => "Ask for a token whose audience is exactly the configured one.",
            Self::AccountNotListed { .. } => {
                "List the account under machines.accounts, or use a listed one."
            }
            Self::NoHostedDomain => "Sign in with the account that your organisation gave you.",
            Self::DomainNotAllowed { .. } => {
                "Sign in with an account of an allowed domain, or have the domain added to login.allowed_domains."
            }
            Self::EmailNotVerified | Self::EmailMalformed => {
                "Have the address of the account verified at the provider."
            }
            Self::MissingClaim { claim } if claim.starts_with("email") => {
                "Ask for the e-mail address too: scope email, or --include-email with gcloud auth print-identity-token."
            }
            Self::TokenTooLarge { .. }
            | Self::MalformedToken { .. }
            | Self::DuplicateMember { .. }
            | Self::AlgorithmNotAllowed { .. }
            | Self::MissingKeyId
            | Self::UnknownKey { .. }
            | Self::UnusableKey { .. }
            | Self::BadSignature
            | Self::MissingClaim { .. }
            | Self::InvalidClaim { .. }
            | Self::WrongIssuer { .. }
            | Self::WrongAuthorizedParty => {
                "Send a fresh ID token of the configured issuer, unchanged."
            }
        }
    }

    /// Whether the provider or the network is at fault, so that trying again may help.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::ProviderDown { .. }
                | Self::UnexpectedStatus { .. }
                | Self::Redirected { .. }
                | Self::BodyTooLarge { .. }
                | Self::NotUnderstood { .. }
                | Self::IssuerMismatch { .. }
        )
    }

    /// Whether a setting of this server must be corrected.
    #[must_use]
    pub fn is_misconfiguration(&self) -> bool {
        matches!(
            self,
            Self::BadAddress { .. }
                | Self::EmptySetting { .. }
                | Self::InsecureAddress { .. }
                | Self::ClientSetup(_)
                | Self::NobodyMaySignIn
        )
    }

    pub(crate) fn not_understood(url: &Url, source: impl Into<BoxError>) -> Self {
        Self::NotUnderstood {
            url: url.clone(),
            source: source.into(),
        }
    }
}

/// How much of a stranger's text is worth repeating, in characters.
const QUOTE_LIMIT: usize = 120;

/// A stranger's text, made safe for a terminal, a log line and a page: ASCII, escaped, short.
pub(crate) fn quoted(text: &str) -> String {
    text.chars()
        .take(QUOTE_LIMIT)
        .flat_map(char::escape_default)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_strangers_text_is_escaped_and_cut() {
        assert_eq!(quoted("a\n\u{202e}b"), "a\\n\\u{202e}b");
        assert_eq!(quoted(&"x".repeat(500)).len(), 120);
    }
}
