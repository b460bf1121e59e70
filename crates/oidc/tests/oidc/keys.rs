//! The provider's signing keys, made once a run.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) struct Keys {
    first: RsaKeyPair,
    second: RsaKeyPair,
    curve: EcdsaKeyPair,
}

/// Who signs.
#[derive(Clone, Copy)]
pub(crate) enum Signer {
    First,
    Second,
    Curve,
    /// HMAC with the first key's public modulus as the secret: what a confused verifier would accept.
    PublicKeyAsSecret,
    Nobody,
}

pub(crate) fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys {
        first: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
        second: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
        curve: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
    })
}

impl Keys {
    pub(crate) fn sign(&self, signer: Signer, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let rsa = |key: &RsaKeyPair| {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                .unwrap();
            signature
        };
        match signer {
            Signer::First => rsa(&self.first),
            Signer::Second => rsa(&self.second),
            Signer::Curve => self.curve.sign(&random, message).unwrap().as_ref().to_vec(),
            Signer::PublicKeyAsSecret => {
                let modulus = self.first.public_key().as_ref();
                let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, modulus);
                aws_lc_rs::hmac::sign(&key, message).as_ref().to_vec()
            }
            Signer::Nobody => Vec::new(),
        }
    }

    /// What the provider publishes: three good keys and some that must not be used for signatures.
    pub(crate) fn published(&self) -> Vec<Value> {
        let first = rsa_jwk(&self.first);
        let with = |base: &Value, members: Value| {
            let mut key = base.clone();
            for (name, value) in members.as_object().unwrap() {
                key[name] = value.clone();
            }
            key
        };
        vec![
            with(
                &first,
                json!({"kid": "rsa-1", "use": "sig", "alg": "RS256"}),
            ),
            with(
                &rsa_jwk(&self.second),
                json!({"kid": "rsa-2", "use": "sig", "alg": "RS256"}),
            ),
            with(
                &curve_jwk(&self.curve),
                json!({"kid": "ec-1", "use": "sig", "alg": "ES256"}),
            ),
            with(&first, json!({"kid": "for-encryption", "use": "enc"})),
            with(
                &first,
                json!({"kid": "for-rs512", "use": "sig", "alg": "RS512"}),
            ),
            with(&first, json!({"kid": "twin", "use": "sig"})),
            with(&rsa_jwk(&self.second), json!({"kid": "twin", "use": "sig"})),
            json!({"kid": "shared", "kty": "oct", "k": base64url("secret")}),
            json!({"kid": "exotic", "kty": "new-kind", "value": 7}),
        ]
    }
}

fn rsa_jwk(key: &RsaKeyPair) -> Value {
    let public = key.public_key();
    json!({
        "kty": "RSA",
        "n": base64url(public.modulus().big_endian_without_leading_zero()),
        "e": base64url(public.exponent().big_endian_without_leading_zero()),
    })
}

fn curve_jwk(key: &EcdsaKeyPair) -> Value {
    // An uncompressed point: 0x04, 32 bytes of x, 32 bytes of y.
    let point = key.public_key().as_ref();
    json!({"kty": "EC", "crv": "P-256", "x": base64url(&point[1..33]), "y": base64url(&point[33..])})
}
