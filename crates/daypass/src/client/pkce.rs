//! Proof Key for Code Exchange (RFC 7636): whoever sees the code in the browser cannot use it without the verifier,
//! which never leaves this process.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::machine;

/// The secret half.
pub(crate) struct Verifier(SecretString);

impl Verifier {
    /// A fresh one: 256 random bits.
    pub(crate) fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(machine::random::<32>()).into())
    }

    /// The public half, method S256.
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.expose_secret().as_bytes()))
    }

    /// For the one request that trades the code.
    pub(crate) fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_example_of_the_standard() {
        let verifier = Verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        assert_eq!(
            verifier.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
        assert_eq!(Verifier::random().reveal().len(), 43);
    }
}
