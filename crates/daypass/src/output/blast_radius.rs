//! How far a grant reaches, as a short card: `-o json` has all of it.

use daypass_api::{AsAccount, BlastRadius, DangerousPermission};
use jiff::Timestamp;

use super::visible;

/// Dangers that are named one by one; the rest is counted.
const SHOWN: usize = 6;

/// Permissions that are named on one line.
const NAMED: usize = 3;

/// Rows for a list of names and values.
pub(super) fn rows(radius: &BlastRadius) -> Vec<(&'static str, String)> {
    let mut rows = vec![("Gains", gains(radius))];
    if !radius.dangerous.is_empty() {
        rows.push(("Could", dangers(&radius.dangerous)));
    }
    rows.extend(radius.as_accounts.iter().map(|one| ("As", as_account(one))));
    let unknown = radius
        .unknown
        .iter()
        .map(|one| format!("{}: {}", visible(&one.about), visible(&one.why)));
    let unknown: Vec<_> = unknown.collect();
    if !unknown.is_empty() {
        rows.push(("Unknown", unknown.join("\n")));
    }
    rows
}

fn gains(radius: &BlastRadius) -> String {
    let is_new = |danger: &&DangerousPermission| danger.until.is_none();
    let dangerous = radius.dangerous.iter().filter(is_new).count();
    let mut parts = vec![counted(radius.gained.len(), dangerous)];
    if !radius.lent.is_empty() {
        parts.push(format!("{} held by another grant", radius.lent.len()));
    }
    if radius.already > 0 {
        parts.push(format!("{} held anyway", radius.already));
    }
    parts.join("; ") + " (deny policies are not looked at)"
}

fn counted(gained: usize, dangerous: usize) -> String {
    match (gained, dangerous) {
        (0, _) => "nothing new".into(),
        (1, 0) => "1 permission".into(),
        (1, _) => "1 permission, a dangerous one".into(),
        (_, 0) => format!("{gained} permissions"),
        _ => format!("{gained} permissions, {dangerous} of them dangerous"),
    }
}

/// A line for each thing that could be done, with the permissions that come to it.
fn dangers(dangers: &[DangerousPermission]) -> String {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for danger in dangers {
        let mut words = visible(&danger.can);
        if danger.limited {
            words += ", where its condition holds";
        }
        if let Some(until) = &danger.until {
            words = format!("{words}, as already until {}", moment(until));
        }
        let name = visible(&danger.permission);
        match lines.iter_mut().find(|(known, _)| *known == words) {
            Some((_, names)) => names.push(name),
            None => lines.push((words, vec![name])),
        }
    }
    let rest = lines.len().saturating_sub(SHOWN);
    let shown = lines.iter().take(SHOWN);
    let mut text: Vec<String> = shown
        .map(|(words, names)| format!("{words} ({})", some(names)))
        .collect();
    if rest > 0 {
        text.push(format!("and {rest} more: -o json names all"));
    }
    text.join("\n")
}

/// The first few names.
fn some(names: &[String]) -> String {
    let rest = names.len().saturating_sub(NAMED);
    let mut named = names.iter().take(NAMED).cloned().collect::<Vec<_>>();
    if rest > 0 {
        named.push(format!("and {rest} more"));
    }
    named.join(", ")
}

fn as_account(account: &AsAccount) -> String {
    let mut text = format!(
        "{} in {}: {}",
        visible(&account.service_account),
        visible(&account.on),
        counted(account.gained.len(), account.dangerous.len()),
    );
    if !account.dangerous.is_empty() {
        text += "\n";
        text += &dangers(&account.dangerous);
    }
    text
}

fn moment(text: &str) -> String {
    match text.parse::<Timestamp>() {
        Ok(at) => at.strftime("%F %H:%M UTC").to_string(),
        Err(_) => visible(text),
    }
}
