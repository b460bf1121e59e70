//! The same said twice.

use super::reach::{self, Given};
use super::{Found, World};
use crate::diagnostic::Severity;
use crate::entitlement::Entitlement;

pub(super) fn check(one: &Entitlement, world: &World<'_>) -> Vec<Found> {
    let Some(first) = reach::all(one).next() else {
        return Vec::new();
    };
    let earlier = world
        .reach
        .including(first)
        .map(|wide: &Given<'_>| wide.by)
        // Each pair is told once, at the later of the two.
        .find(|other| other.id < one.id && is_same(other, one));
    earlier
        .map(|other| Found {
            severity: Severity::Error,
            ..Found::warning(
                "id",
                format!("it says the same as {}", world.name(&other.id)),
                "remove one of them",
            )
        })
        .into_iter()
        .collect()
}

/// Whether they differ in name and words only.
fn is_same(one: &Entitlement, other: &Entitlement) -> bool {
    let renamed = Entitlement {
        id: other.id.clone(),
        title: other.title.clone(),
        description: other.description.clone(),
        owner: other.owner.clone(),
        labels: other.labels.clone(),
        notify: other.notify.clone(),
        ..one.clone()
    };
    renamed == *other
}
