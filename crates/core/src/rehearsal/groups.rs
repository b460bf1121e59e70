//! Who is in which group, as a file or the fixtures of a rehearsal say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::email::Email;

/// Groups with their direct members. Groups may hold groups, in circles or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    members: BTreeMap<Email, Vec<Email>>,
    /// The groups that an address is directly in.
    parents: BTreeMap<Email, Vec<Email>>,
    /// What is known beside; a group that stands in both is the one above.
    below: Option<Arc<Groups>>,
}

impl Groups {
    /// Groups from their direct members. A member that is itself a group here stands for the people in it.
    pub fn new(members: BTreeMap<Email, Vec<Email>>) -> Self {
        let mut parents: BTreeMap<Email, Vec<Email>> = BTreeMap::new();
        for (group, list) in &members {
            for member in list {
                parents
                    .entry(member.clone())
                    .or_default()
                    .push(group.clone());
            }
        }
        Self {
            members,
            parents,
            below: None,
        }
    }

    /// The same groups, and those of `below` that are not among them.
    pub fn on_top_of(self, below: Arc<Self>) -> Arc<Self> {
        if self.members.is_empty() {
            return below;
        }
        let below = Some(below).filter(|below| !below.is_empty());
        Arc::new(Self { below, ..self })
    }

    /// Whether no group is known.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.below.as_ref().is_none_or(|below| below.is_empty())
    }

    /// Whether the group is known, with members or without.
    pub fn knows(&self, group: &Email) -> bool {
        self.direct(group).is_some()
    }

    /// The people in the group and in all groups within it. An unknown group has none.
    pub fn members_of(&self, group: &Email) -> BTreeSet<Email> {
        let (mut people, mut seen) = (BTreeSet::new(), BTreeSet::from([group]));
        let mut open = vec![group];
        while let Some(group) = open.pop() {
            for member in self.direct(group).unwrap_or_default() {
                if !self.knows(member) {
                    people.insert(member.clone());
                } else if seen.insert(member) {
                    open.push(member);
                }
            }
        }
        people
    }

    /// The groups that the address is in, through others or not.
    pub fn groups_of(&self, member: &Email) -> BTreeSet<Email> {
        let mut found = BTreeSet::new();
        let mut open = vec![member];
        while let Some(member) = open.pop() {
            for group in self.direct_parents(member) {
                if found.insert(group.clone()) {
                    open.push(group);
                }
            }
        }
        found
    }

    /// Whether some group lists the address.
    pub fn lists(&self, member: &Email) -> bool {
        !self.direct_parents(member).is_empty()
    }

    fn direct(&self, group: &Email) -> Option<&[Email]> {
        match self.members.get(group) {
            Some(members) => Some(members),
            None => self.below.as_ref()?.direct(group),
        }
    }

    fn direct_parents(&self, member: &Email) -> Vec<&Email> {
        let own = self.parents.get(member).into_iter().flatten();
        let below = self.below.as_ref().map(|below| {
            let mut parents = below.direct_parents(member);
            parents.retain(|group| !self.members.contains_key(*group));
            parents
        });
        own.chain(below.into_iter().flatten()).collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@example.com")).unwrap()
    }

    fn groups(of: &[(&str, &[&str])]) -> Groups {
        let members = of
            .iter()
            .map(|(group, list)| (email(group), list.iter().map(|name| email(name)).collect()));
        Groups::new(members.collect())
    }

    fn emails(names: &[&str]) -> BTreeSet<Email> {
        names.iter().map(|name| email(name)).collect()
    }

    #[test]
    fn nested_and_in_a_circle() {
        let groups = groups(&[("a", &["x", "b"]), ("b", &["y", "c"]), ("c", &["z", "a"])]);
        for group in ["a", "b", "c"] {
            assert_eq!(groups.members_of(&email(group)), emails(&["x", "y", "z"]));
        }
        assert_eq!(groups.groups_of(&email("z")), emails(&["a", "b", "c"]));
        assert!(groups.members_of(&email("nobody")).is_empty());
        assert!(groups.lists(&email("x")) && !groups.lists(&email("nobody")));
    }

    #[test]
    fn a_group_above_hides_the_one_below() {
        let below = Arc::new(groups(&[("a", &["x"]), ("b", &["a", "y"])]));
        let both = groups(&[("a", &["z"])]).on_top_of(below);
        assert_eq!(both.members_of(&email("b")), emails(&["y", "z"]));
        assert_eq!(both.groups_of(&email("z")), emails(&["a", "b"]));
        assert_eq!(both.groups_of(&email("x")), emails(&[]));
        assert!(both.knows(&email("b")));
    }
}
