//! The steps of an approval on the wire.

use daypass_api as api;
use daypass_core::decide::DecisionStep;
use daypass_core::entitlement::Step;
use daypass_core::grant::Grant;
use daypass_core::state::State;
use jiff::Timestamp;

use super::names;

/// What an entitlement says of a step.
pub(super) fn terms(index: usize, step: &Step) -> api::StepTerms {
    api::StepTerms {
        number: number(index),
        needed: step.needed,
        approvers: names(&step.approvers),
        peers: step.peers,
        on_call: step.on_call.clone(),
        remind: step.remind.map(|often| often.to_string()),
        escalate: step.escalate.as_ref().map(|escalation| api::Escalation {
            after: escalation.after.to_string(),
            to: names(&escalation.to),
        }),
    }
}

/// How far each step of a grant's approval has come.
pub(super) fn of_grant(grant: &Grant, now: Timestamp) -> Vec<api::Step> {
    let (Some(approval), Some(progress)) = (&grant.approval, grant.progress()) else {
        return Vec::new();
    };
    let is_awaited = grant.state == State::ApprovalAwaited;
    let deciders = grant.deciders(now);
    approval
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let open = is_awaited && progress.step == index;
            let may_decide_now = |principal: &&_| open && deciders.contains(principal);
            api::Step {
                terms: terms(index, step),
                agreed: progress
                    .agreed
                    .get(index)
                    .and_then(|agreed| u32::try_from(*agreed).ok())
                    .unwrap_or(0),
                open,
                since: open.then(|| grant.step_since.to_string()),
                escalated: step
                    .escalate
                    .iter()
                    .flat_map(|escalation| &escalation.to)
                    .filter(may_decide_now)
                    .map(ToString::to_string)
                    .collect(),
            }
        })
        .collect()
}

/// The people of each step of a verdict.
pub(super) fn explained(steps: &[DecisionStep]) -> Vec<api::ExplainedStep> {
    steps
        .iter()
        .enumerate()
        .map(|(index, step)| api::ExplainedStep {
            number: number(index),
            needed: step.needed,
            people: step.people.iter().map(ToString::to_string).collect(),
            others: step.open,
        })
        .collect()
}

/// People count steps from 1.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}
