//! A sign-in that also lends the person's own access token.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::token_request::Tokens;
use super::{Callback, RelyingParty, SignedIn};
use crate::back_channel::address;
use crate::claims::Claims;
use crate::error::Error;
use crate::pending::PendingLogin;

/// Longest time that a token is believed to live: Google's live one hour.
const LONGEST_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// Bytes of the SHA-256 that `at_hash` holds: the left half (OpenID Connect Core 1.0, 3.1.3.6), for each of the
/// algorithms that are taken here.
const HALF: usize = 16;

/// An access token of the person who signed in. It cannot be cloned by accident, and `Debug` shows nothing of it.
pub struct LentToken {
    /// The token.
    pub secret: SecretString,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl fmt::Debug for LentToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LentToken")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl RelyingParty {
    /// The same as [`finish`](Self::finish), and hands over the access token with the `scope` that
    /// [`BeginOptions::lend`](super::BeginOptions::lend) asked for. The ID token vouches for it: its `at_hash` must fit,
    /// so that a token of somebody else cannot be slipped in.
    pub async fn finish_lending(
        &self,
        pending: PendingLogin,
        callback: Callback,
        scope: &str,
    ) -> Result<(SignedIn, LentToken), Error> {
        let (signed_in, tokens) = self.redeem(pending, callback).await?;
        let lent = lent(tokens, scope, (self.config.clock)())?;
        Ok((signed_in, lent))
    }

    /// Gives a lent token back, so that nobody can use it any more (RFC 7009). A provider that takes none back is left
    /// alone: the token ends by itself.
    pub async fn give_back(&self, token: &SecretString) -> Result<(), Error> {
        let provider = self.provider().await?;
        let Some(endpoint) = &provider.additional_metadata().revocation_endpoint else {
            return Ok(());
        };
        let url = address("revocation_endpoint", endpoint)?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token.expose_secret())
            .finish();
        let request = http::Request::post(url.as_str())
            .header(
                http::header::CONTENT_TYPE,
                "application/x-www-form-urlencoded",
            )
            .body(form.into_bytes())
            .map_err(|error| Error::not_understood(&url, error))?;
        let response = self.channel.send(request).await?;
        if response.status() == http::StatusCode::OK {
            Ok(())
        } else {
            Err(Error::UnexpectedStatus {
                status: response.status().as_u16(),
                url,
            })
        }
    }
}

fn lent(tokens: Tokens, scope: &str, now: Timestamp) -> Result<LentToken, Error> {
    let granted = tokens.scope.as_deref();
    if granted.is_some_and(|granted| !granted.split(' ').any(|one| one == scope)) {
        return Err(Error::ScopeNotGranted);
    }
    let (Some(secret), Some(seconds)) = (tokens.access_token, tokens.expires_in) else {
        return Err(Error::MissingAccessToken);
    };
    let vouched = Claims::read(tokens.id_token.expose_secret())?.access_token_hash;
    let digest = Sha256::digest(secret.expose_secret().as_bytes());
    let own = URL_SAFE_NO_PAD.encode(&digest[..HALF]);
    let fits = vouched.is_some_and(|vouched| own.as_bytes().ct_eq(vouched.as_bytes()).into());
    if !fits {
        return Err(Error::WrongAccessToken);
    }
    let lifetime = SignedDuration::from_secs(seconds.max(0)).min(LONGEST_LIFETIME);
    let expires_at = now.checked_add(lifetime).unwrap_or(now);
    Ok(LentToken { secret, expires_at })
}
