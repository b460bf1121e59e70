//! A verdict on the wire.

use daypass_api as api;
use daypass_core::condition::Window;
use daypass_core::decide::{Decision, Outcome};
use daypass_core::grant::{Origin, Terms};
use jiff::Timestamp;

use super::{break_glass, entitlement, impersonation, inputs, privilege, step};
use crate::surface::rule;

/// A verdict with its reasons: what `POST grants:explain` answers, and the command line shows without a server.
pub fn explanation(decision: &Decision, now: Timestamp) -> api::Explanation {
    let (word, approval) = match &decision.outcome {
        Outcome::Denied => ("denied", None),
        Outcome::NeedsApproval(approval) => ("needs-approval", Some(approval)),
        Outcome::Granted => ("granted", None),
    };
    let terms = decision.terms.as_ref();
    let emergency = terms.and_then(|terms| terms.break_glass.as_ref());
    api::Explanation {
        decision: word.to_owned(),
        rules: decision.rules.iter().map(rule).collect(),
        approvers: decision.approvers.iter().map(ToString::to_string).collect(),
        needed: approval.map_or(0, daypass_core::entitlement::Approval::needed),
        steps: approval
            .map(|_| step::explained(&decision.steps))
            .unwrap_or_default(),
        comment_required: approval.is_some_and(|approval| approval.justification_required),
        expires: approval.map(|approval| approval.expires.to_string()),
        beneficiary: terms.map(|terms| terms.beneficiary.to_string()),
        privileges: terms
            .iter()
            .flat_map(|terms| terms.privileges.iter().map(privilege))
            .collect(),
        impersonations: terms
            .iter()
            .flat_map(|terms| terms.impersonations.iter().map(impersonation))
            .collect(),
        inputs: terms.map(|terms| inputs(&terms.inputs)).unwrap_or_default(),
        break_glass: emergency.map(break_glass),
        review: emergency.map(|rule| entitlement::review_terms(&rule.review)),
        duration: terms.map(|terms| terms.duration.to_string()),
        start_at: terms
            .and_then(|terms| terms.start_at)
            .map(|at| at.to_string()),
        blast_radius: None,
        conditions: terms
            .map(|terms| conditions(terms, now))
            .unwrap_or_default(),
    }
}

/// The conditions that would be written, each once, with the window that an activation now would have.
fn conditions(terms: &Terms, now: Timestamp) -> Vec<String> {
    let window = match &terms.origin {
        Origin::Extension { start, end, .. } => Window::new(*start, *end),
        Origin::Requested | Origin::Given => {
            let start = terms.start_at.map_or(now, |at| at.max(now));
            terms
                .duration
                .after(start)
                .and_then(|end| Window::new(start, end))
        }
    };
    let Ok(window) = window else {
        return Vec::new();
    };
    let mut conditions: Vec<String> = Vec::new();
    for privilege in &terms.privileges {
        let expression = window.expression(privilege.condition.as_ref());
        if !conditions.contains(&expression) {
            conditions.push(expression);
        }
    }
    conditions
}
