//! How long, and from when.

use jiff::Timestamp;

use super::Found;
use crate::decide::{Facts, Rule};
use crate::duration::Duration;
use crate::entitlement::{DurationRule, Entitlement};
use crate::grant::Origin;
use crate::request::{Ask, AskKind};

pub(super) struct Times {
    pub(super) origin: Origin,
    pub(super) duration: Duration,
    pub(super) start_at: Option<Timestamp>,
}

/// How long, and from when.
pub(super) fn times(entitlement: &Entitlement, ask: &Ask, facts: &Facts) -> Found<Times> {
    let now = facts.now;
    let rule = bounds(entitlement, facts);
    let asked = ask.duration.unwrap_or(rule.default);
    let broken = |detail: String, hint: &str| Rule::broken("duration", detail, hint);
    if let AskKind::Extend(parent) = &ask.kind {
        if parent.window.end <= now {
            return Err(broken(
                "the grant has ended".into(),
                "ask for the entitlement anew",
            ));
        }
        let end = asked
            .after(parent.window.end)
            .map_err(|error| broken(error.to_string(), "ask for less"))?;
        // What is agreed is the time from now to the new end, and that is what the entitlement bounds.
        let rest = u64::try_from(end.as_second() - now.as_second())
            .ok()
            .and_then(|s| Duration::from_seconds(s).ok());
        let Some(duration) = rest.filter(|rest| *rest <= rule.max) else {
            let detail = format!(
                "{asked} more would leave more than the {} that the entitlement allows at a time",
                rule.max
            );
            return Err(broken(detail, "ask for less, or later"));
        };
        let origin = Origin::Extension {
            parent: parent.grant,
            start: parent.window.start,
            end,
        };
        return Ok((
            Times {
                origin,
                duration,
                start_at: None,
            },
            Rule::kept(
                "duration",
                format!("{asked} more, until {}", crate::condition::instant(end)),
            ),
        ));
    }
    if asked > rule.max {
        return Err(broken(
            format!(
                "{asked} is more than the {} that the entitlement allows",
                rule.max
            ),
            "ask for less",
        ));
    }
    if asked < rule.min {
        return Err(broken(
            format!(
                "{asked} is less than the {} that the entitlement asks for",
                rule.min
            ),
            "ask for more",
        ));
    }
    let origin = if matches!(ask.kind, AskKind::Give) {
        Origin::Given
    } else {
        Origin::Requested
    };
    let detail = format!("{asked}, at most {}", rule.max);
    let Some(start) = ask.start_at else {
        return Ok((
            Times {
                origin,
                duration: asked,
                start_at: None,
            },
            Rule::kept("duration", detail),
        ));
    };
    let Some(latest) = entitlement.start_latest else {
        return Err(broken(
            "the entitlement can only begin at once".into(),
            "leave out the start",
        ));
    };
    if start <= now {
        return Err(broken(
            format!("the start {start} is in the past"),
            "leave out the start to begin at once",
        ));
    }
    if latest.after(now).is_ok_and(|limit| start > limit) {
        return Err(broken(
            format!("the start is more than {latest} ahead"),
            "choose an earlier start",
        ));
    }
    let detail = format!("{detail}, from {}", crate::condition::instant(start));
    Ok((
        Times {
            origin,
            duration: asked,
            start_at: Some(start),
        },
        Rule::kept("duration", detail),
    ))
}

/// The entitlement's bounds. Whoever owes an overdue review gets half of an emergency's maximum, but never nothing.
fn bounds(entitlement: &Entitlement, facts: &Facts) -> DurationRule {
    let mut rule = entitlement.duration;
    if entitlement.break_glass.is_some() && !facts.debts.is_empty() {
        rule.max = Duration::from_seconds(rule.max.seconds() / 2)
            .unwrap_or(rule.max)
            .max(rule.min);
        rule.default = rule.default.min(rule.max);
    }
    rule
}
