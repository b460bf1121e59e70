//! Faults on demand: the ways in which a cloud fails its callers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One rule. The first rule that matches a request applies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests; an empty match is every request outside `/sandbox/`.
    #[serde(rename = "match", default)]
    pub matches: FaultMatch,
    /// What happens to them.
    pub kind: FaultKind,
    /// How often; without it, until the fault is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// From 0 to 1; without it, always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

/// Conditions that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultMatch {
    /// The HTTP method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A part of the path, percent-decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_contains: Option<String>,
    /// `getIamPolicy`, `setIamPolicy`, `testIamPermissions`, or another operation's name; the IAM methods of
    /// Cloud Storage count under the same names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// 409 ABORTED; nothing is done.
    Conflict,
    /// 412; nothing is done.
    Precondition,
    /// 429 with `Retry-After` in seconds.
    Throttled {
        /// Seconds; absent leaves the header out.
        retry_after: Option<u64>,
    },
    /// 500; nothing is done.
    Internal,
    /// 503; nothing is done.
    Unavailable,
    /// 502 with an HTML page, as a proxy answers.
    BadGateway,
    /// The connection ends without a reply; nothing is done.
    Reset,
    /// Done, but the connection breaks in the middle of the reply's body.
    ResetMidBody,
    /// Done, but the reply is 504.
    DoneButTimedOut,
    /// Done; readers see the policy before it for a while. On a read: as if the last write had it.
    StaleRead {
        /// How long, in milliseconds of machine time.
        ms: u64,
    },
    /// Done; access decisions follow the policy before it for a while.
    DelayedEffect {
        /// How long, in milliseconds of machine time.
        ms: u64,
    },
    /// 200 with an HTML page, as a captive portal answers; nothing is done.
    HtmlBody,
    /// Done, but the JSON of the reply ends too early.
    TruncatedBody,
    /// Done after a wait.
    Slow {
        /// How long, in milliseconds of machine time.
        ms: u64,
    },
}

impl Fault {
    fn applies(&self, method: &str, path: &str, operation: &str) -> bool {
        let matches = &self.matches;
        let lags = matches!(
            self.kind,
            FaultKind::StaleRead { .. } | FaultKind::DelayedEffect { .. }
        );
        // Without a verb, lag is about writes.
        let verb = matches.verb.as_deref().or(lags.then_some("setIamPolicy"));
        matches
            .method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && matches
                .path_contains
                .as_deref()
                .is_none_or(|wanted| path.contains(wanted))
            && verb.is_none_or(|wanted| wanted == operation)
            && self
                .probability
                .is_none_or(|probability| crate::random::random::<f64>() < probability)
    }
}

/// The rules in force, in order.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Faults {
        Faults(faults)
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.0
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault for a request, if any; a fault with a count is used up by it.
    pub(crate) fn take(&mut self, method: &str, path: &str, operation: &str) -> Option<FaultKind> {
        let index = self
            .0
            .iter()
            .position(|fault| fault.applies(method, path, operation))?;
        let fault = self.0.get_mut(index)?;
        let kind = fault.kind;
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.0.remove(index);
            }
        }
        Some(kind)
    }
}

pub(crate) fn milliseconds(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn faults_are_used_up_in_order_and_match_by_verb() {
        let rules = r#"[{"match": {"verb": "setIamPolicy"}, "kind": {"throttled": {"retry_after": 2}}, "times": 2},
                        {"match": {"path_contains": "acme"}, "kind": "internal", "times": 1}]"#;
        let mut faults = Faults::new(serde_json::from_str(rules).unwrap());
        let path = "/v1/projects/acme-prod:setIamPolicy";
        let throttled = Some(FaultKind::Throttled {
            retry_after: Some(2),
        });
        assert_eq!(faults.take("POST", path, "setIamPolicy"), throttled);
        assert_eq!(
            faults.take("POST", path, "getIamPolicy"),
            Some(FaultKind::Internal)
        );
        assert_eq!(faults.take("POST", path, "setIamPolicy"), throttled);
        assert_eq!(faults.take("POST", path, "setIamPolicy"), None);
    }

    #[test]
    fn a_lag_without_a_verb_is_about_writes() {
        let mut faults = Faults::new(
            serde_json::from_str(r#"[{"kind": {"stale_read": {"ms": 5}}, "times": 1}]"#).unwrap(),
        );
        assert_eq!(faults.take("POST", "/", "getIamPolicy"), None);
        assert_eq!(
            faults.take("POST", "/", "setIamPolicy"),
            Some(FaultKind::StaleRead { ms: 5 })
        );
    }
}
