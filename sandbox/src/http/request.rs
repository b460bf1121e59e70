//! A request as the handlers see it: decoded path, query pairs, parsed body, the caller.

use std::sync::Arc;

use http::{HeaderMap, Method};
use serde_json::Value;
use url::form_urlencoded;

use super::errors::ApiError;
use crate::iam::stored::Inconsistency;

/// Received, with the body read.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) method: Method,
    /// As sent, without the query.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// The host that the client meant; differs from ours behind the tunnel.
    pub(crate) host: String,
    /// Whether the client is on this machine; the control API answers nobody else.
    pub(crate) is_local: bool,
    /// The cluster at whose API server it arrived; none at Google's APIs.
    pub(crate) cluster: Option<Arc<str>>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn query_pairs(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.query.as_bytes())
            .into_owned()
            .collect()
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// `X-Goog-Request-Reason`, which ends up in the audit log.
    pub(crate) fn reason(&self) -> Option<String> {
        self.headers
            .get("x-goog-request-reason")
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    /// Path segments, each decoded on its own, so that `%2F` does not split and `%3A` can be a verb.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path
            .trim_start_matches('/')
            .split('/')
            .map(decode_segment)
            .collect()
    }

    /// The body as a JSON object; an empty body is an empty object.
    pub(crate) fn json_body(&self) -> Result<Value, ApiError> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        let parsed: Value = serde_json::from_slice(&self.body).map_err(|error| {
            let text = String::from_utf8_lossy(&self.body);
            let line = text
                .lines()
                .nth(error.line().saturating_sub(1))
                .unwrap_or_default();
            let words = if error.is_eof() {
                "Unexpected end of string."
            } else {
                "Unexpected token."
            };
            let column = error.column().saturating_sub(1);
            let message = format!(
                "Invalid JSON payload received. {words}\n{line}\n{:>width$}",
                "^",
                width = column + 1
            );
            ApiError::bad_field("", &message)
        })?;
        if parsed.is_object() {
            Ok(parsed)
        } else {
            Err(ApiError::bad_field(
                "",
                "Invalid JSON payload received. Unknown name \"\": Root element must be a message.",
            ))
        }
    }
}

/// Percent-decoding of one path segment; a `+` stays a plus.
fn decode_segment(segment: &str) -> String {
    let plus_kept = segment.replace('+', "%2B");
    form_urlencoded::parse(plus_kept.replace('=', "%3D").replace('&', "%26").as_bytes())
        .next()
        .map(|(decoded, _)| decoded.into_owned())
        .unwrap_or_default()
}

/// Who calls, after the token was accepted.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// `user:alice@example.com`.
    pub(crate) member: String,
    /// The token is one of a sign-in, and opens no API of the cloud.
    pub(crate) only_signs_in: bool,
}

impl Caller {
    pub(crate) fn email(&self) -> &str {
        self.member
            .split_once(':')
            .map_or(&self.member, |(_, email)| email)
    }
}

/// One routed request.
pub(crate) struct Call<'a> {
    pub(crate) received: &'a Received,
    pub(crate) service: &'static str,
    /// The values of the template's variables, in order.
    pub(crate) parameters: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) caller: Caller,
    pub(crate) lag: Inconsistency,
}

impl Call<'_> {
    pub(crate) fn parameter(&self, index: usize) -> &str {
        self.parameters.get(index).map_or("", String::as_str)
    }

    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether `$alt` asks for enums as numbers, as Google's generated clients do (facts 1.1).
    pub(crate) fn wants_enum_numbers(&self) -> bool {
        self.query.iter().any(|(key, value)| {
            (key == "$alt" || key == "alt") && value.contains("enum-encoding=int")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(path: &str, body: &str) -> Received {
        Received {
            method: Method::POST,
            path: path.to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
            host: String::new(),
            is_local: true,
            cluster: None,
        }
    }

    #[test]
    fn segments_decode_one_by_one() {
        let request = received(
            "/v1/projects/-/serviceAccounts/a%40b.c%3AgetIamPolicy/x%2Fy+z=1&2",
            "",
        );
        let expected = [
            "v1",
            "projects",
            "-",
            "serviceAccounts",
            "a@b.c:getIamPolicy",
            "x/y+z=1&2",
        ];
        assert_eq!(request.segments(), expected);
    }

    #[test]
    fn broken_json_is_refused_in_googles_words() {
        let error = received("/", "{\"policy\": }").json_body().err();
        let message = error.map(|error| error.message).unwrap_or_default();
        assert!(
            message
                .starts_with("Invalid JSON payload received. Unexpected token.\n{\"policy\": }\n"),
            "{message}"
        );
        assert!(received("/", "[]").json_body().is_err());
        assert!(received("/", " \n").json_body().is_ok());
    }
}
