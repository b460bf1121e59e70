//! Grants for people.

use daypass_api::{Grant, Review};
use daypass_core::state::State;
use jiff::Timestamp;

use super::style::{self, paint};
use super::{blast_radius, explanation, principal, steps, table, time, visible};

/// Ids begin with the time, so that neighbours look alike: fewer characters than this would soon be ambiguous.
const SHORTEST_ID: usize = 10;

/// For what grants are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// One's own.
    Own,
    /// Those of several people: whose they are is told, too.
    OfPeople,
    /// Emergencies: until when the review is owed.
    Reviews,
}

/// One row each.
pub(crate) fn list(
    grants: &[Grant],
    listing: Listing,
    now: Timestamp,
    width: Option<u16>,
) -> String {
    let id_length = telling_length(grants.iter().map(|grant| grant.id.as_str()));
    let rows = grants.iter().map(|grant| {
        let mut row = vec![
            id_prefix(&grant.id, id_length),
            visible(&grant.state),
            visible(&grant.entitlement),
        ];
        if listing != Listing::Own {
            row.push(principal(&grant.beneficiary));
        }
        let last = match listing {
            Listing::Reviews => grant.review.as_ref().map(|review| due(review, now)),
            Listing::Own | Listing::OfPeople => Some(when(grant, now)),
        };
        row.extend([visible(&grant.duration), last.unwrap_or_default()]);
        row
    });
    let headings: &[&str] = match listing {
        Listing::Own => &["GRANT", "STATE", "ENTITLEMENT", "LENGTH", "WHEN"],
        Listing::OfPeople => &["GRANT", "STATE", "ENTITLEMENT", "FOR", "LENGTH", "WHEN"],
        Listing::Reviews => &["GRANT", "STATE", "ENTITLEMENT", "FOR", "LENGTH", "REVIEW"],
    };
    paint_states(&table::columns(headings, rows.collect(), width), id_length)
}

/// One in full.
pub(crate) fn detail(grant: &Grant, now: Timestamp, width: Option<u16>) -> String {
    let mut rows = vec![
        ("Grant", visible(&grant.id)),
        (
            "State",
            format!("{}, {}", visible(&grant.state), when(grant, now)),
        ),
    ];
    rows.extend(
        grant
            .failure
            .iter()
            .map(|failure| ("Failed", visible(failure))),
    );
    rows.push((
        "Entitlement",
        format!("{}: {}", visible(&grant.entitlement), visible(&grant.title)),
    ));
    let by = match grant.origin.as_str() {
        "given" => format!(", given by {}", principal(&grant.requester)),
        _ if principal(&grant.requester) != principal(&grant.beneficiary) => {
            format!(", asked by {}", principal(&grant.requester))
        }
        _ => String::new(),
    };
    rows.push(("For", principal(&grant.beneficiary) + &by));
    rows.extend(
        grant
            .justification
            .iter()
            .map(|reason| ("Reason", visible(reason))),
    );
    if !grant.inputs.is_empty() {
        rows.push(("Inputs", explanation::inputs(&grant.inputs)));
    }
    rows.push((
        "Gives",
        explanation::privileges(&grant.privileges, &grant.impersonations),
    ));
    if let Some(radius) = &grant.blast_radius {
        rows.extend(blast_radius::rows(radius));
    }
    rows.push(("Duration", visible(&grant.duration)));
    let state = State::parse(&grant.state);
    let is_to_come = matches!(
        state,
        Some(State::ApprovalAwaited | State::Scheduled | State::Activating)
    );
    if let (true, Some(start)) = (is_to_come, &grant.start_at) {
        rows.push(("Begins", time::relative_and_absolute(start, now)));
    }
    // What was revoked or never came has no end to wait for.
    let lasts = matches!(state, Some(State::Activating | State::Active));
    if let (true, Some(until)) = (lasts, &grant.active_until) {
        rows.push(("Until", time::relative_and_absolute(until, now)));
    }
    rows.extend(
        grant
            .last_token_ends
            .iter()
            .map(|end| ("Last token", last_token(end, now))),
    );
    if let Some(extends) = &grant.extends {
        rows.push((
            "Extends",
            format!(
                "{}, until {}",
                visible(&extends.grant),
                time::relative_and_absolute(&extends.until, now)
            ),
        ));
    }
    if let Some(at) = &grant.decided_anew_at {
        let when = time::relative(at, now);
        rows.push((
            "Changed",
            format!(
                "{when}: the entitlement was edited, so it is decided anew; earlier words are void"
            ),
        ));
    }
    if !grant.steps.is_empty() {
        rows.push(("Approval", steps::of_grant(grant, now)));
    }
    if let Some(emergency) = &grant.break_glass {
        rows.push(("Emergency", explanation::called(emergency)));
    }
    rows.extend(
        grant
            .review
            .iter()
            .map(|review| ("Review", self::review(review, now))),
    );
    rows.push(("Page", visible(&grant.url)));
    paint_field_state(&table::fields(rows, width), &grant.state)
}

/// Until when the last token works: the end of a grant does not take back what was minted before.
fn last_token(end: &str, now: Timestamp) -> String {
    let is_over = end.parse::<Timestamp>().is_ok_and(|end| end <= now);
    let word = if is_over { "ended" } else { "ends" };
    format!(
        "{word} {} at the latest",
        time::relative_and_absolute(end, now)
    )
}

/// The first characters of an id, as far as they tell it apart.
pub(super) fn id_prefix(id: &str, length: usize) -> String {
    visible(id).chars().take(length).collect()
}

/// How many characters tell all these ids apart.
pub(super) fn telling_length<'a>(ids: impl Iterator<Item = &'a str>) -> usize {
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    // Several sessions may stand on one grant.
    ids.dedup();
    let common = |pair: &[&str]| {
        pair[0]
            .chars()
            .zip(pair[1].chars())
            .take_while(|(one, other)| one == other)
            .count()
    };
    ids.windows(2)
        .map(|pair| common(pair) + 1)
        .max()
        .unwrap_or(0)
        .max(SHORTEST_ID)
}

/// What matters about its time, by its state.
fn when(grant: &Grant, now: Timestamp) -> String {
    let at = |words: &str, time: Option<&String>| {
        time.map(|time| format!("{words} {}", time::relative(time, now)))
    };
    let ended = || at("ended", grant.ended_at.as_ref());
    let shown = match State::parse(&grant.state) {
        Some(State::ApprovalAwaited) => at("to be decided", grant.decide_by.as_ref()),
        Some(State::Scheduled) => at("begins", grant.start_at.as_ref()),
        Some(State::Active) => at("ends", grant.active_until.as_ref()),
        Some(State::Revoking) => Some("being removed".to_owned()),
        Some(State::Denied) => at("denied", grant.ended_at.as_ref()),
        Some(State::Withdrawn) => at("withdrawn", grant.ended_at.as_ref()),
        Some(State::Expired) => at("unanswered, closed", grant.ended_at.as_ref()),
        Some(State::Revoked) => at("revoked", grant.ended_at.as_ref()),
        Some(State::ActivationFailed) => at("failed", grant.ended_at.as_ref()),
        Some(State::Ended) => ended().or_else(|| at("ended", grant.active_until.as_ref())),
        Some(State::Activating) | None => None,
    };
    shown
        .or_else(|| at("asked", Some(&grant.created_at)))
        .unwrap_or_default()
}

/// Whether the emergency was looked at, by whom, or who shall.
fn review(review: &Review, now: Timestamp) -> String {
    let by: Vec<_> = review.by.iter().map(|one| principal(one)).collect();
    match &review.done {
        Some(done) => {
            let word = if done.justified {
                "justified"
            } else {
                "not justified"
            };
            let comment = done
                .comment
                .as_deref()
                .map(|comment| format!(": {}", visible(comment)))
                .unwrap_or_default();
            format!(
                "{word}, says {} {}{comment}",
                principal(&done.person),
                time::relative(&done.at, now)
            )
        }
        None if review.overdue => format!(
            "overdue since {}, by {}",
            time::relative_and_absolute(&review.due_at, now),
            by.join(", ")
        ),
        None => format!(
            "owed by {}, due {}",
            by.join(", "),
            time::relative_and_absolute(&review.due_at, now)
        ),
    }
}

/// The same in a few words, for those who review.
fn due(review: &Review, now: Timestamp) -> String {
    let at = time::relative(&review.due_at, now);
    match &review.done {
        Some(done) => format!("given {}", time::relative(&done.at, now)),
        None if review.overdue => format!("overdue since {at}"),
        None => format!("due {at}"),
    }
}

/// Colours the second column. Its place is known, so that the same word in somebody's title gets no colour.
fn paint_states(text: &str, id_length: usize) -> String {
    let start = id_length.max("GRANT".len()) + 2;
    let paint_line = |line: &str| match (line.get(..start), line.get(start..)) {
        (Some(before), Some(after)) if !line.starts_with(' ') => {
            let state = after.split(' ').next().unwrap_or_default();
            format!(
                "{before}{}{}",
                paint(style::of_state(state), state),
                &after[state.len()..]
            )
        }
        _ => line.to_owned(),
    };
    text.lines().enumerate().map(|(index, line)| if index == 0 { line.to_owned() } else { paint_line(line) } + "\n").collect()
}

fn paint_field_state(text: &str, state: &str) -> String {
    let shown = visible(state);
    text.lines()
        .map(|line| match line.split_once("  ") {
            Some(("State", _)) => line.replacen(&shown, &paint(style::of_state(state), &shown), 1),
            _ => line.to_owned(),
        } + "\n")
        .collect()
}
