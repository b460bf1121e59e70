//! Who is in which group, through all groups between, in little memory.
//!
//! Each address is kept once and known by its number. Only what the file says is kept, both ways; what follows from
//! it is found by a walk over groups, whose cost is that of its answer. To write the closure down would cost more
//! than it saves: five thousand groups, each in the next, have twelve million pairs.

use std::collections::BTreeSet;

use daypass_core::email::Email;

use super::listing::Listing;

/// The groups and people, and who is directly in which group.
#[derive(Debug, Default)]
pub(super) struct Membership {
    /// In order; the place is the group's number.
    groups: Vec<Email>,
    /// Everybody who is a member and no group, in order; the place is the person's number.
    people: Vec<Email>,
    /// The groups that a person is directly in.
    groups_of_person: Edges,
    /// The groups that a group is directly in.
    groups_of_group: Edges,
    /// The people directly in a group.
    people_in: Edges,
    /// The groups directly in a group.
    groups_in: Edges,
}

/// From each number to some others, in one piece of memory.
#[derive(Debug, Default)]
struct Edges {
    /// Where the targets of each number begin; one more than there are numbers.
    starts: Box<[u32]>,
    targets: Box<[u32]>,
}

impl Edges {
    /// From pairs in any order, repetitions included.
    fn of(count: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = Vec::with_capacity(count + 1);
        let mut at = 0;
        for number in 0..count {
            starts.push(number_of(at));
            while pairs
                .get(at)
                .is_some_and(|(from, _)| *from as usize == number)
            {
                at += 1;
            }
        }
        starts.push(number_of(at));
        Self {
            starts: starts.into(),
            targets: pairs.into_iter().map(|(_, to)| to).collect(),
        }
    }

    fn from(&self, number: u32) -> &[u32] {
        let number = number as usize;
        match (self.starts.get(number), self.starts.get(number + 1)) {
            (Some(start), Some(end)) => self
                .targets
                .get(*start as usize..*end as usize)
                .unwrap_or_default(),
            _ => &[],
        }
    }
}

/// A place as a number. A file of 64 MiB has far fewer addresses and memberships than four billion.
fn number_of(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn find(sorted: &[Email], email: &Email) -> Option<u32> {
    sorted.binary_search(email).ok().map(number_of)
}

impl Membership {
    pub(super) fn of(listing: &Listing) -> Self {
        let mut groups: Vec<Email> = listing
            .groups
            .iter()
            .map(|(group, _)| group.clone())
            .collect();
        groups.sort_unstable();
        let mut people: Vec<&Email> = listing
            .groups
            .iter()
            .flat_map(|(_, members)| members)
            .collect();
        people.sort_unstable();
        people.dedup();
        let people: Vec<Email> = people
            .into_iter()
            .filter(|email| find(&groups, email).is_none())
            .cloned()
            .collect();
        let (mut in_group, mut nested) = (Vec::new(), Vec::new());
        for (group, members) in &listing.groups {
            let Some(group) = find(&groups, group) else {
                continue;
            };
            for member in members {
                match find(&groups, member) {
                    Some(inner) => nested.push((group, inner)),
                    None => in_group.extend(find(&people, member).map(|person| (group, person))),
                }
            }
        }
        let turned = |pairs: &[(u32, u32)]| {
            pairs
                .iter()
                .map(|(from, to)| (*to, *from))
                .collect::<Vec<_>>()
        };
        Self {
            groups_of_person: Edges::of(people.len(), turned(&in_group)),
            groups_of_group: Edges::of(groups.len(), turned(&nested)),
            people_in: Edges::of(groups.len(), in_group),
            groups_in: Edges::of(groups.len(), nested),
            groups,
            people,
        }
    }

    /// How many groups, how many people.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.groups.len(), self.people.len())
    }

    /// The groups that the address is in, through others or not. An address that is nowhere is in none.
    pub(super) fn groups_of(&self, member: &Email) -> BTreeSet<Email> {
        let direct = match (find(&self.people, member), find(&self.groups, member)) {
            (Some(person), _) => self.groups_of_person.from(person),
            (None, Some(group)) => self.groups_of_group.from(group),
            (None, None) => &[],
        };
        walk(direct, &self.groups_of_group, self.groups.len())
            .into_iter()
            .filter_map(|group| self.groups.get(group as usize).cloned())
            .collect()
    }

    /// The people in the group and in all groups within it. An unknown group has none.
    pub(super) fn members_of(&self, group: &Email) -> BTreeSet<Email> {
        let Some(group) = find(&self.groups, group) else {
            return BTreeSet::new();
        };
        let mut people: Vec<u32> = walk(&[group], &self.groups_in, self.groups.len())
            .into_iter()
            .flat_map(|group| self.people_in.from(group))
            .copied()
            .collect();
        people.sort_unstable();
        people.dedup();
        people
            .into_iter()
            .filter_map(|person| self.people.get(person as usize).cloned())
            .collect()
    }
}

/// Everything that can be reached from these, themselves included, each once and in order of their numbers.
fn walk(from: &[u32], edges: &Edges, count: usize) -> Vec<u32> {
    let mut seen = vec![false; if from.is_empty() { 0 } else { count }];
    let mut open = from.to_vec();
    let mut found = Vec::with_capacity(from.len());
    while let Some(number) = open.pop() {
        let Some(seen) = seen.get_mut(number as usize) else {
            continue;
        };
        if !std::mem::replace(seen, true) {
            found.push(number);
            open.extend_from_slice(edges.from(number));
        }
    }
    found.sort_unstable();
    found
}
