//! The last look before a policy is written: whatever the planner did, what is not ours must be as it was.

use super::{Edit, PlanError, Unit};
use crate::binding::{CanonicalResource, Found, OwnBinding, Ownership, ownership};
use crate::iam_policy::{Binding, Policy};
use crate::keyring::Keyring;

/// Compares the planned policy with the one that was read, by another way than the planner's: foreign bindings equal
/// and in their order, all other fields equal, and no binding of ours come or gone that no edit asked for (I1, I7).
pub(super) fn check(
    read: &Policy,
    planned: &Policy,
    resource: &CanonicalResource,
    keyring: &Keyring,
    units: &[Unit],
) -> Result<(), PlanError> {
    if read.other_fields() != planned.other_fields() {
        return Err(PlanError::SelfCheck("a field beside the bindings".into()));
    }
    let (foreign_before, own_before) = split(read.bindings(), resource, keyring);
    let (foreign_after, own_after) = split(planned.bindings(), resource, keyring);
    if foreign_before != foreign_after {
        let changed = foreign_before
            .iter()
            .find(|binding| !foreign_after.contains(binding))
            .or(foreign_after.last());
        return Err(PlanError::SelfCheck(
            changed
                .and_then(|b| b.role())
                .unwrap_or("a binding")
                .to_owned(),
        ));
    }
    let edits = || units.iter().flat_map(|unit| &unit.edits);
    for found in own_after.iter().filter(|found| !own_before.contains(found)) {
        if !edits().any(|edit| matches!(edit, Edit::Add(wanted) if found.is(wanted))) {
            return Err(PlanError::SelfCheck(format!(
                "a binding of grant {} that no edit adds",
                found.grant
            )));
        }
    }
    for found in own_before.iter().filter(|found| !own_after.contains(found)) {
        let asked = edits().any(|edit| match edit {
            Edit::Remove(place) | Edit::Add(place) => stands_in(found, place),
            Edit::RemoveFound(gone) => gone == found,
        });
        if !asked {
            return Err(PlanError::SelfCheck(format!(
                "a binding of grant {} that no edit removes",
                found.grant
            )));
        }
    }
    Ok(())
}

fn stands_in(found: &Found, place: &OwnBinding) -> bool {
    found.is_in_place_of(place)
}

fn split<'a>(
    bindings: &'a [Binding],
    resource: &CanonicalResource,
    keyring: &Keyring,
) -> (Vec<&'a Binding>, Vec<Found>) {
    let (mut foreign, mut own) = (Vec::new(), Vec::new());
    for binding in bindings {
        match ownership(binding, resource, keyring) {
            Ownership::Own(found) => own.push(found),
            Ownership::Foreign | Ownership::Altered { .. } => foreign.push(binding),
        }
    }
    (foreign, own)
}
