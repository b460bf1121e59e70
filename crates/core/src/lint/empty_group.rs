//! Groups in which nobody is.

use super::{Found, World};
use crate::entitlement::Entitlement;
use crate::principal::Principal;

pub(super) fn check(one: &Entitlement, world: &World<'_>) -> Vec<Found> {
    let mut lists: Vec<(String, &[Principal], &str)> = vec![
        ("requesters".into(), &one.requesters, "cannot ask for it"),
        (
            "beneficiaries".into(),
            &one.beneficiaries,
            "cannot receive it",
        ),
        ("grantors".into(), &one.grantors, "cannot give it"),
    ];
    for (index, step) in one
        .approval
        .iter()
        .flat_map(|rule| rule.steps.iter().enumerate())
    {
        if !step.peers {
            let path = format!("approval.steps[{index}].approvers");
            lists.push((path, &step.approvers, "cannot approve it"));
        }
        if let Some(escalation) = &step.escalate {
            let path = format!("approval.steps[{index}].escalate.to");
            lists.push((path, &escalation.to, "cannot approve it"));
        }
    }
    if let Some(rule) = &one.break_glass {
        lists.push((
            "break_glass.review.by".into(),
            &rule.review.by,
            "cannot review it",
        ));
    }
    let mut found = Vec::new();
    for (path, principals, cannot) in lists {
        for (index, principal) in principals.iter().enumerate() {
            let is_group = matches!(principal, Principal::Group(_));
            if is_group
                && world
                    .people(principal)
                    .is_some_and(|people| people.is_empty())
            {
                found.push(Found::warning(
                    format!("{path}[{index}]"),
                    format!("nobody is in {principal}, so it {cannot}"),
                    "check the spelling, or add people to the group",
                ));
            }
        }
    }
    found
}
