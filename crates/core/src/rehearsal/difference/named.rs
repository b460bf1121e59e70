//! What changes for some people only, whom somebody named.

use std::collections::BTreeSet;

use super::{Change, Difference};
use crate::principal::Principal;

impl Difference {
    /// Only what changes for these principals: by their own name, by a group that they are in, through others or not,
    /// or by their domain. A group stands for itself and for the people in it, a domain for everybody in it.
    #[must_use]
    pub fn only_for(mut self, who: &BTreeSet<String>) -> Self {
        let mut named: BTreeSet<Principal> =
            who.iter().filter_map(|one| one.parse().ok()).collect();
        let members = named.iter().filter_map(|one| match one {
            Principal::Group(group) => Some(self.groups.members_of(group)),
            _ => None,
        });
        let members: Vec<Principal> = members.flatten().map(Principal::of_account).collect();
        named.extend(members);
        for change in &mut self.changes {
            let unchanged_for = &change.unchanged_for;
            change.who.retain(|one| {
                let parsed = one.parse::<Principal>();
                parsed.is_ok_and(|one| named.iter().any(|name| concerns(&one, name, unchanged_for)))
            });
        }
        let is_left = |change: &Change| !change.who.is_empty();
        self.changes.retain(is_left);
        self
    }
}

/// Whether a change for `one` is a change for whoever is named.
fn concerns(one: &Principal, named: &Principal, unchanged_for: &BTreeSet<Principal>) -> bool {
    match (one, named) {
        _ if one == named => true,
        (Principal::Domain(domain), Principal::User(email)) => {
            email.domain() == domain && !unchanged_for.contains(named)
        }
        (Principal::User(email), Principal::Domain(domain)) => email.domain() == domain,
        _ => false,
    }
}
