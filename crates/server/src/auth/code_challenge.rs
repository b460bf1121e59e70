//! The proof that the terminal that began a sign-in is the one that ends it (RFC 7636, S256).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::failure::Failure;

/// Bounds of a verifier, in characters (RFC 7636, 4.1).
const VERIFIER_CHARACTERS: std::ops::RangeInclusive<usize> = 43..=128;

/// SHA-256 of a verifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeChallenge([u8; 32]);

impl CodeChallenge {
    /// Reads base64url without padding.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| {
            Failure::invalid("the challenge is not a SHA-256 in base64url")
                .hint("begin with 'daypass login'")
        })
    }
}

impl fmt::Display for CodeChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// Whether the verifier is the challenge's.
pub(crate) fn verifies(challenge: &CodeChallenge, verifier: &str) -> bool {
    let fits = VERIFIER_CHARACTERS.contains(&verifier.len());
    let digest: [u8; 32] = Sha256::digest(verifier.as_bytes()).into();
    fits && bool::from(digest.ct_eq(&challenge.0))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// The example of RFC 7636, appendix B.
    #[test]
    fn the_example_of_the_rfc() {
        let challenge =
            CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(verifies(
            &challenge,
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        ));
        assert!(!verifies(
            &challenge,
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK"
        ));
        assert!(!verifies(&challenge, ""));
    }
}
