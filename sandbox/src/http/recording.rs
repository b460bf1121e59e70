//! Every request received, without its secrets.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::request::Received;

/// Form fields and JSON fields that are secrets, wherever they stand.
const SECRET_FIELDS: [&str; 13] = [
    "client_secret",
    "code",
    "code_verifier",
    "subject_token",
    "subjectToken",
    "actor_token",
    "refresh_token",
    "access_token",
    "accessToken",
    "id_token",
    "assertion",
    "token",
    "upload_id",
];
const SECRET_HEADERS: [&str; 4] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-goog-iap-jwt-assertion",
];
const MASK: &str = "[secret]";
/// Bytes of a body that is no JSON and stays readable in the record: contents of objects do not.
const LONGEST_TEXT: usize = 16 * 1024;

/// One request, as `/sandbox/requests` returns it.
#[derive(Clone, Debug, Serialize)]
pub struct RecordedRequest {
    /// Counts from 1.
    pub index: u64,
    /// Sandbox time of the arrival.
    pub time: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The host that the client meant.
    pub host: String,
    /// As sent.
    pub path: String,
    /// As sent, without secrets.
    pub query: String,
    /// The service, such as `storage.googleapis.com`; empty for an unknown route.
    pub service: String,
    /// `setIamPolicy` and so on; empty for an unknown route.
    pub operation: String,
    /// Without those that carry secrets.
    pub headers: BTreeMap<String, String>,
    /// The caller as a member, if the token was good.
    pub principal: Option<String>,
    /// `X-Goog-Request-Reason`.
    pub reason: Option<String>,
    /// JSON if it is JSON, else text.
    pub body: Value,
    /// The status of the reply; 0 if the connection was reset instead.
    pub status: u16,
    /// The fault that was applied.
    pub fault: Option<Value>,
}

/// What became of a request.
pub(crate) struct Outcome<'a> {
    pub(crate) time: Timestamp,
    pub(crate) service: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) principal: Option<String>,
    pub(crate) status: u16,
    pub(crate) fault: Option<Value>,
}

#[derive(Debug, Default)]
pub(crate) struct Recorder {
    requests: VecDeque<RecordedRequest>,
    next: u64,
    kept: usize,
}

impl Recorder {
    pub(crate) fn keeping(kept: usize) -> Recorder {
        Recorder {
            kept,
            ..Recorder::default()
        }
    }

    pub(crate) fn record(&mut self, received: &Received, outcome: Outcome<'_>) {
        self.next += 1;
        self.requests.push_back(RecordedRequest {
            index: self.next,
            time: outcome.time,
            method: received.method.to_string(),
            host: received.host.clone(),
            path: received.path.clone(),
            query: masked_form(&received.query),
            service: outcome.service.to_owned(),
            operation: outcome.operation.to_owned(),
            headers: headers(received),
            principal: outcome.principal,
            reason: received.reason(),
            body: body(received),
            status: outcome.status,
            fault: outcome.fault,
        });
        while self.requests.len() > self.kept {
            self.requests.pop_front();
        }
    }

    /// Requests after the given index.
    pub(crate) fn since(&self, index: u64) -> Vec<RecordedRequest> {
        self.requests
            .iter()
            .filter(|request| request.index > index)
            .cloned()
            .collect()
    }

    /// Forgets the requests; the count goes on.
    pub(crate) fn clear(&mut self) {
        self.requests.clear();
    }
}

fn headers(received: &Received) -> BTreeMap<String, String> {
    let shown = received
        .headers
        .iter()
        .filter(|(name, _)| !SECRET_HEADERS.contains(&name.as_str()));
    shown
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect()
}

fn body(received: &Received) -> Value {
    if received.body.is_empty() {
        return Value::Null;
    }
    if let Ok(mut value) = serde_json::from_slice::<Value>(&received.body) {
        mask(&mut value);
        return value;
    }
    if received.body.len() > LONGEST_TEXT {
        return json!(format!("[{} bytes]", received.body.len()));
    }
    let text = String::from_utf8_lossy(&received.body).into_owned();
    let is_form = received
        .header("content-type")
        .is_some_and(|kind| kind.contains("x-www-form-urlencoded"));
    json!(if is_form { masked_form(&text) } else { text })
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                if SECRET_FIELDS.contains(&name.as_str()) && inner.is_string() {
                    *inner = json!(MASK);
                } else {
                    mask(inner);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

fn masked_form(form: &str) -> String {
    if !SECRET_FIELDS.iter().any(|field| form.contains(field)) {
        return form.to_owned();
    }
    let mut masked = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(form.as_bytes()) {
        let value = if SECRET_FIELDS.contains(&name.as_ref()) {
            MASK
        } else {
            value.as_ref()
        };
        masked.append_pair(&name, value);
    }
    masked.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_in_forms_and_json() {
        assert_eq!(
            masked_form("a=1&code=x&client_secret=y"),
            "a=1&code=%5Bsecret%5D&client_secret=%5Bsecret%5D"
        );
        let mut value = json!({"a": [{"subjectToken": "x"}], "code": 200});
        mask(&mut value);
        assert_eq!(value, json!({"a": [{"subjectToken": MASK}], "code": 200}));
    }
}
