//! Lists of principals as people, where the members of groups are known.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::decide::{Facts, decide};
use crate::email::Email;
use crate::entitlement::Entitlement;
use crate::person::Person;
use crate::principal::Principal;
use crate::rehearsal::world::approver_groups;
use crate::rehearsal::{Groups, World};
use crate::request::Ask;

/// Most names that stand behind a group in a description.
const MOST_NAMES: usize = 5;

/// Members of groups, each group looked up once.
pub(super) struct Expansion<'a> {
    groups: &'a Groups,
    known: BTreeMap<Email, Rc<BTreeSet<Email>>>,
}

/// The people of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct People {
    pub(super) all: BTreeSet<Principal>,
    domains: BTreeSet<String>,
    /// Who is meant by the list and cannot come through all the same.
    pub(super) except: BTreeSet<Principal>,
}

impl People {
    /// Whether the list means this one.
    pub(super) fn has(&self, who: &Principal) -> bool {
        let by_domain = || match who {
            Principal::User(email) => self.domains.contains(email.domain()),
            _ => false,
        };
        !self.except.contains(who) && (self.all.contains(who) || by_domain())
    }

    /// Those that the other list does not mean.
    pub(super) fn without(&self, other: &Self) -> Vec<&Principal> {
        self.all.iter().filter(|who| !other.has(who)).collect()
    }

    /// Those that both lists mean.
    pub(super) fn both<'a>(&'a self, other: &'a Self) -> Vec<&'a Principal> {
        let mut both: BTreeSet<&Principal> = self.all.iter().filter(|who| other.has(who)).collect();
        both.extend(other.all.iter().filter(|who| self.has(who)));
        both.into_iter().collect()
    }

    /// Those whom it names, and those who cannot come through: a domain in another list says nothing new of them.
    pub(super) fn settled(&self) -> BTreeSet<Principal> {
        self.all.union(&self.except).cloned().collect()
    }

    pub(super) fn is_subset(&self, other: &Self) -> bool {
        self.all.iter().all(|who| other.has(who))
    }
}

impl<'a> Expansion<'a> {
    pub(super) fn new(groups: &'a Groups) -> Self {
        Self {
            groups,
            known: BTreeMap::new(),
        }
    }

    fn members(&mut self, group: &Email) -> Rc<BTreeSet<Email>> {
        if let Some(members) = self.known.get(group) {
            return Rc::clone(members);
        }
        let members = Rc::new(self.groups.members_of(group));
        self.known.insert(group.clone(), Rc::clone(&members));
        members
    }

    /// The people of a list. A group of which nothing is known, or which is empty, stands for itself.
    pub(super) fn people<'p>(
        &mut self,
        principals: impl IntoIterator<Item = &'p Principal>,
    ) -> People {
        let mut people = People::default();
        for principal in principals {
            match principal {
                Principal::Group(group) => {
                    let members = self.members(group);
                    if members.is_empty() {
                        people.all.insert(principal.clone());
                    }
                    people
                        .all
                        .extend(members.iter().cloned().map(Principal::of_account));
                }
                Principal::Domain(domain) => {
                    people.domains.insert(domain.clone());
                    people.all.insert(principal.clone());
                }
                exact => {
                    people.all.insert(exact.clone());
                }
            }
        }
        people
    }

    /// Those who may ask and for whom enough others can agree, by the rule of [`decide`] itself. Where a group of
    /// approvers is not known, enough are taken to be in it.
    pub(super) fn requesters(&mut self, entitlement: &Entitlement) -> People {
        let mut people = self.people(&entitlement.requesters);
        let unknown = approver_groups(entitlement).any(|group| !self.groups.knows(group));
        let Some(approval) = entitlement.approval.as_ref().filter(|_| !unknown) else {
            return people;
        };
        // With so many in every step, one person less always leaves enough.
        let plenty = approval.needed() as usize + 1;
        let mut approvers = BTreeSet::new();
        let mut scarce = false;
        for step in &approval.steps {
            let named = self.people(&step.approvers);
            scarce |= named.all.len() < plenty && named.domains.is_empty();
            approvers.extend(named.all);
        }
        if !scarce {
            return people;
        }
        let members = approver_groups(entitlement)
            .map(|group| (group.clone(), (*self.members(group)).clone()))
            .collect();
        let (world, Some(outsider)) = (World::default(), outsider()) else {
            return people;
        };
        let facts = Facts {
            members,
            ..world.facts(entitlement, &outsider, None, world.time)
        };
        let ask = Ask::new(entitlement.id.clone());
        let is_stuck = |person: &Person| {
            let decision = decide(entitlement, person, &ask, &facts);
            let mut rules = decision.rules.iter();
            rules.any(|rule| rule.name == "approval" && !rule.holds)
        };
        // Whoever is no approver takes nobody away from the steps.
        if is_stuck(&outsider) {
            people.except.extend(people.all.iter().cloned());
        } else {
            let own = people.all.intersection(&approvers);
            let stuck = own.filter(|who| {
                let email = who.email();
                email.is_some_and(|email| is_stuck(&World::person(email)))
            });
            people.except = stuck.cloned().collect();
        }
        people.all = &people.all - &people.except;
        people
    }

    /// A list in words, with the names behind groups.
    pub(super) fn describe<'p>(
        &mut self,
        principals: impl IntoIterator<Item = &'p Principal>,
    ) -> String {
        let words = principals.into_iter().map(|principal| match principal {
            Principal::Group(group) => {
                let members = self.members(group);
                let more = members.len().saturating_sub(MOST_NAMES);
                let mut names: Vec<String> = members
                    .iter()
                    .take(MOST_NAMES)
                    .map(ToString::to_string)
                    .collect();
                if more > 0 {
                    names.push(format!("{more} more"));
                }
                if names.is_empty() {
                    principal.to_string()
                } else {
                    format!("{principal} ({})", names.join(", "))
                }
            }
            Principal::User(email) => email.to_string(),
            other => other.to_string(),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

/// Somebody whom no entitlement names: `.invalid` is nobody's domain (RFC 2606).
fn outsider() -> Option<Person> {
    let email = Email::parse("nobody@outsider.invalid").ok()?;
    Some(World::person(&email))
}
