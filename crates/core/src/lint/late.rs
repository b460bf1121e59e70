//! What is timed after the request has expired.

use super::{Found, World};
use crate::entitlement::Entitlement;

pub(super) fn escalation(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    let Some(approval) = &one.approval else {
        return Vec::new();
    };
    let steps = approval.steps.iter().enumerate();
    steps
        .filter_map(|(index, step)| {
            let escalation = step.escalate.as_ref()?;
            (escalation.after >= approval.expires).then(|| {
                Found::warning(
                    format!("approval.steps[{index}].escalate.after"),
                    format!(
                        "it is escalated after {}, but the request expires after {}",
                        escalation.after, approval.expires
                    ),
                    "escalate earlier, or write a longer expires",
                )
            })
        })
        .collect()
}

pub(super) fn reminder(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    let Some(approval) = &one.approval else {
        return Vec::new();
    };
    let steps = approval.steps.iter().enumerate();
    steps
        .filter_map(|(index, step)| {
            let remind = step.remind?;
            (remind >= approval.expires).then(|| {
                Found::warning(
                    format!("approval.steps[{index}].remind"),
                    format!(
                        "step {} is reminded every {remind}, but the request expires after {}",
                        index + 1,
                        approval.expires
                    ),
                    "remind more often, such as remind: 10m",
                )
            })
        })
        .collect()
}
