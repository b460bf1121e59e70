//! What is given, for people.

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
