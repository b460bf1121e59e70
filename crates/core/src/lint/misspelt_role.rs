//! Predefined roles whose names look misspelt. Google says so only when the role is given.

use super::power::{ROLES_THAT_RUN_CODE, ROLES_WITH_POWER};
use super::role_names::ROLE_NAMES;
use super::{Found, World, leads_to_more};
use crate::entitlement::Entitlement;
use crate::nearest::distance;

/// Most letters that a slip leaves out, adds, changes or swaps with their neighbour.
const MOST_SLIPS: usize = 2;

/// The shortest name of a service that is compared: of shorter ones there are too many that differ by a letter.
const SHORTEST_SERVICE: usize = 5;

pub(super) fn check(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    leads_to_more::roles(one)
        .filter_map(|(path, _, role)| {
            let meant = meant(role.as_str())?;
            Some(Found::warning(
                path,
                format!("no predefined role of the name {role} is known here"),
                format!("did you mean {meant}?"),
            ))
        })
        .collect()
}

/// The role that was probably meant, if this one is unknown and nearly a known one.
pub(super) fn meant(role: &str) -> Option<&'static str> {
    let (service, name) = parts(role)?;
    let known = || {
        let powerful = ROLES_WITH_POWER.iter().map(|power| power.role);
        let others = ROLE_NAMES.iter().chain(ROLES_THAT_RUN_CODE).copied();
        powerful.chain(others)
    };
    if known().any(|other| other == role) {
        return None;
    }
    let slips = |other: &str| {
        let (other_service, other_name) = parts(other)?;
        let (of_service, of_name) = (steps(service, other_service)?, steps(name, other_name)?);
        let is_near = of_service == 0
            || of_service == 1 && service.len().min(other_service.len()) >= SHORTEST_SERVICE;
        let slips = of_service + of_name;
        (is_near && slips <= MOST_SLIPS && of_name * 3 <= name.len()).then_some(slips)
    };
    known()
        .filter_map(|other| Some((slips(other)?, other)))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, other)| other)
}

/// How far two words are apart, capitals aside; `None` if the lengths alone say that it is too far.
fn steps(one: &str, other: &str) -> Option<usize> {
    (one.len().abs_diff(other.len()) <= MOST_SLIPS)
        .then(|| distance(&one.to_ascii_lowercase(), &other.to_ascii_lowercase()))
}

/// `roles/storage.objectViewer` as `storage` and `objectViewer`.
fn parts(role: &str) -> Option<(&str, &str)> {
    role.strip_prefix("roles/")?.split_once('.')
}
