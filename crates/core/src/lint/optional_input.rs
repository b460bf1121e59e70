//! Constraints that take for granted what need not be filled in.

use super::{Found, World};
use crate::constraint::Constraint;
use crate::entitlement::Entitlement;

pub(super) fn check(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    let approval = one.approval.iter().flat_map(|rule| &rule.constraints);
    on(one, "constraints", one.constraints.iter())
        .chain(on(one, "approval.constraints", approval))
        .collect()
}

fn on<'a>(
    one: &'a Entitlement,
    path: &'static str,
    constraints: impl Iterator<Item = &'a Constraint>,
) -> impl Iterator<Item = Found> {
    constraints
        .enumerate()
        .flat_map(move |(index, constraint)| {
            let optional = one
                .inputs
                .iter()
                .filter(|input| !input.required && constraint.takes_for_granted(&input.name));
            optional.map(move |input| {
                let name = &input.name;
                Found::warning(
                    format!("{path}[{index}]"),
                    format!("input.{name} need not be filled in, and where it is not, this denies"),
                    format!("write has(input.{name}) && …, or required: true at the input"),
                )
            })
        })
}
