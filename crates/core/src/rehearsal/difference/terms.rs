//! The terms on which somebody may do something, beside who and what.

use std::collections::BTreeSet;

use super::people::Expansion;
use super::{Direction, Way, agreement};
use crate::constraint::Constraint;
use crate::duration::Duration;
use crate::entitlement::{Approval, Authority, Entitlement, Identity, Input, InputKind, SlackMode};

/// One term that differs.
pub(super) struct Term {
    pub(super) name: &'static str,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) direction: Direction,
}

/// What differs for those who may do it in both versions.
pub(super) fn terms(
    old: &Entitlement,
    new: &Entitlement,
    way: Way,
    people: &mut Expansion<'_>,
) -> Vec<Term> {
    let mut terms = Terms(Vec::new());
    match way {
        Way::Ask => {
            if let Some(direction) = agreement::direction(old, new, people) {
                let (before, after) = (
                    agreement::describe(old, people),
                    agreement::describe(new, people),
                );
                terms.note("approval", before, after, direction);
            }
            terms.approval(old.approval.as_ref(), new.approval.as_ref());
            terms.times(old, new);
            terms.justification(old, new);
            terms.inputs(&old.inputs, &new.inputs);
            terms.constraints(&old.constraints, &new.constraints);
            terms.emergency(old, new);
        }
        Way::Give => {
            terms.times(old, new);
            terms.justification(old, new);
            terms.constraints(&old.constraints, &new.constraints);
            let is_limited = |one: &Entitlement| !one.beneficiaries.is_empty();
            let words = |is_limited| {
                if is_limited {
                    "those listed"
                } else {
                    "anybody"
                }
            };
            let (before, after) = (is_limited(old), is_limited(new));
            terms.flag("to whom", before, after, words);
        }
        Way::Approve => {
            if let (Some(old), Some(new)) = (&old.approval, &new.approval) {
                terms.constraints(&old.constraints, &new.constraints);
            }
            let must_comment = |one: &Entitlement| {
                let mut approval = one.approval.iter();
                approval.any(|approval| approval.justification_required)
            };
            terms.flag(
                "comment",
                must_comment(old),
                must_comment(new),
                |required| {
                    if required { "required" } else { "optional" }
                },
            );
            if old.slack != new.slack {
                let direction = if freedom(new.slack) > freedom(old.slack) {
                    Direction::More
                } else {
                    Direction::Less
                };
                let word = |mode| match mode {
                    SlackMode::Approve => "decides",
                    SlackMode::Confirm => "leads to the browser",
                    SlackMode::Notify => "tells only",
                };
                terms.note("chat", word(old.slack), word(new.slack), direction);
            }
        }
        Way::Receive | Way::Review | Way::End => {}
    }
    terms.0
}

fn freedom(mode: SlackMode) -> u8 {
    match mode {
        SlackMode::Notify => 0,
        SlackMode::Confirm => 1,
        SlackMode::Approve => 2,
    }
}

struct Terms(Vec<Term>);

impl Terms {
    fn note(
        &mut self,
        name: &'static str,
        before: impl Into<String>,
        after: impl Into<String>,
        direction: Direction,
    ) {
        self.0.push(Term {
            name,
            before: before.into(),
            after: after.into(),
            direction,
        });
    }

    /// A limit that is there or not: without it, more passes.
    fn flag(
        &mut self,
        name: &'static str,
        before: bool,
        after: bool,
        words: impl Fn(bool) -> &'static str,
    ) {
        if before != after {
            let direction = if after {
                Direction::Less
            } else {
                Direction::More
            };
            self.note(name, words(before), words(after), direction);
        }
    }

    /// A length of time of which more lets more pass.
    fn longer_is_more(&mut self, name: &'static str, before: Duration, after: Duration) {
        if before != after {
            let direction = if after > before {
                Direction::More
            } else {
                Direction::Less
            };
            self.note(name, before.to_string(), after.to_string(), direction);
        }
    }

    /// A text that limits, or none. Of two texts nobody can tell which limits more.
    fn limit(&mut self, name: &'static str, before: Option<&str>, after: Option<&str>) {
        if before == after {
            return;
        }
        let direction = match (before, after) {
            (None, _) => Direction::Less,
            (_, None) => Direction::More,
            _ => Direction::Other,
        };
        let word = |limit: Option<&str>| limit.unwrap_or("none").to_owned();
        self.note(name, word(before), word(after), direction);
    }

    fn times(&mut self, old: &Entitlement, new: &Entitlement) {
        self.longer_is_more("longest duration", old.duration.max, new.duration.max);
        self.longer_is_more("usual duration", old.duration.default, new.duration.default);
        if old.duration.min != new.duration.min {
            let direction = if new.duration.min < old.duration.min {
                Direction::More
            } else {
                Direction::Less
            };
            let (before, after) = (old.duration.min.to_string(), new.duration.min.to_string());
            self.note("shortest duration", before, after, direction);
        }
        if old.start_latest != new.start_latest {
            let direction = if new.start_latest > old.start_latest {
                Direction::More
            } else {
                Direction::Less
            };
            let word = |latest: Option<Duration>| match latest {
                Some(latest) => format!("up to {latest} ahead"),
                None => "now only".into(),
            };
            let (before, after) = (word(old.start_latest), word(new.start_latest));
            self.note("start", before, after, direction);
        }
    }

    fn justification(&mut self, old: &Entitlement, new: &Entitlement) {
        let (old, new) = (&old.justification, &new.justification);
        self.flag("justification", old.required, new.required, |required| {
            if required { "required" } else { "optional" }
        });
        self.limit(
            "justification pattern",
            old.pattern.as_deref(),
            new.pattern.as_deref(),
        );
    }

    fn inputs(&mut self, old: &[Input], new: &[Input]) {
        // Titles are words.
        let same = |one: &Input, other: &Input| {
            one.kind == other.kind && one.pattern == other.pattern && one.required == other.required
        };
        for before in old {
            match new.iter().find(|after| after.name == before.name) {
                Some(after) if same(before, after) => {}
                Some(after) => {
                    self.note("input", form(before), form(after), Direction::Other);
                }
                None if before.required => {
                    self.note("input", form(before), "none", Direction::More);
                }
                None => self.note("input", form(before), "none", Direction::Other),
            }
        }
        for after in new {
            if !old.iter().any(|before| before.name == after.name) {
                let direction = if after.required {
                    Direction::Less
                } else {
                    Direction::Other
                };
                self.note("input", "none", form(after), direction);
            }
        }
    }

    /// Conditions in CEL. Their messages are words; of two expressions nobody can tell which lets more pass.
    fn constraints(&mut self, old: &[Constraint], new: &[Constraint]) {
        let of = |all: &[Constraint], name: &str| {
            let found = all.iter().find(|one| one.name() == name);
            found.map(|one| one.expression().to_owned())
        };
        let names = old.iter().chain(new).map(Constraint::name);
        for name in names.collect::<BTreeSet<_>>() {
            let (before, after) = (of(old, name), of(new, name));
            let direction = match (&before, &after) {
                (Some(before), Some(after)) if before == after => continue,
                (Some(_), Some(_)) => Direction::Other,
                (Some(_), None) => Direction::More,
                (None, _) => Direction::Less,
            };
            let word =
                |text: Option<String>| text.map_or("none".into(), |text| format!("{name}: {text}"));
            self.note("constraint", word(before), word(after), direction);
        }
    }

    /// What the approval says beside its steps.
    fn approval(&mut self, old: Option<&Approval>, new: Option<&Approval>) {
        let (Some(old), Some(new)) = (old, new) else {
            return;
        };
        self.flag(
            "own approval",
            !old.self_approval,
            !new.self_approval,
            |refused| {
                if refused { "does not count" } else { "counts" }
            },
        );
        self.flag(
            "authority",
            old.authority == Authority::Google,
            new.authority == Authority::Google,
            |google| {
                if google {
                    "the approver's own, by Google"
                } else {
                    "the entitlement's word"
                }
            },
        );
        if old.identity != new.identity {
            let word = |identity| match identity {
                Identity::Broker => "the broker",
                Identity::Approver => "the approver",
            };
            let (before, after) = (word(old.identity), word(new.identity));
            self.note("written by", before, after, Direction::Other);
        }
        self.longer_is_more("waits", old.expires, new.expires);
    }

    /// What is owed for an emergency.
    fn emergency(&mut self, old: &Entitlement, new: &Entitlement) {
        let (Some(old), Some(new)) = (&old.break_glass, &new.break_glass) else {
            return;
        };
        let (fewer, more) = (
            new.page.iter().all(|one| old.page.contains(one)),
            old.page.iter().all(|one| new.page.contains(one)),
        );
        let direction = match (fewer, more) {
            (true, true) => None,
            (true, false) => Some(Direction::More),
            (false, true) => Some(Direction::Less),
            (false, false) => Some(Direction::Other),
        };
        if let Some(direction) = direction {
            let word = |page: &[String]| match page {
                [] => "nobody".to_owned(),
                some => some.join(", "),
            };
            self.note("who is paged", word(&old.page), word(&new.page), direction);
        }
        self.longer_is_more("review within", old.review.within, new.review.within);
    }
}

fn form(input: &Input) -> String {
    let kind = match &input.kind {
        InputKind::String => "text".to_owned(),
        InputKind::Integer => "integer".to_owned(),
        InputKind::Boolean => "true or false".to_owned(),
        InputKind::OneOf(words) => format!("one of {}", words.join(", ")),
    };
    let pattern = input.pattern.as_ref();
    let pattern = pattern.map(|pattern| format!(" like {pattern}"));
    let required = if input.required {
        "required"
    } else {
        "optional"
    };
    format!(
        "{}: {kind}{}, {required}",
        input.name,
        pattern.unwrap_or_default()
    )
}
