//! Planning an edit of a policy: wanted changes, the actual policy, out comes the policy to write.
//!
//! Pure, so that applying it leaves no choice. Only bindings that are proved to be ours are touched (I1, I7, I9); all
//! changes that wait for one resource go into one plan, and one that does not fit is left out without harming the
//! others.

pub mod expired;
pub mod limits;
mod self_check;

use std::rc::Rc;

use thiserror::Error as ThisError;

use crate::binding::{CanonicalResource, Found, OwnBinding, Ownership, ownership};
use crate::iam_policy::{Binding, Policy};
use crate::ids::GrantId;
use crate::keyring::Keyring;
use crate::mutant;
use limits::{Exceeded, Limits, Usage, Warning};

/// One change of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// The binding shall stand, exactly so and once. Another one of ours in its place is replaced.
    Add(OwnBinding),
    /// No binding of ours shall stand in this one's place, whatever its window.
    Remove(OwnBinding),
    /// This binding, found and proved to be ours, shall go.
    RemoveFound(Found),
}

/// The edits of one grant on one resource: they go in together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The grant.
    pub grant: GrantId,
    /// Its edits.
    pub edits: Vec<Edit>,
}

/// What to write.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The policy to write, bearing the etag that was read.
    pub policy: Policy,
    /// Whether it differs from what was read. If not, nothing need be written.
    pub changes: bool,
    /// The units that were left out, and why.
    pub refused: Vec<(GrantId, Exceeded)>,
    /// Limits that the policy comes near.
    pub warnings: Vec<Warning>,
}

/// Why a policy is not edited at all.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum PlanError {
    /// Without an etag, a write would overwrite whatever came in between (I3).
    #[error("the policy was read without an etag; writing it could undo the changes of others")]
    NoEtag,
    /// The conditions have been cut off; writing it back would lose them (I4).
    #[error(
        "the policy was read without its conditions (role {0}); writing it back would lose them"
    )]
    Downgraded(String),
    /// The plan would change what is not ours: a defect of Daypass, caught before it does harm.
    #[error("the planned policy would change {0}, which is not Daypass's; nothing was written")]
    SelfCheck(String),
}

/// A binding with the answer to whose it is, so that each proof is checked once.
#[derive(Debug, Clone)]
struct Slot {
    binding: Rc<Binding>,
    ownership: Rc<Ownership>,
}

impl Slot {
    fn new(binding: Binding, resource: &CanonicalResource, keyring: &Keyring) -> Self {
        let ownership = Rc::new(ownership(&binding, resource, keyring));
        Self {
            binding: Rc::new(binding),
            ownership,
        }
    }

    fn is_own(&self, matches: impl Fn(&Found) -> bool) -> bool {
        matches!(&*self.ownership, Ownership::Own(found) if matches(found))
    }
}

/// Plans the units' edits. Units that only remove go first, because they make room; the rest in the given order.
pub fn plan(
    policy: &Policy,
    resource: &CanonicalResource,
    keyring: &Keyring,
    units: &[Unit],
    limits: &Limits,
) -> Result<Plan, PlanError> {
    if policy.etag().is_none() && !mutant::is(mutant::Mutant::EtagMissingAccepted) {
        return Err(PlanError::NoEtag);
    }
    if let Some(binding) = policy
        .bindings()
        .iter()
        .find(|binding| binding.is_downgraded())
        && !mutant::is(mutant::Mutant::DowngradedAccepted)
    {
        return Err(PlanError::Downgraded(
            binding.role().unwrap_or_default().to_owned(),
        ));
    }
    let before: Vec<Slot> = policy
        .bindings()
        .iter()
        .map(|binding| Slot::new(binding.clone(), resource, keyring))
        .collect();
    let mut slots = before.clone();
    let mut usage = Usage::of(policy);
    let mut refused = Vec::new();
    let adds = |unit: &&Unit| unit.edits.iter().any(|edit| matches!(edit, Edit::Add(_)));
    let (adding, removing): (Vec<&Unit>, Vec<&Unit>) = units.iter().partition(adds);
    for unit in removing.into_iter().chain(adding) {
        let candidate = apply(&slots, unit, resource, keyring);
        let usage_after = usage.change(
            &difference(&slots, &candidate),
            &difference(&candidate, &slots),
        );
        match limits.check(&usage, &usage_after) {
            Some(exceeded) if !mutant::is(mutant::Mutant::LimitsIgnored) => {
                refused.push((unit.grant, exceeded));
            }
            _ => (slots, usage) = (candidate, usage_after),
        }
    }
    let changes = slots.len() != before.len()
        || slots
            .iter()
            .zip(&before)
            .any(|(a, b)| !Rc::ptr_eq(&a.binding, &b.binding));
    let mut planned =
        policy.with_bindings(slots.iter().map(|slot| (*slot.binding).clone()).collect());
    if mutant::is(mutant::Mutant::EtagDropped) {
        planned = planned.without_etag();
    }
    if !mutant::is(mutant::Mutant::SelfCheckSkipped) {
        self_check::check(policy, &planned, resource, keyring, units)?;
    }
    Ok(Plan {
        policy: planned,
        changes,
        refused,
        warnings: limits.warnings(&usage),
    })
}

/// The bindings in `a` that are not in `b`, by identity: what a candidate removed or added.
fn difference(a: &[Slot], b: &[Slot]) -> Vec<Rc<Binding>> {
    let known: std::collections::HashSet<*const Binding> =
        b.iter().map(|slot| Rc::as_ptr(&slot.binding)).collect();
    a.iter()
        .filter(|slot| !known.contains(&Rc::as_ptr(&slot.binding)))
        .map(|slot| Rc::clone(&slot.binding))
        .collect()
}

fn apply(
    slots: &[Slot],
    unit: &Unit,
    resource: &CanonicalResource,
    keyring: &Keyring,
) -> Vec<Slot> {
    let mut slots = slots.to_vec();
    for edit in &unit.edits {
        match edit {
            Edit::Add(wanted) => {
                let mut stands = false;
                slots.retain(|slot| {
                    let exact = slot.is_own(|found| found.is(wanted));
                    let keep =
                        !slot.is_own(|found| found.is_in_place_of(wanted)) || (exact && !stands);
                    stands |= exact;
                    keep || mutant::is(mutant::Mutant::OldWindowKept)
                });
                if !stands || mutant::is(mutant::Mutant::AddedTwice) {
                    slots.push(Slot::new(
                        wanted.render(resource, keyring),
                        resource,
                        keyring,
                    ));
                }
            }
            Edit::Remove(place) => slots.retain(|slot| {
                let same_access = mutant::is(mutant::Mutant::RemovesByAccess)
                    && slot.binding.role() == Some(place.role.as_str())
                    && slot.binding.members() == [place.member.to_string()];
                !slot.is_own(|found| found.is_in_place_of(place)) && !same_access
            }),
            Edit::RemoveFound(gone) => slots.retain(|slot| !slot.is_own(|found| found == gone)),
        }
    }
    slots
}

#[cfg(test)]
mod tests;
