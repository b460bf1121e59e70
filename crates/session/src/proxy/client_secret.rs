//! How a client shows that it belongs to the session: `Proxy-Authorization: Basic`, which every tool sends that is
//! given `http://daypass:SECRET@127.0.0.1:PORT` as its proxy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use super::Error;

/// The user name beside the secret.
pub const USER: &str = "daypass";

/// Lengths of a secret, in characters: at 6 bits each, nobody guesses the shortest.
const LENGTHS: std::ops::RangeInclusive<usize> = 32..=128;

pub(super) struct ClientSecret(SecretString);

impl ClientSecret {
    pub(super) fn new(secret: &SecretString) -> Result<Self, Error> {
        let secret = secret.expose_secret();
        let fits_into_addresses = secret
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !fits_into_addresses || !LENGTHS.contains(&secret.len()) {
            return Err(Error::Secret);
        }
        Ok(Self(format!("{USER}:{secret}").into()))
    }

    /// Whether the client showed the secret, once and rightly. The comparison takes as long for a wrong secret as for
    /// the right one.
    pub(super) fn is_shown_in(&self, headers: &HeaderMap) -> bool {
        let mut shown = headers.get_all(header::PROXY_AUTHORIZATION).iter();
        let (Some(only), None) = (shown.next(), shown.next()) else {
            return false;
        };
        let Some((scheme, credentials)) = only.to_str().ok().and_then(|text| text.split_once(' '))
        else {
            return false;
        };
        let Ok(credentials) = STANDARD.decode(credentials.trim_matches(' ')) else {
            return false;
        };
        let expected = self.0.expose_secret().as_bytes();
        scheme.eq_ignore_ascii_case("basic") && bool::from(credentials.ct_eq(expected))
    }
}
