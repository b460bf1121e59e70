//! The part of `daypass doctor` that reads the JIT Access markers as the server does, and names those that it cannot
//! serve.

use std::collections::BTreeSet;
use std::sync::Arc;

use daypass_core::jit_eligibility::Eligible;
use daypass_engine::error::chain;
use daypass_engine::ports::IamError;
use daypass_google::Google;

use super::doctor::Finding;
use crate::configuration::Configuration;
use crate::wiring::{Scope, read_scope, scopes};

/// Most markers that are named one by one.
const MOST_NAMED: usize = 50;

const CHECK: &str = "iam_conditions";

/// Reads each scope that the configuration names.
pub(super) async fn examine(google: &Arc<Google>, configuration: &Configuration) -> Vec<Finding> {
    let mut findings = Vec::new();
    for scope in scopes(configuration) {
        match read_scope(google, &scope).await {
            Ok((eligible, read)) => tell(&scope, &eligible, read.projects.len(), &mut findings),
            Err(error) => findings.push(unreadable(&scope, &error)),
        }
    }
    findings
}

fn tell(scope: &Scope, eligible: &Eligible, projects: usize, findings: &mut Vec<Finding>) {
    let people: BTreeSet<_> = eligible
        .entitlements
        .values()
        .flat_map(|one| &one.requesters)
        .collect();
    findings.push(Finding::good(
        CHECK,
        format!(
            "{}: {} entitlements in {projects} projects for {} users and groups",
            scope.name,
            eligible.entitlements.len(),
            people.len()
        ),
    ));
    for unserved in eligible.unserved.iter().take(MOST_NAMED) {
        let role = if unserved.role.is_empty() {
            String::new()
        } else {
            format!(" ({})", unserved.role)
        };
        findings.push(Finding {
            check: CHECK,
            holds: false,
            detail: format!("{}{role}: {}", unserved.resource, unserved.why),
            hint: Some(if unserved.role.is_empty() {
                "let Daypass's service account read it: roles/iam.securityReviewer and roles/browser on the scope".into()
            } else {
                "nothing is granted by this marker; correct the binding, or write an entitlement for it".into()
            }),
        });
    }
    let more = eligible.unserved.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        findings.push(Finding {
            check: CHECK,
            holds: false,
            detail: format!("{}: {more} more that cannot be served", scope.name),
            hint: None,
        });
    }
}

fn unreadable(scope: &Scope, error: &IamError) -> Finding {
    let hint = match error {
        IamError::NotFound { .. } => {
            "correct the scope: organizations/NUMBER, folders/NUMBER or projects/ID"
        }
        IamError::Forbidden { .. } => {
            "let Daypass's service account read it: roles/iam.securityReviewer and roles/browser on the scope"
        }
        IamError::Refused { .. } => "name narrower scopes: one source for each folder",
        _ => "check the network; a running server withholds these entitlements after 5 minutes",
    };
    Finding {
        check: CHECK,
        holds: false,
        detail: format!("{} cannot be read: {}", scope.name, chain(error)),
        hint: Some(hint.into()),
    }
}
