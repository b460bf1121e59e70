//! The provider's RSA key, and JWTs signed with it.

use std::sync::{Arc, OnceLock};

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

use crate::error::Error;

struct Signing {
    key: EncodingKey,
    key_id: String,
    jwk: Value,
}

/// The key, once it is there.
#[derive(Default)]
pub(super) struct Keys(OnceLock<Result<Signing, String>>);

impl Keys {
    pub(super) fn generate_in_background() -> Arc<Keys> {
        let keys = Arc::new(Keys::default());
        let generating = Arc::clone(&keys);
        // If the thread cannot start, the first use generates the key.
        let _ = std::thread::Builder::new()
            .name("sandbox-key".to_owned())
            .spawn(move || {
                let _ = generating.signing();
            });
        keys
    }

    fn signing(&self) -> Result<&Signing, Error> {
        self.0
            .get_or_init(generate)
            .as_ref()
            .map_err(|error| Error::Keys(error.clone()))
    }

    /// The JSON Web Key Set.
    pub(super) fn jwks(&self) -> Result<Value, Error> {
        Ok(json!({ "keys": [self.signing()?.jwk] }))
    }

    /// A JWT with RS256.
    pub(super) fn sign(&self, claims: &Value) -> Result<String, Error> {
        let signing = self.signing()?;
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(signing.key_id.clone());
        jsonwebtoken::encode(&header, claims, &signing.key)
            .map_err(|error| Error::Keys(error.to_string()))
    }

    /// A JWT with HS256 whose secret is the public key: what a verifier that trusts `alg` accepts.
    pub(super) fn sign_with_public_key(&self, claims: &Value) -> Result<String, Error> {
        let signing = self.signing()?;
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(signing.key_id.clone());
        let secret = signing.jwk["n"].as_str().unwrap_or_default().as_bytes();
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret))
            .map_err(|error| Error::Keys(error.to_string()))
    }

    /// A key of our own that the key set does not list, under the listed key's id.
    pub(super) fn sign_with_unknown_key(&self, claims: &Value) -> Result<String, Error> {
        let other = generate().map_err(Error::Keys)?;
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.signing()?.key_id.clone());
        jsonwebtoken::encode(&header, claims, &other.key)
            .map_err(|error| Error::Keys(error.to_string()))
    }
}

fn generate() -> Result<Signing, String> {
    let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
        .map_err(|error| error.to_string())?;
    let key = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes())
        .map_err(|error| error.to_string())?;
    let key_id = format!("{:032x}", crate::random::random::<u128>());
    let jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(|error| error.to_string())?;
    let mut jwk = serde_json::to_value(jwk).map_err(|error| error.to_string())?;
    jwk["kid"] = json!(key_id);
    jwk["use"] = json!("sig");
    jwk["alg"] = json!("RS256");
    Ok(Signing { key, key_id, jwk })
}
