//! Decisions and their rules for people.

use std::collections::BTreeMap;

use daypass_api::{
    BreakGlass, Explanation, GrantedPrivilege, Impersonation, InputValue, ReviewTerms, Rule,
};

use super::style::{self, paint};
use super::{blast_radius, principal, privilege, steps, table, visible};

/// The decision, each rule, and what would be written.
pub(crate) fn detail(explanation: &Explanation, width: Option<u16>) -> String {
    let (style, words) = match explanation.decision.as_str() {
        "granted" if explanation.break_glass.is_some() => (
            style::WAITING,
            "granted at once, as an emergency".to_owned(),
        ),
        "granted" => (style::GOOD, "granted at once".to_owned()),
        "needs-approval" => (
            style::WAITING,
            format!("needs approval: {}", steps::explained(&explanation.steps)),
        ),
        "denied" => (style::BAD, "denied".to_owned()),
        other => (anstyle::Style::new(), visible(other)),
    };
    let mut text = format!("{}\n\n", paint(style, &words));
    for rule in &explanation.rules {
        text += &line(rule);
        text.push('\n');
    }
    let mut rows = Vec::new();
    rows.extend(
        explanation
            .beneficiary
            .iter()
            .map(|beneficiary| ("For", principal(beneficiary))),
    );
    if !explanation.inputs.is_empty() {
        rows.push(("Inputs", inputs(&explanation.inputs)));
    }
    if !explanation.privileges.is_empty() || !explanation.impersonations.is_empty() {
        rows.push((
            "Gives",
            privileges(&explanation.privileges, &explanation.impersonations),
        ));
    }
    if let Some(radius) = &explanation.blast_radius {
        rows.extend(blast_radius::rows(radius));
    }
    rows.extend(
        explanation
            .duration
            .iter()
            .map(|duration| ("Duration", visible(duration))),
    );
    rows.extend(
        explanation
            .start_at
            .iter()
            .map(|start| ("From", visible(start))),
    );
    if explanation.steps.len() > 1 {
        rows.push(("Approval", steps::explained_lines(&explanation.steps)));
    }
    if explanation.decision != "denied" {
        let emergency = explanation.break_glass.iter();
        rows.extend(emergency.map(|emergency| ("Emergency", called(emergency))));
        rows.extend(
            explanation
                .review
                .iter()
                .map(|review| ("Review", owed(review))),
        );
    }
    if explanation.decision == "needs-approval" {
        rows.extend(
            explanation
                .expires
                .iter()
                .map(|expires| ("Waits", format!("{} at most", visible(expires)))),
        );
    }
    // What will not be written needs no showing.
    if !explanation.conditions.is_empty() && explanation.decision != "denied" {
        let conditions: Vec<_> = explanation
            .conditions
            .iter()
            .map(|condition| visible(condition))
            .collect();
        rows.push(("Condition", conditions.join("\n")));
    }
    if rows.is_empty() {
        text
    } else {
        text + "\n" + &table::fields(rows, width)
    }
}

/// The rules that are not kept, a line each, without those that have been `told` in words already.
pub(crate) fn broken_rules(rules: &[Rule], told: &str) -> Vec<String> {
    rules
        .iter()
        .filter(|rule| !rule.holds && !told.contains(&rule.detail))
        .map(line)
        .collect()
}

/// Who is to be told.
pub(super) fn called(emergency: &BreakGlass) -> String {
    let page: Vec<_> = emergency.page.iter().map(|one| visible(one)).collect();
    if page.is_empty() {
        "without approval".into()
    } else {
        format!("without approval; to be told: {}", page.join(", "))
    }
}

/// The review that is owed afterwards.
pub(super) fn owed(review: &ReviewTerms) -> String {
    let by: Vec<_> = review.by.iter().map(|one| principal(one)).collect();
    format!("by {}, within {}", by.join(", "), visible(&review.within))
}

/// Roles on resources and accounts to act as, a line each.
pub(super) fn privileges(
    privileges: &[GrantedPrivilege],
    impersonations: &[Impersonation],
) -> String {
    let roles = privileges.iter().map(|held| {
        privilege::line(
            std::slice::from_ref(&held.role),
            &held.resource,
            held.target.as_deref(),
            held.condition.as_deref(),
        )
    });
    roles
        .chain(impersonations.iter().map(privilege::account))
        .collect::<Vec<_>>()
        .join("\n")
}

/// What was filled in, a line each.
pub(super) fn inputs(inputs: &BTreeMap<String, InputValue>) -> String {
    let lines = inputs
        .iter()
        .map(|(name, value)| format!("{}: {}", visible(name), visible(&value.to_string())));
    lines.collect::<Vec<_>>().join("\n")
}

fn line(rule: &Rule) -> String {
    let mark = if rule.holds {
        paint(style::GOOD, "✓")
    } else {
        paint(style::BAD, "✗")
    };
    let mut text = format!(
        "  {mark} {}: {}",
        visible(&rule.name),
        visible(&rule.detail)
    );
    if let (false, Some(hint)) = (rule.holds, &rule.hint) {
        text = format!("{text} ({})", visible(hint));
    }
    text
}
