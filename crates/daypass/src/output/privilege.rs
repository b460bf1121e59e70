//! What is given, for people.

use daypass_api::Impersonation;
use daypass_core::entitlement::LONGEST_TOKEN;

use super::visible;

/// `roles/x on projects/y`, with where it is written and its condition.
pub(super) fn line(
    roles: &[String],
    resource: &str,
    target: Option<&str>,
    condition: Option<&str>,
) -> String {
    let roles: Vec<_> = roles.iter().map(|role| visible(role)).collect();
    let target = target
        .map(|target| format!(" (written on {})", visible(target)))
        .unwrap_or_default();
    let condition = condition
        .map(|condition| format!("\n  when {}", visible(condition)))
        .unwrap_or_default();
    format!(
        "{} on {}{target}{condition}",
        roles.join(", "),
        visible(resource)
    )
}

/// `act as deployer@…, by tokens of at most 10m`.
pub(super) fn account(one: &Impersonation) -> String {
    let account = visible(&one.service_account);
    if one.via == "broker" {
        let longest = visible(&one.token_max);
        format!("act as {account}, by tokens of at most {longest} that end with the grant")
    } else {
        // Whoever mints by a binding is bound by Google only, which knows nothing of the entitlement.
        format!(
            "act as {account}, by tokens of at most {LONGEST_TOKEN}, which may outlive the grant by that"
        )
    }
}
