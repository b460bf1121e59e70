//! The keys of an issuer of machine tokens.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use url::Url;

use crate::back_channel::BackChannel;
use crate::envelope::SignatureAlgorithm;
use crate::error::{Error, quoted};
use crate::provider::discovery_address;

/// A key set as fetched. Keys that we cannot read are left out, so that one exotic key does not lock everybody out.
#[derive(Debug)]
pub(crate) struct KeySet {
    keys: Vec<Jwk>,
}

impl KeySet {
    /// Fetches the discovery document of `issuer`, then the key set that it names.
    pub(crate) async fn fetch(channel: &BackChannel, issuer: &str) -> Result<Self, Error> {
        let url = discovery_address(issuer)?;
        let document = channel.json(&url).await?;
        if document.get("issuer").and_then(Value::as_str) != Some(issuer) {
            return Err(Error::IssuerMismatch {
                expected: issuer.to_owned(),
            });
        }
        let jwks_uri = document
            .get("jwks_uri")
            .and_then(Value::as_str)
            .and_then(|text| Url::parse(text).ok())
            .ok_or_else(|| Error::not_understood(&url, "it names no jwks_uri"))?;
        let Value::Object(mut set) = channel.json(&jwks_uri).await? else {
            return Err(Error::not_understood(&jwks_uri, "it is not a key set"));
        };
        let Some(Value::Array(keys)) = set.remove("keys") else {
            return Err(Error::not_understood(&jwks_uri, "it has no keys"));
        };
        Ok(Self {
            keys: keys
                .into_iter()
                .filter_map(|key| serde_json::from_value(key).ok())
                .collect(),
        })
    }

    pub(crate) fn has(&self, key_id: &str) -> bool {
        self.with_id(key_id).next().is_some()
    }

    /// The one key of this id, if it is for signatures of this algorithm.
    pub(crate) fn key(
        &self,
        key_id: &str,
        algorithm: SignatureAlgorithm,
    ) -> Result<DecodingKey, Error> {
        let mut matching = self.with_id(key_id);
        let key = matching.next().ok_or_else(|| Error::UnknownKey {
            key_id: quoted(key_id),
        })?;
        let unusable = || Error::UnusableKey {
            key_id: quoted(key_id),
        };
        if matching.next().is_some() || !is_for(key, algorithm) {
            return Err(unusable());
        }
        DecodingKey::from_jwk(key).map_err(|_| unusable())
    }

    fn with_id<'set>(&'set self, key_id: &'set str) -> impl Iterator<Item = &'set Jwk> {
        self.keys
            .iter()
            .filter(move |key| key.common.key_id.as_deref() == Some(key_id))
    }
}

impl From<SignatureAlgorithm> for Algorithm {
    fn from(algorithm: SignatureAlgorithm) -> Self {
        match algorithm {
            SignatureAlgorithm::Rs256 => Self::RS256,
            SignatureAlgorithm::Es256 => Self::ES256,
        }
    }
}

/// The kind of key decides, not the token: RS256 takes an RSA key, ES256 one on P-256, and either only if the issuer
/// has not set it aside for something else.
fn is_for(key: &Jwk, algorithm: SignatureAlgorithm) -> bool {
    let (kind_fits, name) = match (algorithm, &key.algorithm) {
        (SignatureAlgorithm::Rs256, AlgorithmParameters::RSA(_)) => (true, KeyAlgorithm::RS256),
        (SignatureAlgorithm::Es256, AlgorithmParameters::EllipticCurve(curve)) => {
            (curve.curve == EllipticCurve::P256, KeyAlgorithm::ES256)
        }
        _ => return false,
    };
    let use_fits = matches!(
        key.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    );
    let name_fits = key.common.key_algorithm.is_none_or(|named| named == name);
    kind_fits && use_fits && name_fits
}
