//! Whether somebody is meant by a list of principals.

use std::collections::BTreeSet;

use crate::email::Email;
use crate::principal::Principal;

/// Whether `who` is one of the principals: itself, by a group, or by its domain. Exact comparison only (C5).
pub fn is_among(principals: &[Principal], who: &Principal, groups: &BTreeSet<Email>) -> bool {
    principals.iter().any(|principal| match principal {
        Principal::Group(group) => groups.contains(group) || principal == who,
        Principal::Domain(domain) => {
            matches!(who, Principal::User(email) if email.domain() == domain)
        }
        exact => exact == who,
    })
}
