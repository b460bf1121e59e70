//! What proves to the server who is asking.

use std::path::{Path, PathBuf};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// An ID token is a few kilobytes at most; a larger file is something else.
const LARGEST_ID_TOKEN: usize = 64 * 1024;

/// A bearer token, and where it came from. It is shown by no `Debug`, and sent only in a header marked sensitive.
pub(crate) enum Credential {
    /// The session of a person.
    Session(SecretString),
    /// The ID token of a machine, and the file that it was read from.
    IdToken(SecretString, PathBuf),
}

impl Credential {
    /// Reads a machine's ID token.
    pub(crate) fn from_id_token_file(path: &Path) -> Result<Self, Error> {
        let file_error = |source| Error::File {
            doing: "read",
            path: path.to_owned(),
            source,
        };
        let text = std::fs::read_to_string(path).map_err(file_error)?;
        let token = text.trim();
        if token.is_empty() || token.len() > LARGEST_ID_TOKEN {
            return Err(file_error(std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                "it holds no ID token",
            )));
        }
        Ok(Self::IdToken(token.into(), path.to_owned()))
    }

    /// The value of the `Authorization` header; absent if the token has characters that no token has.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let (Self::Session(token) | Self::IdToken(token, _)) = self;
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}
