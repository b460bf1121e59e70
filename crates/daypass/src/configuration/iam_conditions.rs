//! JIT Access markers as a source of entitlements, with the terms that JIT Access sets by its environment.

use daypass_core::duration::Duration;
use daypass_core::jit_eligibility::{Terms, USUAL_EXPIRES, USUAL_HINT, USUAL_MAX};
use daypass_core::resource::ResourceName;
use serde::Deserialize;

use super::ConfigurationError;

/// A scope whose markers are served, and the terms.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IamConditions {
    /// `organizations/N`, `folders/N` or `projects/ID`; `RESOURCE_SCOPE` of JIT Access.
    pub(crate) scope: ResourceName,
    /// The longest activation; `ACTIVATION_TIMEOUT`.
    pub(crate) max: Option<Duration>,
    /// How long a request waits for a peer; `ACTIVATION_REQUEST_TIMEOUT`.
    pub(crate) expires: Option<Duration>,
    /// What must be written.
    #[serde(default)]
    pub(crate) justification: Justification,
}

/// What a requester must write.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Justification {
    /// A regular expression that the whole text must match; `JUSTIFICATION_PATTERN`.
    pub(crate) pattern: Option<String>,
    /// What to write, in words; `JUSTIFICATION_HINT`.
    pub(crate) hint: Option<String>,
}

impl IamConditions {
    /// The terms, with what JIT Access takes where nothing is said.
    pub(crate) fn terms(&self) -> Terms {
        let hint = self.justification.hint.as_deref().unwrap_or(USUAL_HINT);
        Terms {
            max: self.max.unwrap_or(USUAL_MAX),
            expires: self.expires.unwrap_or(USUAL_EXPIRES),
            pattern: self.justification.pattern.clone(),
            hint: Some(daypass_core::justification::printable(hint, 200)),
        }
    }

    /// Refuses what could never be read or never be met.
    pub(super) fn check(&self) -> Result<(), ConfigurationError> {
        let wrong = |key: &str, message: String, hint: &str| ConfigurationError::Key {
            key: format!("entitlements.iam_conditions.{key}"),
            message,
            hint: hint.to_owned(),
        };
        let kind = self.scope.kind().name;
        if !["organization", "folder", "project"].contains(&kind) {
            return Err(wrong(
                "scope",
                format!("a {kind} has no projects"),
                "write organizations/NUMBER, folders/NUMBER or projects/ID",
            ));
        }
        self.terms().check().map_err(|message| {
            wrong(
                "justification.pattern",
                message,
                "write a regular expression such as '[A-Z]+-[0-9]+ .*'; the whole text must match it",
            )
        })
    }
}
