//! Requests that a client may safely repeat.

use daypass_api::IDEMPOTENCY_KEY;
use daypass_core::person::Person;
use daypass_engine::ports::IdempotencyKey;
use http::HeaderMap;
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;

/// Longest key, in bytes.
const MAX_KEY_BYTES: usize = 255;

/// The key of a request, if it has one. What was asked, and where, goes into its hash, so that one key for two
/// different requests is noticed.
pub(crate) fn key(
    headers: &HeaderMap,
    person: &Person,
    path: &str,
    body: &[u8],
) -> Result<Option<IdempotencyKey>, Failure> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let refuse = || Failure::invalid("the idempotency key is not 1 to 255 printable characters");
    let key = value.to_str().map_err(|_| refuse())?;
    if key.is_empty() || key.len() > MAX_KEY_BYTES || values.next().is_some() {
        return Err(refuse());
    }
    let mut request = Sha256::new();
    request.update((path.len() as u64).to_be_bytes());
    request.update(path.as_bytes());
    request.update(body);
    Ok(Some(IdempotencyKey {
        person: person.email.clone(),
        key: key.to_owned(),
        request: request.finalize().into(),
    }))
}
