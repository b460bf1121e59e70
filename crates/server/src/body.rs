//! Request bodies: bounded, of one media type, and read strictly.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use daypass_core::justification::printable;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// Longest body, in bytes (`facts`: limits).
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// Deepest nesting of a JSON body.
const MAX_JSON_DEPTH: usize = 32;

/// How long a body may take to arrive.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// A JSON body. Unknown fields are refused, by name.
pub(crate) struct StrictJson<T> {
    pub(crate) value: T,
    /// The bytes as they came, for the hash of an idempotency key.
    pub(crate) bytes: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for StrictJson<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        require_media_type(&parts.headers, "application/json")?;
        let bytes = read(body).await?;
        Ok(Self {
            value: parse_json(&bytes)?,
            bytes,
        })
    }
}

/// Refuses a body of another media type. Only `charset=utf-8` may stand behind it.
pub(crate) fn require_media_type(headers: &HeaderMap, wanted: &str) -> Result<(), Failure> {
    let given = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (kind, parameters) = given.split_once(';').unwrap_or((given, ""));
    let is_plain =
        parameters.trim().is_empty() || parameters.trim().eq_ignore_ascii_case("charset=utf-8");
    if kind.trim().eq_ignore_ascii_case(wanted) && is_plain {
        Ok(())
    } else {
        Err(Failure::media_type(wanted))
    }
}

/// Reads a whole body within the limits.
pub(crate) async fn read(body: Body) -> Result<Bytes, Failure> {
    match tokio::time::timeout(READ_TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // The body's own length limit is the one error that is not the network's.
        Ok(Err(error)) if is_limit(&error) => Err(Failure::too_large(MAX_BODY_BYTES)),
        Ok(Err(error)) => Err(Failure::invalid("the body broke off").caused_by(&error)),
        Err(_) => Err(Failure::invalid("the body took too long to arrive")),
    }
}

fn is_limit(error: &axum::Error) -> bool {
    std::error::Error::source(error)
        .is_some_and(|source| source.to_string().contains("length limit exceeded"))
}

/// Reads JSON.
pub(crate) fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    if depth(bytes) > MAX_JSON_DEPTH {
        return Err(Failure::invalid(format!(
            "the JSON is nested deeper than {MAX_JSON_DEPTH}"
        )));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        Failure::invalid(format!(
            "the body is not what is read here: {}",
            printable(&error.to_string(), 300)
        ))
    })
}

/// The deepest nesting of brackets outside strings.
fn depth(bytes: &[u8]) -> usize {
    let (mut open, mut deepest, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                open += 1;
                deepest = deepest.max(open);
            }
            b']' | b'}' if !in_string => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_outside_strings() {
        assert_eq!(depth(br#"{"a":[1,{"b":2}],"c":"[[[\"[["}"#), 3);
        assert_eq!(depth(&b"[".repeat(40)), 40);
    }
}
