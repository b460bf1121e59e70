//! The ID token is verified, and the person in it admitted or not.

use std::str::FromStr as _;
use std::sync::Arc;

use chrono::DateTime;
use jiff::Timestamp;
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJwsSigningAlgorithm};
use openidconnect::{ClaimsVerificationError, ClientId, Nonce, SignatureVerificationError};
use secrecy::{ExposeSecret as _, SecretString};

use super::{RelyingParty, SignedIn};
use crate::claims::{Claims, LEEWAY};
use crate::error::{Error, quoted};
use crate::provider::{self, Provider};

/// The algorithms of [`crate::envelope::SignatureAlgorithm`], in the library's terms.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 2] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
];

impl RelyingParty {
    pub(super) async fn verify(
        &self,
        mut provider: Arc<Provider>,
        token: &SecretString,
        nonce: &SecretString,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        let claims = Claims::read(token.expose_secret())?;
        claims.check_issuer(&self.config.issuer)?;
        if !provider::has_key(&provider, &claims.key_id) {
            provider = self
                .provider
                .renewed(now, provider::fetch(&self.channel, &self.issuer))
                .await?;
            if !provider::has_key(&provider, &claims.key_id) {
                return Err(Error::UnknownKey {
                    key_id: quoted(&claims.key_id),
                });
            }
        }
        self.check_with_library(&provider, token, nonce, now, &claims)?;
        claims.check_times(now)?;
        self.check_authorized_party(&claims)?;
        self.admit(claims)
    }

    /// Signature, issuer, audience, expiry and nonce, by the library. The verifier knows no client secret, so that a
    /// token "signed" with a shared secret cannot be valid.
    fn check_with_library(
        &self,
        provider: &Provider,
        token: &SecretString,
        nonce: &SecretString,
        now: Timestamp,
        claims: &Claims,
    ) -> Result<(), Error> {
        let id_token =
            CoreIdToken::from_str(token.expose_secret()).map_err(|_| Error::MalformedToken {
                reason: "it cannot be decoded",
            })?;
        let earliest = now.checked_sub(LEEWAY).unwrap_or(Timestamp::MIN);
        let time = DateTime::from_timestamp(earliest.as_second(), 0).unwrap_or_default();
        let verifier = CoreIdTokenVerifier::new_public_client(
            ClientId::new(self.config.client_id.clone()),
            self.issuer.clone(),
            provider.jwks().clone(),
        )
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || time)
        // Further audiences are taken if the token was issued to us: see `check_authorized_party`.
        .set_other_audience_verifier_fn(|_| true);
        id_token
            .claims(&verifier, &Nonce::new(nonce.expose_secret().to_owned()))
            .map(|_| ())
            .map_err(|error| refusal(error, claims))
    }

    /// OpenID Connect Core 1.0, 3.1.3.7, rules 4 and 5: `azp` must be us when it is there, and must be there when
    /// there are several audiences.
    fn check_authorized_party(&self, claims: &Claims) -> Result<(), Error> {
        match claims.authorized_party.as_deref() {
            Some(party) if party == self.config.client_id => Ok(()),
            None if claims.audiences.len() == 1 => Ok(()),
            _ => Err(Error::WrongAuthorizedParty),
        }
    }

    fn admit(&self, claims: Claims) -> Result<SignedIn, Error> {
        let email = claims.verified_email()?;
        if self.config.allowed_domains.is_empty() {
            return Err(Error::NobodyMaySignIn);
        }
        let domain = claims
            .hosted_domain
            .map(|domain| domain.to_ascii_lowercase())
            .ok_or(Error::NoHostedDomain)?;
        if !self.config.allowed_domains.contains(&domain) {
            return Err(Error::DomainNotAllowed {
                domain: quoted(&domain),
            });
        }
        Ok(SignedIn {
            issuer: claims.issuer,
            subject: claims.subject,
            email,
            hosted_domain: Some(domain),
            name: claims.name,
            auth_time: claims.auth_time,
        })
    }
}

/// The library's verdict in our words.
fn refusal(error: ClaimsVerificationError, claims: &Claims) -> Error {
    let unusable_key = || Error::UnusableKey {
        key_id: quoted(&claims.key_id),
    };
    match error {
        ClaimsVerificationError::Expired(_) => Error::Expired,
        ClaimsVerificationError::InvalidAudience(_) => Error::WrongAudience,
        ClaimsVerificationError::InvalidIssuer(_) => Error::WrongIssuer {
            found: quoted(&claims.issuer),
        },
        ClaimsVerificationError::InvalidNonce(_) => Error::WrongNonce,
        ClaimsVerificationError::SignatureVerification(error) => match error {
            SignatureVerificationError::CryptoError(_) => Error::BadSignature,
            // The key of this id is known to be there: it is not one for this algorithm.
            SignatureVerificationError::NoMatchingKey
            | SignatureVerificationError::AmbiguousKeyId(_)
            | SignatureVerificationError::InvalidKey(_) => unusable_key(),
            _ => Error::MalformedToken {
                reason: "it cannot be verified",
            },
        },
        _ => Error::MalformedToken {
            reason: "the library refuses it",
        },
    }
}
