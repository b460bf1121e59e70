//! Decisions and their rules for people.

use daypass_api::{Explanation, GrantedPrivilege, Rule};

use super::style::{self, paint};
use super::{principal, privilege, table, visible};

/// More approvers than this are counted, not named.
const MOST_APPROVERS: usize = 8;

/// The decision, each rule, and what would be written.
pub(crate) fn detail(explanation: &Explanation, width: Option<u16>) -> String {
    let (style, words) = match explanation.decision.as_str() {
        "granted" => (style::GOOD, "granted at once".to_owned()),
        "needs-approval" => (
            style::WAITING,
            format!(
                "needs approval: {}",
                who_decides(&explanation.approvers, explanation.needed)
            ),
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
    if !explanation.privileges.is_empty() {
        rows.push(("Gives", privileges(&explanation.privileges)));
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

/// `carol@example.com may approve`, `2 of carol@…, dave@… must approve`.
pub(crate) fn who_decides(approvers: &[String], needed: u32) -> String {
    let named: Vec<_> = approvers
        .iter()
        .take(MOST_APPROVERS)
        .map(|approver| principal(approver))
        .collect();
    let mut who = named.join(", ");
    if approvers.len() > MOST_APPROVERS {
        who = format!("{who} and {} more", approvers.len() - MOST_APPROVERS);
    }
    match (approvers.is_empty(), needed) {
        (true, _) => "nobody can approve it at present".into(),
        (false, 0 | 1) => format!("{who} may approve"),
        (false, needed) => format!("{needed} of {who} must approve"),
    }
}

/// Roles on resources, a line each.
pub(crate) fn privileges(privileges: &[GrantedPrivilege]) -> String {
    let lines = privileges.iter().map(|held| {
        privilege::line(
            std::slice::from_ref(&held.role),
            &held.resource,
            held.target.as_deref(),
            held.condition.as_deref(),
        )
    });
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
