//! What limits a piece of what is given, and the same piece with other limits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Direction;
use super::terms::Term;
use crate::duration::Duration;
use crate::entitlement::Selector;
use crate::role::Role;

/// Each piece by its name, `roles/x on projects/y`.
pub(super) type Pieces = BTreeMap<String, Piece>;

/// What is known of a piece beside its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Piece {
    /// What limits it; more than one where several privileges give it.
    pub(super) limits: BTreeSet<Limit>,
    /// The role, and the projects that it is on, where they are selected.
    pub(super) selected: Option<(Role, Selector)>,
}

/// A limit in words; without any, the empty text.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Limit {
    pub(super) words: String,
    /// How long a token lives at most, for who acts as a service account.
    pub(super) token_max: Option<Duration>,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.token_max {
            Some(longest) => write!(f, "{}, tokens of at most {longest}", self.words),
            None if self.words.is_empty() => f.write_str("no condition"),
            None => f.write_str(&self.words),
        }
    }
}

/// What differs between the limits of a piece.
pub(super) fn terms(before: &Piece, after: &Piece) -> Vec<Term> {
    let mut terms = Vec::new();
    if let (Some((_, old)), Some((_, new))) = (&before.selected, &after.selected)
        && old != new
    {
        terms.push(Term {
            name: "on",
            before: old.to_string(),
            after: new.to_string(),
            direction: if is_within(new, old) {
                Direction::Less
            } else {
                Direction::More
            },
        });
    }
    if before.limits != after.limits {
        terms.push(tokens(before, after).unwrap_or_else(|| condition(before, after)));
    }
    terms
}

/// The life of a token, where nothing else differs.
fn tokens(before: &Piece, after: &Piece) -> Option<Term> {
    let only = |piece: &Piece| -> Option<(String, Duration)> {
        let mut limits = piece.limits.iter();
        let (first, None) = (limits.next()?, limits.next()) else {
            return None;
        };
        Some((first.words.clone(), first.token_max?))
    };
    let ((old_words, old), (new_words, new)) = (only(before)?, only(after)?);
    (old_words == new_words).then(|| Term {
        name: "longest life of a token",
        before: old.to_string(),
        after: new.to_string(),
        direction: if new > old {
            Direction::More
        } else {
            Direction::Less
        },
    })
}

fn condition(before: &Piece, after: &Piece) -> Term {
    let is_free = |piece: &Piece| piece.limits.contains(&Limit::default());
    let direction = match (is_free(before), is_free(after)) {
        (false, true) => Direction::More,
        (true, false) => Direction::Less,
        _ => Direction::Other,
    };
    let has_tokens = |piece: &Piece| piece.limits.iter().any(|limit| limit.token_max.is_some());
    let words = |piece: &Piece| {
        let each: Vec<String> = piece.limits.iter().map(ToString::to_string).collect();
        each.join("; or ")
    };
    Term {
        name: if has_tokens(before) || has_tokens(after) {
            "how"
        } else {
            "condition"
        },
        before: words(before),
        after: words(after),
        direction,
    }
}

/// Calls the pieces of the older version as in the newer where only the labels of their projects differ, one list of
/// labels being part of the other: then it is the same piece on fewer projects, or on more. Where it is not clear which
/// became which, they stay apart.
pub(super) fn align(before: &mut Pieces, after: &Pieces) {
    let only_in = |one: &Pieces, other: &Pieces| -> Vec<(String, Role, Selector)> {
        let alone = one.iter().filter(|(name, _)| !other.contains_key(*name));
        let selected = alone.filter_map(|(name, piece)| {
            let (role, selector) = piece.selected.clone()?;
            Some((name.clone(), role, selector))
        });
        selected.collect()
    };
    let (gone, fresh) = (only_in(before, after), only_in(after, before));
    let fits = |one: &(String, Role, Selector), other: &(String, Role, Selector)| {
        one.1 == other.1 && (is_within(&one.2, &other.2) || is_within(&other.2, &one.2))
    };
    for new in &fresh {
        let mut olds = gone.iter().filter(|old| fits(old, new));
        let (Some(old), None) = (olds.next(), olds.next()) else {
            continue;
        };
        let is_only = fresh.iter().filter(|other| fits(old, other)).count() == 1;
        if is_only && let Some(piece) = before.remove(&old.0) {
            before.insert(new.0.clone(), piece);
        }
    }
}

/// Whether the first selects some of what the other does.
fn is_within(narrow: &Selector, wide: &Selector) -> bool {
    let has = |(label, value)| narrow.labels.get(label) == Some(value);
    narrow.folder == wide.folder && wide.labels.iter().all(has)
}
