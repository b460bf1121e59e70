//! SHA-256 checksums as people write them.

use std::fmt;

use super::PluginError;

/// The SHA-256 of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// Reads 64 hexadecimal digits, small or capital.
    ///
    /// # Errors
    ///
    /// The text is something else.
    pub fn parse(text: &str) -> Result<Self, PluginError> {
        let refuse = || PluginError::NotAChecksum(text.to_owned());
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refuse());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| refuse())?;
        }
        Ok(Self(bytes))
    }

    /// The checksum of these bytes.
    pub(super) fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn hexadecimal_digits_and_nothing_else() {
        let text = "0123456789abcdef".repeat(4);
        assert_eq!(Checksum::parse(&text).unwrap().to_string(), text);
        assert_eq!(
            Checksum::parse(&text.to_uppercase()).unwrap().to_string(),
            text
        );
        for wrong in [
            "",
            &text[1..],
            &format!("{text}0"),
            &text.replace('0', "g"),
            &"é".repeat(32),
        ] {
            assert!(Checksum::parse(wrong).is_err(), "{wrong}");
        }
    }
}
