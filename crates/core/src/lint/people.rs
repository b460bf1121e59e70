//! Who is meant by lists of principals, as far as it is known.

use std::collections::BTreeSet;

use super::World;
use crate::email::Email;
use crate::principal::Principal;

impl World<'_> {
    /// The people behind a principal; none: nobody can name them.
    pub(super) fn people(&self, principal: &Principal) -> Option<BTreeSet<Email>> {
        match principal {
            Principal::User(email) | Principal::ServiceAccount(email) => {
                Some(BTreeSet::from([email.clone()]))
            }
            Principal::Group(group) => {
                let groups = self.context.groups.as_ref()?;
                Some(groups.get(group).cloned().unwrap_or_default())
            }
            Principal::Domain(_) | Principal::Federated(_) | Principal::FederatedSet(_) => None,
        }
    }

    /// Whether everybody behind `narrow` is certainly behind `wide`, too.
    pub(super) fn covers(&self, wide: &Principal, narrow: &Principal) -> bool {
        if wide == narrow {
            return true;
        }
        match (wide, narrow) {
            (Principal::Domain(domain), Principal::User(email)) => email.domain() == domain,
            (Principal::Domain(domain), Principal::Group(_)) => {
                self.people(narrow).is_some_and(|people| {
                    !people.is_empty() && people.iter().all(|person| person.domain() == domain)
                })
            }
            (Principal::Group(_), Principal::User(email) | Principal::ServiceAccount(email)) => {
                self.people(wide)
                    .is_some_and(|people| people.contains(email))
            }
            (Principal::Group(_), Principal::Group(_)) => {
                match (self.people(wide), self.people(narrow)) {
                    (Some(wide), Some(narrow)) => !narrow.is_empty() && narrow.is_subset(&wide),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Whether everybody of one list is certainly in the other; never for an empty list.
    pub(super) fn all_covered<'p>(
        &self,
        narrow: impl IntoIterator<Item = &'p Principal>,
        wide: &[Principal],
    ) -> bool {
        let mut any = false;
        let all = narrow.into_iter().all(|one| {
            any = true;
            wide.iter().any(|other| self.covers(other, one)) || self.covered_together(one, wide)
        });
        any && all
    }

    /// Whether several principals together hold everybody of one.
    fn covered_together(&self, one: &Principal, wide: &[Principal]) -> bool {
        let Some(people) = self.people(one).filter(|people| !people.is_empty()) else {
            return false;
        };
        people.iter().all(|person| {
            let person = Principal::of_account(person.clone());
            wide.iter().any(|other| self.covers(other, &person))
        })
    }

    /// Whether somebody is certainly behind both.
    pub(super) fn meet(&self, one: &Principal, other: &Principal) -> bool {
        if self.covers(one, other) || self.covers(other, one) {
            return true;
        }
        match (self.people(one), self.people(other)) {
            (Some(one), Some(other)) => !one.is_disjoint(&other),
            (Some(people), None) | (None, Some(people)) => {
                let whole = if self.people(one).is_none() {
                    one
                } else {
                    other
                };
                people
                    .into_iter()
                    .any(|person| self.covers(whole, &Principal::of_account(person)))
            }
            (None, None) => false,
        }
    }

    /// Whether somebody is certainly in both lists.
    pub(super) fn lists_meet(&self, one: &[Principal], other: &[Principal]) -> bool {
        one.iter()
            .any(|left| other.iter().any(|right| self.meet(left, right)))
    }
}
