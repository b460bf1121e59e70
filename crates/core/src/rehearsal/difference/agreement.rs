//! Whether less agreement is needed than before, or more.

use super::Direction;
use super::people::Expansion;
use crate::entitlement::{Approval, Entitlement, Step};

/// The agreement that a request needs, in words.
pub(super) fn describe(entitlement: &Entitlement, people: &mut Expansion<'_>) -> String {
    let Some(approval) = &entitlement.approval else {
        return match &entitlement.break_glass {
            Some(_) => "at once, in an emergency".into(),
            None => "at once".into(),
        };
    };
    let steps: Vec<String> = approval
        .steps
        .iter()
        .map(|step| {
            let mut text = format!("{} of {}", step.needed, people.describe(&step.approvers));
            if let Some(escalation) = &step.escalate {
                let to = people.describe(&escalation.to);
                text = format!("{text}, after {} also {to}", escalation.after);
            }
            text
        })
        .collect();
    format!("with {}", steps.join(", then "))
}

/// How near a request is to power without another person's word.
pub(super) fn rank(entitlement: &Entitlement) -> u8 {
    match (&entitlement.approval, &entitlement.break_glass) {
        (None, None) => 0,
        (None, Some(_)) => 2,
        (Some(_), _) => 3,
    }
}

/// What the change of the steps means for those who ask; none: they are the same.
pub(super) fn direction(
    old: &Entitlement,
    new: &Entitlement,
    people: &mut Expansion<'_>,
) -> Option<Direction> {
    match (&old.approval, &new.approval) {
        (None, None) => match (&old.break_glass, &new.break_glass) {
            (Some(_), None) => Some(Direction::More),
            (None, Some(_)) => Some(Direction::Less),
            _ => None,
        },
        (Some(_), None) => Some(Direction::More),
        (None, Some(_)) => Some(Direction::Less),
        (Some(old), Some(new)) => steps(old, new, people),
    }
}

fn steps(old: &Approval, new: &Approval, people: &mut Expansion<'_>) -> Option<Direction> {
    let rule = |step: &Step| Step {
        // Neither tells who may decide.
        remind: None,
        on_call: None,
        peers: false,
        ..step.clone()
    };
    let (old, new): (Vec<Step>, Vec<Step>) = (
        old.steps.iter().map(rule).collect(),
        new.steps.iter().map(rule).collect(),
    );
    if old == new {
        return None;
    }
    if old.len() == new.len() {
        let each = old
            .iter()
            .zip(&new)
            .filter_map(|(old, new)| step(old, new, people));
        return all(each);
    }
    if is_part(&new, &old) {
        Some(Direction::More)
    } else if is_part(&old, &new) {
        Some(Direction::Less)
    } else {
        Some(Direction::Other)
    }
}

fn step(old: &Step, new: &Step, people: &mut Expansion<'_>) -> Option<Direction> {
    let mut found = Vec::new();
    found.push(match new.needed.cmp(&old.needed) {
        std::cmp::Ordering::Less => Some(Direction::More),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(Direction::Less),
    });
    let (before, after) = (people.people(&old.approvers), people.people(&new.approvers));
    found.push(match (before.is_subset(&after), after.is_subset(&before)) {
        (true, true) => None,
        (true, false) => Some(Direction::More),
        (false, true) => Some(Direction::Less),
        (false, false) => Some(Direction::Other),
    });
    found.push(match (&old.escalate, &new.escalate) {
        (None, None) => None,
        (None, Some(_)) => Some(Direction::More),
        (Some(_), None) => Some(Direction::Less),
        (Some(old), Some(new)) => {
            let (before, after) = (people.people(&old.to), people.people(&new.to));
            let sooner = new.after <= old.after && before.is_subset(&after);
            let later = old.after <= new.after && after.is_subset(&before);
            match (sooner, later) {
                (true, true) => None,
                (true, false) => Some(Direction::More),
                (false, true) => Some(Direction::Less),
                (false, false) => Some(Direction::Other),
            }
        }
    });
    all(found.into_iter().flatten())
}

/// One direction if all agree; none if there is none.
fn all(directions: impl Iterator<Item = Direction>) -> Option<Direction> {
    directions.reduce(|one, other| if one == other { one } else { Direction::Other })
}

/// Whether these steps stand in the others in this order: then the others ask for them and for more.
fn is_part(fewer: &[Step], more: &[Step]) -> bool {
    let mut more = more.iter();
    fewer.iter().all(|step| more.any(|other| other == step))
}
