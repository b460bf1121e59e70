//! The key of a service account that Google holds: it signs, and others verify.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

use crate::error::Error;

pub(crate) struct AccountKey {
    key: EncodingKey,
    pub(crate) id: String,
    /// As a JSON Web Key.
    pub(crate) jwk: Value,
    /// The public key alone.
    pub(crate) public_pem: String,
    /// The public key in a certificate that it signed itself.
    pub(crate) certificate_pem: String,
}

fn failed(error: &impl ToString) -> Error {
    Error::Keys(error.to_string())
}

impl AccountKey {
    pub(crate) fn generate(email: &str) -> Result<Self, Error> {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
            .map_err(|error| failed(&error))?;
        let key = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes())
            .map_err(|error| failed(&error))?;
        let id = format!("{:040x}", crate::random::random::<u128>());
        let jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(|error| failed(&error))?;
        let mut jwk = serde_json::to_value(jwk).map_err(|error| failed(&error))?;
        jwk["kid"] = json!(id);
        jwk["use"] = json!("sig");
        jwk["alg"] = json!("RS256");
        let mut parameters = CertificateParams::new(Vec::new()).map_err(|error| failed(&error))?;
        parameters
            .distinguished_name
            .push(DnType::CommonName, email);
        let certificate = parameters
            .self_signed(&pair)
            .map_err(|error| failed(&error))?;
        Ok(Self {
            key,
            id,
            jwk,
            public_pem: pair.public_key_pem(),
            certificate_pem: certificate.pem(),
        })
    }

    /// A JWT with RS256.
    pub(crate) fn sign_jwt(&self, claims: &Value) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.id.clone());
        jsonwebtoken::encode(&header, claims, &self.key).map_err(|error| failed(&error))
    }

    /// The signature of any bytes (RSASSA-PKCS1-v1_5 with SHA-256), in base64.
    pub(crate) fn sign_blob(&self, bytes: &[u8]) -> Result<String, Error> {
        let signature = jsonwebtoken::crypto::sign(bytes, &self.key, Algorithm::RS256)
            .map_err(|error| failed(&error))?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|error| failed(&error))?;
        Ok(STANDARD.encode(signature))
    }
}
