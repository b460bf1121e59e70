//! What a policy holds of ours, and what of it may go.

use jiff::{SignedDuration, Timestamp};

use crate::binding::{CanonicalResource, Found, Ownership, ownership};
use crate::iam_policy::Policy;
use crate::ids::GrantId;
use crate::keyring::Keyring;
use crate::mutant;

/// How long after its end, by Google's clock, an expired binding is left alone (I9): the clocks of Google's servers
/// need not agree to the second, and nobody loses a second that was agreed. Removing it later harms nobody.
pub const SWEEP_GRACE: SignedDuration = SignedDuration::from_secs(60);

/// The bindings in a policy that bear our title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Proved to be ours.
    pub own: Vec<Found>,
    /// With our title, but without our proof: edited by hand or forged. Reported, never touched.
    pub altered: Vec<GrantId>,
}

/// Looks for our bindings.
pub fn survey(policy: &Policy, resource: &CanonicalResource, keyring: &Keyring) -> Survey {
    let mut survey = Survey::default();
    for binding in policy.bindings() {
        match ownership(binding, resource, keyring) {
            Ownership::Own(found) => survey.own.push(found),
            Ownership::Altered { grant } => survey.altered.push(grant),
            Ownership::Foreign => {}
        }
    }
    survey
}

/// Whether a binding of ours has ended and its time of grace too: only then is it removed unasked (I9).
pub fn is_expired(found: &Found, now: Timestamp) -> bool {
    if mutant::is(mutant::Mutant::SweepsLive) {
        return true;
    }
    found
        .window
        .end
        .checked_add(SWEEP_GRACE)
        .is_ok_and(|over| over < now)
}
