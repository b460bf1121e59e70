//! How a call failed, and what that means for its effect.

use std::error::Error;

use daypass_core::justification::printable;
use daypass_engine::ports::IamError;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::retry_after::retry_after;

/// Most characters of Google's words that are kept.
const MOST_WORDS: usize = 1_000;

/// Reasons that mean "slow down" though the status is 403 (Cloud Storage and other older services).
const THROTTLING: [&str; 4] = [
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
    "RATE_LIMIT_EXCEEDED",
];

/// Whether a call changes something: then an answer that was lost leaves the effect open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write,
}

impl Effect {
    /// Google may have got the call, and what came of it is unknown.
    pub(crate) fn lost(self, message: String) -> IamError {
        match self {
            Self::Read => IamError::Unavailable {
                message,
                retry_after: None,
            },
            Self::Write => IamError::Ambiguous { message },
        }
    }

    /// Google answered that all is well, in words that are not understood.
    pub(crate) fn garbled(self, message: String) -> IamError {
        match self {
            Self::Read => IamError::Malformed { message },
            Self::Write => IamError::Ambiguous { message },
        }
    }
}

/// The failure behind a status that is not 2xx.
pub(crate) fn of_answer(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    effect: Effect,
    resource: &str,
) -> IamError {
    let said = Said::read(status, body);
    let wait = retry_after(headers);
    match status.as_u16() {
        409 | 412 => IamError::Conflict,
        429 => IamError::Throttled { retry_after: wait },
        403 if said
            .reasons
            .iter()
            .any(|reason| THROTTLING.contains(&reason.as_str())) =>
        {
            IamError::Throttled { retry_after: wait }
        }
        401 => IamError::Unauthenticated {
            message: said.message,
        },
        403 => IamError::Forbidden {
            message: said.message,
            permission: said.permission,
        },
        404 => IamError::NotFound {
            resource: resource.to_owned(),
        },
        503 => IamError::Unavailable {
            message: said.message,
            retry_after: wait,
        },
        408 | 500..=599 => effect.lost(said.message),
        400..=499 => IamError::Refused {
            message: said.message,
        },
        // A redirect, which is never followed: our token is for Google alone.
        _ => effect.garbled(said.message),
    }
}

/// The failure behind an answer that never came.
pub(crate) fn of_transport(error: reqwest::Error, effect: Effect) -> IamError {
    let (connect, builder) = (error.is_connect(), error.is_builder());
    let message = words(&error.without_url());
    if builder {
        IamError::Refused { message }
    } else if connect {
        IamError::Unavailable {
            message,
            retry_after: None,
        }
    } else {
        effect.lost(message)
    }
}

/// An error and its causes in one line.
pub(crate) fn words(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // Some errors repeat their cause.
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    printable(&text, MOST_WORDS)
}

/// What an error body says, in any of Google's three shapes: `google.rpc.Status`, the older one with `errors[]`, and
/// OAuth's.
struct Said {
    message: String,
    reasons: Vec<String>,
    permission: Option<String>,
}

impl Said {
    fn read(status: StatusCode, body: &[u8]) -> Self {
        // A page of HTML says nothing to anybody.
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = &body["error"];
        let message = [&error["message"], &body["error_description"], error]
            .into_iter()
            .find_map(Value::as_str)
            .map_or_else(
                || format!("HTTP status {status}"),
                |message| printable(message, MOST_WORDS),
            );
        let list = |key: &str| error[key].as_array().into_iter().flatten();
        let reasons = list("details")
            .chain(list("errors"))
            .filter_map(|part| part["reason"].as_str())
            .map(str::to_owned)
            .collect();
        let permission = list("details")
            .find_map(|part| part["metadata"]["permission"].as_str())
            .or_else(|| between(&message, "Permission '", "'"))
            .or_else(|| between(&message, "does not have ", " access"))
            .map(|permission| printable(permission, 200));
        Self {
            message,
            reasons,
            permission,
        }
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (found, _) = text.split_once(before)?.1.split_once(after)?;
    (found.contains('.') && !found.contains(' ')).then_some(found)
}
