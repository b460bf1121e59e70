//! What a change of the entitlements means for people: who may do what that they could not do before.
//!
//! Two versions are compared entitlement by entitlement; one whose hash stays the same gives the same to the same
//! people on the same terms, as groups are the same on both sides. What differs is told for each principal, each role
//! on a resource and each [`Way`], most dangerous first.

mod agreement;
mod compare;
mod named;
mod people;
mod pieces;
mod privileges;
mod terms;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::Groups;
use crate::entitlement::{Catalogue, Entitlement, EntitlementId, Hash};
use crate::principal::Principal;

use compare::Comparison;
use people::Expansion;
use privileges::Givable;

/// What differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// What changes for people, most dangerous first.
    pub changes: Vec<Change>,
    /// Entitlements that have another id and are the same in everything that counts: before, after.
    pub renamed: Vec<(EntitlementId, EntitlementId)>,
    /// Entitlements that are written differently without a difference for anybody. Requests for them that wait are
    /// decided anew all the same.
    pub in_words_only: Vec<EntitlementId>,
    /// How many entitlements the older version has.
    pub before: usize,
    /// How many the newer has.
    pub after: usize,
    /// Who is in which group, on both sides.
    groups: Groups,
}

/// One difference, for some people and some privileges: each of them with each of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whether it is more or less.
    pub direction: Direction,
    /// What they may do or could do.
    pub way: Way,
    /// By which entitlement.
    pub entitlement: EntitlementId,
    /// Who: principals as IAM writes them. A group stands for itself only where nothing is known of its members.
    pub who: Vec<String>,
    /// Roles on resources, and service accounts to act as.
    pub what: Vec<String>,
    /// What about it differs: `possible`, `approval`, `longest duration`, ….
    pub term: String,
    /// How it was; none: it was not possible.
    pub before: Option<String>,
    /// How it is; none: it is not possible any more.
    pub after: Option<String>,
    /// How near it is to power without another person's word; less is nearer.
    rank: u8,
    /// Those for whom it changes nothing though a domain among `who` means them: they are named in both versions, or
    /// cannot come through.
    unchanged_for: BTreeSet<Principal>,
}

impl Change {
    /// How many (who, what) it is about.
    pub fn pairs(&self) -> usize {
        self.who.len() * self.what.len()
    }
}

/// What somebody may do with an entitlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Asking for it.
    Ask,
    /// Giving it unasked.
    Give,
    /// Receiving what somebody else asks for or gives.
    Receive,
    /// Approving it.
    Approve,
    /// Reviewing it after an emergency.
    Review,
    /// Ending grants of it before their time, as its owner.
    End,
}

impl Way {
    /// The verb.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ask => "ask for",
            Self::Give => "give",
            Self::Receive => "receive",
            Self::Approve => "approve",
            Self::Review => "review",
            Self::End => "end grants of",
        }
    }
}

/// Whether a change is more power or less, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// It was not possible before.
    New,
    /// It was possible; now some request passes that did not, or it lasts longer, or fewer must agree.
    More,
    /// Neither more nor less by form: somebody must read it.
    Other,
    /// Somebody is newly asked to approve or review what can only be had less easily than before: a new duty, which
    /// opens nothing.
    Asked,
    /// Some request is refused that passed, or it is shorter, or more must agree.
    Less,
    /// It is not possible any more.
    Lost,
}

impl Direction {
    /// All, in order.
    pub const ALL: [Self; 6] = [
        Self::New,
        Self::More,
        Self::Other,
        Self::Asked,
        Self::Less,
        Self::Lost,
    ];

    /// Its stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::More => "more",
            Self::Other => "other",
            Self::Asked => "asked",
            Self::Less => "less",
            Self::Lost => "lost",
        }
    }

    /// Whether it is, or may be, power that was not there before.
    pub fn may_be_new_power(self) -> bool {
        matches!(self, Self::New | Self::More | Self::Other)
    }
}

impl Difference {
    /// Whether somebody can, or may be able to, do more than before.
    pub fn may_be_new_power(&self) -> bool {
        let mut changes = self.changes.iter();
        changes.any(|change| change.direction.may_be_new_power())
    }

    /// How many (who, what) are changed in this direction.
    pub fn pairs(&self, direction: Direction) -> usize {
        let changes = self.changes.iter();
        changes
            .filter(|change| change.direction == direction)
            .map(Change::pairs)
            .sum()
    }
}

/// Compares two versions. Groups are those of today on both sides.
pub fn difference(old: &Catalogue, new: &Catalogue, groups: &Groups) -> Difference {
    let mut difference = Difference {
        before: old.len(),
        after: new.len(),
        groups: groups.clone(),
        ..Difference::default()
    };
    let (old_givable, new_givable) = (Givable::of(old), Givable::of(new));
    let giving_changed = old_givable.changed(&new_givable);
    let renamed = renamed(old, new);
    let mut comparison = Comparison {
        people: Expansion::new(groups),
        old: old_givable,
        new: new_givable,
    };
    for before in old.iter() {
        let id = renamed.get(&before.id).unwrap_or(&before.id);
        let after = new.get(id);
        let same = after.is_some() && old.hash(&before.id) == new.hash(id);
        if same && !giving_changed.contains(id) {
            continue;
        }
        let changes = comparison.changes(Some(before), after);
        if changes.is_empty() && !same && *id == before.id {
            difference.in_words_only.push(id.clone());
        }
        difference.changes.extend(changes);
    }
    let taken: BTreeSet<&EntitlementId> = renamed.values().collect();
    for after in new.iter() {
        if old.get(&after.id).is_none() && !taken.contains(&after.id) {
            let changes = comparison.changes(None, Some(after));
            difference.changes.extend(changes);
        }
    }
    difference.changes.sort_by(|one, other| {
        let key = |change: &Change| (change.direction, change.rank, change.way);
        key(one)
            .cmp(&key(other))
            .then_with(|| one.entitlement.cmp(&other.entitlement))
    });
    difference.renamed = renamed.into_iter().collect();
    difference
}

/// Entitlements that are gone and stand under another id: all but id and words is the same.
fn renamed(old: &Catalogue, new: &Catalogue) -> BTreeMap<EntitlementId, EntitlementId> {
    let gone: Vec<&Entitlement> = old
        .iter()
        .filter(|one| new.get(&one.id).is_none())
        .collect();
    let Some(first) = gone.first() else {
        return BTreeMap::new();
    };
    let essence = |one: &Entitlement| -> Hash {
        Entitlement {
            id: first.id.clone(),
            title: String::new(),
            description: String::new(),
            ..one.clone()
        }
        .hash()
    };
    let mut added: Vec<(Hash, &EntitlementId)> = new
        .iter()
        .filter(|one| old.get(&one.id).is_none())
        .map(|one| (essence(one), &one.id))
        .collect();
    let mut renamed = BTreeMap::new();
    for one in gone {
        let hash = essence(one);
        if let Some(place) = added.iter().position(|(other, _)| *other == hash) {
            renamed.insert(one.id.clone(), added.remove(place).1.clone());
        }
    }
    renamed
}
