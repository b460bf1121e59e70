//! The authorization code is exchanged for an ID token.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use openidconnect::{
    AsyncHttpClient, AuthorizationCode, HttpRequest, HttpResponse, PkceCodeVerifier,
    RequestTokenError,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use super::{RelyingParty, declined};
use crate::back_channel::BackChannel;
use crate::claims::Claims;
use crate::error::Error;
use crate::provider::Provider;
use crate::strict_json::{self, Refused};

impl RelyingParty {
    /// Exchanges `code` and returns the tokens; the ID token is read strictly but not yet verified.
    pub(super) async fn exchange(
        &self,
        provider: &Provider,
        code: String,
        verifier: SecretString,
    ) -> Result<Tokens, Error> {
        let url = provider
            .token_endpoint()
            .map(|endpoint| endpoint.url().clone())
            .ok_or_else(|| {
                Error::not_understood(self.issuer.url(), "discovery names no token_endpoint")
            })?;
        let screened = Screened {
            channel: &self.channel,
            url: &url,
            tokens: Mutex::default(),
        };
        self.client(provider)
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| Error::not_understood(&url, error))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose_secret().to_owned()))
            .request_async(&screened)
            .await
            .map_err(|error| match error {
                RequestTokenError::Request(error) => error,
                RequestTokenError::ServerResponse(refusal) => declined(
                    refusal.error().as_ref(),
                    refusal.error_description().map(String::as_str),
                ),
                // The library's text may quote the reply, and with it a token: only the place is kept.
                RequestTokenError::Parse(error, _) => {
                    Error::not_understood(&url, format!("unexpected content at {}", error.path()))
                }
                RequestTokenError::Other(text) => Error::not_understood(&url, text),
            })?;
        screened
            .tokens
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .ok_or(Error::MissingIdToken)
    }
}

/// What the token endpoint answered (RFC 6749, 5.1).
pub(super) struct Tokens {
    pub(super) id_token: SecretString,
    pub(super) access_token: Option<SecretString>,
    /// In seconds.
    pub(super) expires_in: Option<i64>,
    /// None: just what was asked for.
    pub(super) scope: Option<String>,
}

/// The back channel, with the strict reading put before the library's own, which takes repeated members and stops at
/// the first odd claim without saying which.
struct Screened<'a> {
    channel: &'a BackChannel,
    url: &'a Url,
    tokens: Mutex<Option<Tokens>>,
}

impl Screened<'_> {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let response = self.channel.send(request).await?;
        if response.status() != http::StatusCode::OK {
            return Ok(response);
        }
        let reply = match strict_json::parse(response.body()) {
            Ok(reply) => reply,
            Err(Refused::Twice(_)) => {
                return Err(Error::not_understood(self.url, "a member appears twice"));
            }
            Err(Refused::NotJson(_)) => {
                return Err(Error::not_understood(self.url, "it is not JSON"));
            }
        };
        let Some(Value::String(token)) = reply.get("id_token") else {
            return Err(Error::MissingIdToken);
        };
        Claims::read(token)?;
        let text = |member: &str| reply.get(member).and_then(Value::as_str);
        *self.tokens.lock().unwrap_or_else(PoisonError::into_inner) = Some(Tokens {
            id_token: token.clone().into(),
            access_token: text("access_token").map(|token| token.to_owned().into()),
            expires_in: reply.get("expires_in").and_then(Value::as_i64),
            scope: text("scope").map(str::to_owned),
        });
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Screened<'_> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.exchange(request))
    }
}
