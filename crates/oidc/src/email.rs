//! The address of an account.

use crate::Error;

/// The longest address that mail can carry (RFC 5321, 4.5.3.1.3, less the angle brackets), in bytes.
const EMAIL_LIMIT: usize = 254;

/// Checks the form of `address` and returns it in ASCII lower case.
///
/// Exactly one `@`, with something on each side, and printable ASCII only: `a@evil@corp` and look-alike letters have
/// fooled others who compared by suffix or by sight.
pub(crate) fn normalised(address: &str) -> Result<String, Error> {
    let printable = address.bytes().all(|byte| byte.is_ascii_graphic());
    match address.split_once('@') {
        Some((local, domain))
            if printable
                && address.len() <= EMAIL_LIMIT
                && !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@') =>
        {
            Ok(address.to_ascii_lowercase())
        }
        _ => Err(Error::EmailMalformed),
    }
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn one_at_sign_and_plain_ascii() {
        assert_eq!(
            normalised("Alice@Example.COM").ok().as_deref(),
            Some("alice@example.com")
        );
        for bad in [
            "",
            "@",
            "a@",
            "@b",
            "a@evil@corp",
            "a b@c",
            "a@b\n",
            "аlice@example.com",
        ] {
            assert!(normalised(bad).is_err(), "{bad:?}");
        }
        assert!(normalised(&format!("{}@b", "a".repeat(253))).is_err());
    }
}
