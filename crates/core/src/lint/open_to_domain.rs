//! Power for everybody.

use super::{Found, World};
use crate::entitlement::Entitlement;
use crate::principal::Principal;

pub(super) fn check(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    if one.approval.is_some() {
        return Vec::new();
    }
    let wide = one.requesters.iter().enumerate().filter(|(_, requester)| {
        matches!(requester, Principal::Domain(_) | Principal::FederatedSet(_))
    });
    wide.map(|(index, requester)| {
        let who = match requester {
            Principal::Domain(domain) => format!("everybody of {domain}"),
            other => format!("every identity of {other}"),
        };
        Found::warning(
            format!("requesters[{index}]"),
            format!("{who} can have it without anybody's approval"),
            "name groups instead, or write an approval",
        )
    })
    .collect()
}
