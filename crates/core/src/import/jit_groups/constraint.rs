//! Constraints of JIT Groups: for how long one joins, and what must hold for it.

use super::tree::Section;
use crate::cel::{self, Expr};
use crate::duration::Duration;
use crate::import::report::{Gathering, Place, shown};

const INVALID_EXPIRY: &str = "CONSTRAINT_INVALID_EXPIRY";
const INVALID_EXPRESSION: &str = "CONSTRAINT_INVALID_EXPRESSION";
const INVALID_VARIABLE: &str = "CONSTRAINT_INVALID_VARIABLE_DECLARATION";

/// What a level says; a level below replaces what has the same name.
#[derive(Debug, Clone, Default)]
pub(super) struct Constraints {
    pub(super) expiry: Option<Expiry>,
    pub(super) join: Vec<Rule>,
    pub(super) approve: Vec<Rule>,
}

/// How long a membership may last.
#[derive(Debug, Clone)]
pub(super) struct Expiry {
    pub(super) min: Duration,
    pub(super) max: Duration,
}

/// What must hold.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) display_name: Option<String>,
    /// As it was written.
    pub(super) text: String,
    pub(super) expression: Expr,
    pub(super) variables: Vec<Variable>,
}

/// What the person fills in.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) display_name: Option<String>,
    pub(super) kind: Kind,
}

/// The type of a variable with its bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// The number of characters, where it was set.
    String(Option<u64>, Option<u64>),
    /// The values; both ends included.
    Integer(i64, i64),
    Boolean,
}

/// What an integer is at most where nothing is set: they keep it in 32 bits.
const MOST_INTEGER: i64 = 0x7fff_ffff;

impl Constraints {
    pub(super) fn read(mut section: Section, gathering: &mut Gathering) -> Self {
        let mut constraints = Self::default();
        for one in section.sections("join", gathering).unwrap_or_default() {
            match Constraint::read(one, gathering) {
                Some(Constraint::Expiry(place, _)) if constraints.expiry.is_some() => {
                    let note = gathering.wrong(&place, "a second expiry at the same level");
                    note.code = Some(INVALID_EXPIRY);
                }
                Some(Constraint::Expiry(_, expiry)) => constraints.expiry = Some(expiry),
                Some(Constraint::Rule(rule)) => constraints.join.push(rule),
                None => {}
            }
        }
        for one in section.sections("approve", gathering).unwrap_or_default() {
            match Constraint::read(one, gathering) {
                Some(Constraint::Expiry(place, _)) => {
                    let note = gathering.wrong(&place, "an expiry belongs to join, not to approve");
                    note.code = Some(INVALID_EXPIRY);
                }
                Some(Constraint::Rule(rule)) => constraints.approve.push(rule),
                None => {}
            }
        }
        section.finish(gathering);
        constraints
    }

    /// What holds one level below.
    pub(super) fn inherited_by(&self, child: &Self) -> Self {
        let union = |above: &[Rule], below: &[Rule]| {
            let is_replaced = |rule: &Rule| {
                below
                    .iter()
                    .any(|other| other.name.eq_ignore_ascii_case(&rule.name))
            };
            let kept = above.iter().filter(|rule| !is_replaced(rule));
            kept.chain(below).cloned().collect()
        };
        Self {
            expiry: child.expiry.clone().or_else(|| self.expiry.clone()),
            join: union(&self.join, &child.join),
            approve: union(&self.approve, &child.approve),
        }
    }
}

enum Constraint {
    Expiry(Place, Expiry),
    Rule(Rule),
}

impl Constraint {
    fn read(mut section: Section, gathering: &mut Gathering) -> Option<Self> {
        let place = section.place.clone();
        let kind = section.text("type", gathering).unwrap_or_default();
        let read = match kind.trim().to_ascii_lowercase().as_str() {
            "expiry" => expiry(&mut section, gathering).map(|expiry| Self::Expiry(place, expiry)),
            "expression" => rule(&mut section, gathering).map(Self::Rule),
            _ => {
                let message = format!("{} is not a type of constraint", shown(&kind));
                let note = gathering.wrong(&place, message);
                note.code = Some("CONSTRAINT_INVALID_TYPE");
                note.hint = Some("write expiry or expression".into());
                return None;
            }
        };
        section.finish(gathering);
        read
    }
}

fn expiry(section: &mut Section, gathering: &mut Gathering) -> Option<Expiry> {
    let mut bound = |field: &str| {
        let place = section.at(field);
        let text = section.text(field, gathering).unwrap_or_default();
        // Durations of ISO 8601 only, such as PT1H: a bare 1h would be taken here and refused there.
        let is_iso = text.trim().starts_with(['P', 'p']);
        let duration = Duration::parse(&text).ok().filter(|_| is_iso);
        if duration.is_none() {
            let message = format!("{field}: {} is not a duration", shown(&text));
            let note = gathering.wrong(&place, message);
            note.code = Some(INVALID_EXPIRY);
            note.hint = Some("write it as PT1H, from PT1M on".into());
        }
        duration
    };
    let (min, max) = (bound("min"), bound("max"));
    let (min, max) = (min?, max?);
    if min > max {
        let note = gathering.wrong(&section.place, format!("min {min} is more than max {max}"));
        note.code = Some(INVALID_EXPIRY);
        return None;
    }
    Some(Expiry { min, max })
}

fn rule(section: &mut Section, gathering: &mut Gathering) -> Option<Rule> {
    let place = section.place.clone();
    let name = section.text("name", gathering).unwrap_or_default();
    let name_fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !name_fits {
        let message = format!("{} is not the name of a constraint", shown(&name));
        gathering.wrong(&place, message).code = Some(INVALID_EXPRESSION);
    }
    let display_name = section.text("displayName", gathering);
    let at = section.at("expression");
    let text = section.text("expression", gathering).unwrap_or_default();
    let expression = cel::parse(&text)
        .map_err(|error| {
            let note = gathering.wrong(&at, format!("{}: {error}", shown(&text)));
            note.code = Some(INVALID_EXPRESSION);
        })
        .ok();
    let declared = section.sections("variables", gathering).unwrap_or_default();
    let count = declared.len();
    let variables: Vec<Variable> = declared
        .into_iter()
        .filter_map(|one| variable(one, gathering))
        .collect();
    (name_fits && variables.len() == count).then_some(Rule {
        name,
        display_name,
        text,
        expression: expression?,
        variables,
    })
}

fn variable(mut section: Section, gathering: &mut Gathering) -> Option<Variable> {
    let place = section.place.clone();
    let wrong = |message: String, gathering: &mut Gathering| {
        gathering.wrong(&place, message).code = Some(INVALID_VARIABLE);
    };
    let name = section.text("name", gathering).unwrap_or_default();
    let name_fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !name_fits {
        wrong(
            format!("{} is not the name of a variable", shown(&name)),
            gathering,
        );
    }
    let display_name = section.text("displayName", gathering);
    let kind = section.text("type", gathering).unwrap_or_default();
    let mut bound = |field: &str, gathering: &mut Gathering| -> Option<Option<i64>> {
        let Some(text) = section.text(field, gathering) else {
            return Some(None);
        };
        let number = text.trim().parse::<i64>().ok();
        if number.is_none() {
            wrong(
                format!("{field}: {} is not a whole number", shown(&text)),
                gathering,
            );
        }
        number.map(Some)
    };
    let (min, max) = (bound("min", gathering), bound("max", gathering));
    section.finish(gathering);
    let (min, max) = (min?, max?);
    let length = |bound: Option<i64>| bound.map(|bound| u64::try_from(bound).unwrap_or(0));
    let kind = match kind.trim().to_ascii_lowercase().as_str() {
        "string" => Kind::String(length(min), length(max)),
        "int" | "integer" => Kind::Integer(min.unwrap_or(0), max.unwrap_or(MOST_INTEGER)),
        "bool" | "boolean" => Kind::Boolean,
        _ => {
            wrong(
                format!("{} is not a type of variable", shown(&kind)),
                gathering,
            );
            return None;
        }
    };
    name_fits.then_some(Variable {
        name,
        display_name,
        kind,
    })
}
