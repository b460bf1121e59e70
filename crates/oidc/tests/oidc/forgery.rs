//! A token that starts out good, to be bent.

use serde_json::{Map, Value, json};

use crate::keys::{Signer, base64url, keys};

pub(crate) struct Forgery {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    /// Text put right after the `{` of the claims, for what a map cannot hold.
    pub(crate) claims_prefix: String,
    pub(crate) header_prefix: String,
    pub(crate) signer: Signer,
    /// Applied to the finished token.
    pub(crate) finish: fn(String) -> String,
}

impl Forgery {
    pub(crate) fn of(claims: Value) -> Self {
        let object = |value: Value| value.as_object().unwrap().clone();
        Self {
            header: object(json!({"alg": "RS256", "typ": "JWT", "kid": "rsa-1"})),
            claims: object(claims),
            claims_prefix: String::new(),
            header_prefix: String::new(),
            signer: Signer::First,
            finish: |token| token,
        }
    }

    pub(crate) fn header(&mut self, name: &str, value: impl Into<Value>) {
        self.header.insert(name.to_owned(), value.into());
    }

    pub(crate) fn claim(&mut self, name: &str, value: impl Into<Value>) {
        self.claims.insert(name.to_owned(), value.into());
    }

    pub(crate) fn without(&mut self, claim: &str) {
        self.claims.shift_remove(claim).unwrap();
    }

    pub(crate) fn signed_by(&mut self, signer: Signer, algorithm: &str, key_id: &str) {
        self.signer = signer;
        self.header("alg", algorithm);
        self.header("kid", key_id);
    }

    pub(crate) fn token(&self) -> String {
        let text = |prefix: &str, map: &Map<String, Value>| {
            let body = Value::Object(map.clone()).to_string();
            base64url(format!("{{{prefix}{}", &body[1..]))
        };
        let signed = format!(
            "{}.{}",
            text(&self.header_prefix, &self.header),
            text(&self.claims_prefix, &self.claims)
        );
        let signature = base64url(keys().sign(self.signer, signed.as_bytes()));
        (self.finish)(format!("{signed}.{signature}"))
    }
}
