//! Whether those whom a grant concerns are those whom its entitlement names: when it is asked for, at each yes, and before
//! anything begins.

use std::collections::BTreeSet;

use super::is_among;
use crate::email::Email;
use crate::entitlement::Entitlement;
use crate::grant::Grant;
use crate::principal::Principal;

/// Who asks or gives, and who receives.
pub(super) struct Concerned<'a> {
    /// Who asks, or gives.
    pub(super) requester: &'a Principal,
    /// The groups of that person.
    pub(super) groups: &'a BTreeSet<Email>,
    /// Who receives it.
    pub(super) beneficiary: &'a Principal,
    /// The groups of the one who receives it.
    pub(super) beneficiary_groups: &'a BTreeSet<Email>,
    /// Whether it is given unasked.
    pub(super) gives: bool,
}

/// Why somebody may not receive it.
pub(super) enum Refusal {
    /// Who gives would gain by it.
    OwnGift,
    /// The entitlement does not name them.
    NotNamed,
}

/// Whether the one who asks may ask, or the one who gives may give.
pub(super) fn has_standing(
    entitlement: &Entitlement,
    requester: &Principal,
    groups: &BTreeSet<Email>,
    gives: bool,
) -> bool {
    let list = if gives {
        &entitlement.grantors
    } else {
        &entitlement.requesters
    };
    is_among(list, requester, groups)
}

/// Whether the one who receives it may.
pub(super) fn may_receive(entitlement: &Entitlement, who: &Concerned<'_>) -> Result<(), Refusal> {
    let is_same = who.requester == who.beneficiary;
    if is_same && !who.gives {
        return Ok(());
    }
    let by_group = matches!(who.beneficiary, Principal::Group(group) if who.groups.contains(group));
    if who.gives && (is_same || by_group) {
        return Err(Refusal::OwnGift);
    }
    let is_in = |list: &[Principal]| is_among(list, who.beneficiary, who.beneficiary_groups);
    // A gift stays among those whom the entitlement names: whoever may ask for it may also be given it.
    if is_in(&entitlement.beneficiaries) || (who.gives && is_in(&entitlement.requesters)) {
        Ok(())
    } else {
        Err(Refusal::NotNamed)
    }
}

/// What stands against the one who asked or gave, or the one who receives; none: nothing.
pub fn no_longer_eligible(
    entitlement: &Entitlement,
    grant: &Grant,
    requester_groups: &BTreeSet<Email>,
    beneficiary_groups: &BTreeSet<Email>,
) -> Option<&'static str> {
    let who = Concerned {
        requester: &grant.terms.requester.principal(),
        groups: requester_groups,
        beneficiary: &grant.terms.beneficiary,
        beneficiary_groups,
        gives: grant.ask.gives(),
    };
    if !has_standing(entitlement, who.requester, who.groups, who.gives) {
        return Some(if who.gives {
            "whoever gives it may no longer give it"
        } else {
            "the requester may no longer ask for it"
        });
    }
    match may_receive(entitlement, &who) {
        Ok(()) => None,
        Err(Refusal::OwnGift) => {
            Some("nobody gives to themselves, nor to a group that they are in")
        }
        Err(Refusal::NotNamed) => Some("the beneficiary may no longer receive it"),
    }
}
