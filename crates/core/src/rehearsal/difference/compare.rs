//! One entitlement in two versions.

use std::collections::BTreeSet;

use super::people::{Expansion, People};
use super::pieces::{self, Pieces};
use super::privileges::{Givable, pieces};
use super::terms::{Term, terms};
use super::{Change, Direction, Way, agreement};
use crate::entitlement::{Approval, Entitlement};
use crate::principal::Principal;

const WAYS: [Way; 6] = [
    Way::Ask,
    Way::Give,
    Way::Receive,
    Way::Approve,
    Way::Review,
    Way::End,
];

/// What is known while two versions are compared.
pub(super) struct Comparison<'a> {
    pub(super) people: Expansion<'a>,
    pub(super) old: Givable<'a>,
    pub(super) new: Givable<'a>,
}

/// Who may do what in one way, by one version.
struct Reach {
    people: People,
    pieces: Pieces,
}

impl Comparison<'_> {
    /// Everything that differs; none on one side: the entitlement is not there.
    pub(super) fn changes(
        &mut self,
        old: Option<&Entitlement>,
        new: Option<&Entitlement>,
    ) -> Vec<Change> {
        let mut changes = Vec::new();
        for way in WAYS {
            let mut before = old.map(|old| {
                let pieces = match way {
                    Way::Give => self.old.pieces(old),
                    _ => pieces(old),
                };
                self.reach(old, way, pieces)
            });
            let after = new.map(|new| {
                let pieces = match way {
                    Way::Give => self.new.pieces(new),
                    _ => pieces(new),
                };
                self.reach(new, way, pieces)
            });
            if let (Some(before), Some(after)) = (&mut before, &after) {
                pieces::align(&mut before.pieces, &after.pieces);
            }
            self.possible(
                old,
                new,
                way,
                (before.as_ref(), after.as_ref()),
                &mut changes,
            );
            if let (Some(old), Some(new), Some(before), Some(after)) = (old, new, before, after) {
                self.kept(old, new, way, (&before, &after), &mut changes);
            }
        }
        changes
    }

    fn reach(&mut self, one: &Entitlement, way: Way, pieces: Pieces) -> Reach {
        let people = match way {
            Way::Ask => self.people.requesters(one),
            Way::Give => self.people.people(&one.grantors),
            Way::Receive => self.people.people(&one.beneficiaries),
            Way::Approve => {
                let approval = one.approval.iter();
                self.people.people(approval.flat_map(Approval::everybody))
            }
            Way::Review => {
                let rule = one.break_glass.iter();
                self.people.people(rule.flat_map(|rule| &rule.review.by))
            }
            Way::End => self.people.people(&one.owner),
        };
        Reach { people, pieces }
    }

    /// What is possible in one version only.
    fn possible(
        &mut self,
        old: Option<&Entitlement>,
        new: Option<&Entitlement>,
        way: Way,
        (before, after): (Option<&Reach>, Option<&Reach>),
        changes: &mut Vec<Change>,
    ) {
        let nothing = Reach {
            people: People::default(),
            pieces: Pieces::new(),
        };
        let (before, after) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
        if let Some(new) = new {
            let words = self.words(new, way);
            let harder = match old {
                Some(old) if matches!(way, Way::Approve | Way::Review) => {
                    self.harder(old, new, (before, after))
                }
                _ => BTreeSet::new(),
            };
            for Only {
                who,
                what,
                unchanged_for,
            } in only_in(after, before)
            {
                let (asked, fresh): (Vec<String>, Vec<String>) =
                    what.into_iter().partition(|piece| harder.contains(piece));
                for (direction, what) in [(Direction::New, fresh), (Direction::Asked, asked)] {
                    if what.is_empty() {
                        continue;
                    }
                    changes.push(Change {
                        direction,
                        way,
                        entitlement: new.id.clone(),
                        who: who.clone(),
                        what,
                        term: "possible".into(),
                        before: None,
                        after: Some(words.clone()),
                        rank: rank(new, way),
                        unchanged_for: unchanged_for.clone(),
                    });
                }
            }
        }
        if let Some(old) = old {
            let words = self.words(old, way);
            for Only {
                who,
                what,
                unchanged_for,
            } in only_in(before, after)
            {
                changes.push(Change {
                    direction: Direction::Lost,
                    way,
                    entitlement: new.unwrap_or(old).id.clone(),
                    who,
                    what,
                    term: "possible".into(),
                    before: Some(words.clone()),
                    after: None,
                    rank: rank(old, way),
                    unchanged_for,
                });
            }
        }
    }

    /// The pieces that take more agreement than before, and that nothing else makes easier to get: a further word on
    /// them opens nothing. An approver who is added to a step that was there makes it easier to pass.
    fn harder(
        &mut self,
        old: &Entitlement,
        new: &Entitlement,
        (before, after): (&Reach, &Reach),
    ) -> BTreeSet<String> {
        let is_less = |direction| direction == Direction::Less;
        let takes_more = agreement::direction(old, new, &mut self.people).is_some_and(is_less);
        let asking = terms(old, new, Way::Ask, &mut self.people);
        if !takes_more || !asking.iter().all(|term| is_less(term.direction)) {
            return BTreeSet::new();
        }
        let pieces = before.pieces.iter().filter(|(piece, before)| {
            let after = after.pieces.get(*piece);
            after.is_some_and(|after| {
                let terms = pieces::terms(before, after);
                terms.iter().all(|term| is_less(term.direction))
            })
        });
        pieces.map(|(piece, _)| piece.clone()).collect()
    }

    /// What differs for those who may do it in both versions.
    fn kept(
        &mut self,
        old: &Entitlement,
        new: &Entitlement,
        way: Way,
        (before, after): (&Reach, &Reach),
        changes: &mut Vec<Change>,
    ) {
        let who = named(before.people.both(&after.people));
        let unchanged_for = &before.people.except | &after.people.except;
        let what: Vec<String> = before
            .pieces
            .keys()
            .filter(|piece| after.pieces.contains_key(*piece))
            .cloned()
            .collect();
        if who.is_empty() || what.is_empty() {
            return;
        }
        let change = |who: &[String], term: Term, what: Vec<String>| Change {
            direction: term.direction,
            way,
            entitlement: new.id.clone(),
            who: who.to_vec(),
            what,
            term: term.name.into(),
            before: Some(term.before),
            after: Some(term.after),
            rank: rank(new, way),
            unchanged_for: unchanged_for.clone(),
        };
        for term in terms(old, new, way, &mut self.people) {
            changes.push(change(&who, term, what.clone()));
        }
        // Whoever approves it sees the same difference; it is told once, where it begins, and to those who receive it
        // without being able to ask.
        let who = match way {
            Way::Ask | Way::Give => who,
            Way::Receive => self.only_receiving(old, new, (before, after)),
            Way::Approve | Way::Review | Way::End => return,
        };
        if who.is_empty() {
            return;
        }
        for piece in what {
            let (before, after) = (&before.pieces[&piece], &after.pieces[&piece]);
            for term in pieces::terms(before, after) {
                changes.push(change(&who, term, vec![piece.clone()]));
            }
        }
    }

    /// Those who may receive it in both versions and cannot ask for it in both.
    fn only_receiving(
        &mut self,
        old: &Entitlement,
        new: &Entitlement,
        (before, after): (&Reach, &Reach),
    ) -> Vec<String> {
        let asking = [self.people.requesters(old), self.people.requesters(new)];
        let mut who = before.people.both(&after.people);
        who.retain(|who| !asking.iter().all(|list| list.has(who)));
        named(who)
    }

    fn words(&mut self, one: &Entitlement, way: Way) -> String {
        let longest = one.duration.max;
        match way {
            Way::Ask => {
                let agreement = agreement::describe(one, &mut self.people);
                format!("{agreement}; at most {longest}")
            }
            Way::Give => format!("unasked; at most {longest}"),
            Way::Receive => "from those who ask or give for others".into(),
            Way::Approve => agreement::describe(one, &mut self.people),
            Way::Review => one
                .break_glass
                .as_ref()
                .map_or_else(String::new, |rule| format!("within {}", rule.review.within)),
            Way::End => "as the owner, before their time".into(),
        }
    }
}

/// What only one of two versions gives.
struct Only {
    who: Vec<String>,
    what: Vec<String>,
    unchanged_for: BTreeSet<Principal>,
}

/// What the first reaches and the other does not: new people with everything, and the others with what is new.
fn only_in(one: &Reach, other: &Reach) -> impl Iterator<Item = Only> {
    let all: Vec<String> = one.pieces.keys().cloned().collect();
    let fresh: Vec<String> = one
        .pieces
        .keys()
        .filter(|piece| !other.pieces.contains_key(*piece))
        .cloned()
        .collect();
    let strangers = Only {
        who: named(one.people.without(&other.people)),
        what: all,
        unchanged_for: &other.people.settled() | &one.people.except,
    };
    let known = Only {
        who: named(one.people.both(&other.people)),
        what: fresh,
        unchanged_for: &other.people.except | &one.people.except,
    };
    [strangers, known]
        .into_iter()
        .filter(|only| !only.who.is_empty() && !only.what.is_empty())
}

fn named(principals: Vec<&Principal>) -> Vec<String> {
    principals.into_iter().map(ToString::to_string).collect()
}

fn rank(one: &Entitlement, way: Way) -> u8 {
    match way {
        Way::Ask => agreement::rank(one),
        Way::Give => 1,
        Way::Receive => 4,
        Way::Approve => 5,
        Way::Review => 6,
        Way::End => 7,
    }
}
