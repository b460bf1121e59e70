//! Labels that look misspelt.

use super::{Found, World};
use crate::entitlement::Entitlement;
use crate::nearest::nearest;

/// How often another label must be used for this one to be taken for a slip.
const USUAL: usize = 3;

pub(super) fn check(one: &Entitlement, world: &World<'_>) -> Vec<Found> {
    let rare = one
        .labels
        .keys()
        .filter(|label| world.labels.get(label.as_str()) == Some(&1));
    rare.filter_map(|label| {
        let usual = world
            .labels
            .iter()
            .filter(|(_, count)| **count >= USUAL)
            .map(|(label, _)| *label);
        let meant = nearest(label, usual)?;
        Some(Found::warning(
            format!("labels.{label}"),
            format!("the label '{label}' is used here only"),
            format!(
                "did you mean '{meant}', as in {} others?",
                world.labels[meant]
            ),
        ))
    })
    .collect()
}
