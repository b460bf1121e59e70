//! Sign-in of people: authorization code flow with PKCE.

mod id_token;
mod lending;
mod token_request;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use openidconnect::core::{CoreAuthPrompt, CoreAuthenticationFlow, CoreClient};
use openidconnect::{
    ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl,
    LoginHint, Nonce, PkceCodeChallenge, RedirectUrl, Scope,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

pub use lending::LentToken;
use token_request::Tokens;

use crate::back_channel::BackChannel;
use crate::error::{Error, quoted};
use crate::last_good::LastGood;
use crate::pending::{LoginStart, PENDING_LIFETIME, PendingLogin};
use crate::provider::{self, Provider};
use crate::spent::SpentStates;

/// How much chance is in a state and a nonce, in bytes: 256 bits.
const RANDOM_BYTES: u32 = 32;

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Settings of the sign-in.
#[derive(Clone)]
pub struct LoginConfig {
    /// Exactly the provider's issuer, for example `https://accounts.google.com`.
    pub issuer: String,
    /// The client registered at the provider.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: SecretString,
    /// Domains whose accounts may sign in, compared with the `hd` claim without regard to ASCII case. Empty: nobody.
    pub allowed_domains: Vec<String>,
    /// Where the provider sends the browser back to, as registered. Never taken from a request.
    pub redirect_uri: Url,
    /// Accept an http issuer on a loopback IP address: for the sandbox only.
    pub allow_loopback_http: bool,
    /// Where the time comes from.
    pub clock: Clock,
}

impl fmt::Debug for LoginConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoginConfig")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("allowed_domains", &self.allowed_domains)
            .field("redirect_uri", &self.redirect_uri.as_str())
            .field("allow_loopback_http", &self.allow_loopback_http)
            .finish_non_exhaustive()
    }
}

/// How to begin a sign-in.
#[derive(Debug, Clone, Default)]
pub struct BeginOptions {
    /// Whom to suggest at the provider.
    pub login_hint: Option<String>,
    /// One more scope than a sign-in needs, for an access token that [`RelyingParty::finish_lending`] hands over.
    pub lend: Option<String>,
    /// Do not let the provider ask the person anything; it then declines with `login_required` and its like.
    pub prompt_none: bool,
}

/// The query of the redirect back from the provider, as it came.
#[derive(Clone, Default, Deserialize)]
pub struct Callback {
    /// Which sign-in this answers.
    pub state: Option<String>,
    /// The authorization code.
    pub code: Option<String>,
    /// The issuer, from providers that follow RFC 9207.
    pub iss: Option<String>,
    /// Instead of a code: why there is none.
    pub error: Option<String>,
    /// The provider's words on that.
    pub error_description: Option<String>,
}

impl fmt::Debug for Callback {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Callback")
            .field("has_code", &self.code.is_some())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// A person who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The provider. With `subject`, the key of the account.
    pub issuer: String,
    /// The account's id at the provider; unlike the address it never passes to somebody else.
    pub subject: String,
    /// The verified address, in lower case.
    pub email: String,
    /// The organisation that owns the account, in lower case. Always one of the allowed domains.
    pub hosted_domain: Option<String>,
    /// What the person calls themselves: free text, to be escaped, and no proof of anything.
    pub name: Option<String>,
    /// When the person last proved who they are, if the provider says so.
    pub auth_time: Option<Timestamp>,
}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// This server in its role towards the identity provider.
pub struct RelyingParty {
    config: LoginConfig,
    issuer: IssuerUrl,
    channel: BackChannel,
    provider: LastGood<Provider>,
    spent: SpentStates,
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RelyingParty")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl RelyingParty {
    /// Takes the settings; asks the provider nothing yet, so it works while the provider is down.
    pub fn new(mut config: LoginConfig) -> Result<Self, Error> {
        if config.client_id.is_empty() {
            return Err(Error::EmptySetting {
                what: "login.client_id",
            });
        }
        for domain in &mut config.allowed_domains {
            domain.make_ascii_lowercase();
            if domain.is_empty() {
                return Err(Error::EmptySetting {
                    what: "login.allowed_domains",
                });
            }
        }
        let issuer = IssuerUrl::new(config.issuer.clone()).map_err(|source| Error::BadAddress {
            what: "login.issuer",
            source,
        })?;
        let channel = BackChannel::new(config.allow_loopback_http)?;
        channel.admit(issuer.url())?;
        Ok(Self {
            provider: LastGood::empty(&config.issuer),
            spent: SpentStates::default(),
            config,
            issuer,
            channel,
        })
    }

    /// Sets how long the provider may take for one answer; 10 seconds if this is not called.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.channel.set_timeout(timeout);
        self
    }

    /// Makes sure that the provider's metadata and keys are at hand: for a health check or `doctor`.
    pub async fn discover(&self) -> Result<(), Error> {
        self.provider().await.map(|_| ())
    }

    /// Begins a sign-in.
    pub async fn begin(&self, options: BeginOptions) -> Result<LoginStart, Error> {
        if self.config.allowed_domains.is_empty() {
            return Err(Error::NobodyMaySignIn);
        }
        let provider = self.provider().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client(&provider);
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new_random_len(RANDOM_BYTES),
                || Nonce::new_random_len(RANDOM_BYTES),
            )
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge);
        // Google's parameter: it only preselects accounts. Who may come in is decided on the claim.
        if let [domain] = self.config.allowed_domains.as_slice() {
            request = request.add_extra_param("hd", domain.clone());
        }
        if let Some(scope) = options.lend {
            request = request.add_scope(Scope::new(scope));
        }
        if let Some(hint) = options.login_hint {
            request = request.set_login_hint(LoginHint::new(hint));
        }
        if options.prompt_none {
            request = request.add_prompt(CoreAuthPrompt::None);
        }
        let (url, state, nonce) = request.url();
        let now = (self.config.clock)();
        Ok(LoginStart {
            url,
            pending: PendingLogin {
                state: state.into_secret().into(),
                nonce: nonce.secret().clone().into(),
                verifier: verifier.into_secret().into(),
                expires_at: now.checked_add(PENDING_LIFETIME).unwrap_or(Timestamp::MAX),
            },
        })
    }

    /// Finishes a sign-in with the provider's `callback`.
    ///
    /// `pending` must be the one bound to this browser, removed from its store. It is used up, whatever the outcome.
    pub async fn finish(
        &self,
        pending: PendingLogin,
        callback: Callback,
    ) -> Result<SignedIn, Error> {
        self.redeem(pending, callback)
            .await
            .map(|(signed_in, _)| signed_in)
    }

    /// Spends the sign-in: who it is, and what the provider handed over.
    async fn redeem(
        &self,
        pending: PendingLogin,
        callback: Callback,
    ) -> Result<(SignedIn, Tokens), Error> {
        let now = (self.config.clock)();
        if pending.expires_at <= now {
            return Err(Error::LoginExpired);
        }
        // The state first: until it fits, nothing else in the callback is known to concern this browser.
        if !callback
            .state
            .is_some_and(|state| pending.has_state(&state))
        {
            return Err(Error::WrongState);
        }
        if !self
            .spent
            .spend(pending.state.expose_secret(), pending.expires_at, now)
        {
            return Err(Error::LoginSpent);
        }
        if let Some(found) = callback.iss.as_deref()
            && found != self.config.issuer
        {
            return Err(Error::WrongIssuer {
                found: quoted(found),
            });
        }
        if let Some(code) = callback.error.as_deref() {
            return Err(declined(code, callback.error_description.as_deref()));
        }
        let code = callback
            .code
            .filter(|code| !code.is_empty())
            .ok_or(Error::MissingCode)?;
        let provider = self.provider().await?;
        if callback.iss.is_none()
            && provider
                .additional_metadata()
                .authorization_response_iss_parameter_supported
        {
            return Err(Error::WrongIssuer {
                found: "(none)".to_owned(),
            });
        }
        let tokens = self.exchange(&provider, code, pending.verifier).await?;
        let signed_in = self
            .verify(provider, &tokens.id_token, &pending.nonce, now)
            .await?;
        Ok((signed_in, tokens))
    }

    async fn provider(&self) -> Result<Arc<Provider>, Error> {
        let now = (self.config.clock)();
        self.provider
            .current(now, provider::fetch(&self.channel, &self.issuer))
            .await
    }

    fn client(&self, provider: &Provider) -> Client {
        CoreClient::from_provider_metadata(
            provider.clone(),
            ClientId::new(self.config.client_id.clone()),
            Some(ClientSecret::new(
                self.config.client_secret.expose_secret().to_owned(),
            )),
        )
        .set_redirect_uri(RedirectUrl::from_url(self.config.redirect_uri.clone()))
    }
}

fn declined(code: &str, description: Option<&str>) -> Error {
    Error::ProviderDeclined {
        code: quoted(code),
        description: description.map_or_else(String::new, |text| format!(": {}", quoted(text))),
    }
}
