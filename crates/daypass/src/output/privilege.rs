//! What is given, for people.

use daypass_api::Impersonation;

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
    let end = if one.via == "broker" {
        " that end with the grant"
    } else {
        ", which may outlive the grant by that"
    };
    format!(
        "act as {}, by tokens of at most {}{end}",
        visible(&one.service_account),
        visible(&one.token_max)
    )
}
