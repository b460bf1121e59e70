//! The form of opaque tokens: random bytes as text, and what is stored of them.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

/// Bytes as text that fits a cookie, a header and a URL.
pub fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// SHA-256 of a token. A random token needs no salt: nobody can guess 256 bits.
pub fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
