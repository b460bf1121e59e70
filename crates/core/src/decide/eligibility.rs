//! Whether those whom a grant concerns are still those whom its entitlement names.

use std::collections::BTreeSet;

use super::is_among;
use crate::email::Email;
use crate::entitlement::Entitlement;
use crate::grant::Grant;
use crate::principal::Principal;

/// What stands against the one who asked or gave, or the one who receives; none: nothing. Both are asked again at each
/// yes and before anything begins.
pub fn no_longer_eligible(
    entitlement: &Entitlement,
    grant: &Grant,
    requester_groups: &BTreeSet<Email>,
    beneficiary_groups: &BTreeSet<Email>,
) -> Option<&'static str> {
    let (requester, beneficiary) = (grant.terms.requester.principal(), &grant.terms.beneficiary);
    let gives = grant.ask.gives();
    let (list, why) = if gives {
        (
            &entitlement.grantors,
            "whoever gives it may no longer give it",
        )
    } else {
        (
            &entitlement.requesters,
            "the requester may no longer ask for it",
        )
    };
    if !is_among(list, &requester, requester_groups) {
        return Some(why);
    }
    if requester == *beneficiary && !gives {
        return None;
    }
    let is_own = requester == *beneficiary
        || matches!(beneficiary, Principal::Group(group) if requester_groups.contains(group));
    if is_own && gives {
        return Some("nobody gives to themselves, nor to a group that they are in");
    }
    let is_in = |list: &[Principal]| is_among(list, beneficiary, beneficiary_groups);
    let may_receive =
        is_in(&entitlement.beneficiaries) || (gives && is_in(&entitlement.requesters));
    (!may_receive).then_some("the beneficiary may no longer receive it")
}
