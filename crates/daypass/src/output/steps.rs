//! The steps of an approval for people: who agreed, who is asked now, who comes after.

use daypass_api::{ExplainedStep, Grant, Step, StepTerms, Vote};
use jiff::Timestamp;

use super::{principal, time, visible};

/// More people than this are counted, not named.
const MOST_NAMES: usize = 8;

/// `carol@example.com may approve`, `2 of carol@…, dave@… must approve`, step by step.
pub(crate) fn explained(steps: &[ExplainedStep]) -> String {
    let each: Vec<String> = steps
        .iter()
        .map(|step| who_decides(&people(step), step.needed))
        .collect();
    each.join("; then ")
}

/// A line for each step of what a request would need.
pub(super) fn explained_lines(steps: &[ExplainedStep]) -> String {
    let lines = steps.iter().map(|step| {
        format!(
            "step {}: {} of {}",
            step.number,
            step.needed,
            named(&people(step))
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A line for each step, as an entitlement says it.
pub(super) fn terms(steps: &[StepTerms]) -> String {
    let many = steps.len() > 1;
    let lines = steps.iter().map(|step| {
        let place = if many {
            format!("step {}: ", step.number)
        } else {
            String::new()
        };
        format!("{place}{} of {}{}", step.needed, asked(step), later(step))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Who must say something now; empty if nobody is asked.
pub(crate) fn asked_now(grant: &Grant) -> String {
    let open = grant.steps.iter().find(|step| step.open);
    open.map(|step| {
        let mut people: Vec<String> = step.terms.approvers.clone();
        people.extend(step.escalated.iter().cloned());
        let people: Vec<String> = people.iter().map(|one| principal(one)).collect();
        let left = step.terms.needed.saturating_sub(step.agreed);
        let place = if grant.steps.len() > 1 {
            format!("step {} of {}: ", step.terms.number, grant.steps.len())
        } else {
            String::new()
        };
        place + &who_decides(&people, left)
    })
    .unwrap_or_default()
}

/// How far the approval of a grant has come.
pub(super) fn of_grant(grant: &Grant, now: Timestamp) -> String {
    let many = grant.steps.len() > 1;
    let mut lines = Vec::new();
    for step in &grant.steps {
        lines.push(headline(step, many, now));
        lines.extend(escalation(step).into_iter().map(|line| format!("  {line}")));
        let votes = grant
            .votes
            .iter()
            .filter(|vote| vote.step == step.terms.number);
        lines.extend(votes.map(|vote| format!("  {}", said(vote, now))));
    }
    lines.join("\n")
}

fn headline(step: &Step, many: bool, now: Timestamp) -> String {
    let place = if many {
        format!("step {}: ", step.terms.number)
    } else {
        String::new()
    };
    let count = format!("{} of {} agreed", step.agreed, step.terms.needed);
    let who = match (step.open, step.agreed >= step.terms.needed) {
        (true, _) => {
            let since = step.since.as_ref();
            let since = since.map_or_else(|| "now".into(), |since| time::relative(since, now));
            format!("; asked {since}: {}", asked(&step.terms))
        }
        (false, true) => String::new(),
        (false, false) => format!(", by {}", asked(&step.terms)),
    };
    format!("{place}{count}{who}")
}

/// Who else may decide on the open step, or will.
fn escalation(step: &Step) -> Option<String> {
    if !step.escalated.is_empty() {
        let more = names(&step.escalated);
        return Some(format!("nobody answered, so {more} may approve, too"));
    }
    let escalation = step.terms.escalate.as_ref().filter(|_| step.open)?;
    Some(format!(
        "if nobody answers within {}, {} may approve, too",
        visible(&escalation.after),
        names(&escalation.to)
    ))
}

fn said(vote: &Vote, now: Timestamp) -> String {
    let word = match vote.word.as_str() {
        "approve" => "approved".to_owned(),
        "deny" => "denied".to_owned(),
        other => visible(other),
    };
    let comment = vote
        .comment
        .as_deref()
        .map(|comment| format!(": {}", visible(comment)))
        .unwrap_or_default();
    format!(
        "{} {word} {}{comment}",
        principal(&vote.person),
        time::relative(&vote.at, now)
    )
}

fn asked(step: &StepTerms) -> String {
    let peers = if step.peers { " (peers)" } else { "" };
    let first = step
        .on_call
        .as_deref()
        .map(|on_call| format!(", {} first", visible(on_call)))
        .unwrap_or_default();
    format!("{}{peers}{first}", names(&step.approvers))
}

fn later(step: &StepTerms) -> String {
    let escalate = step.escalate.as_ref().map(|escalation| {
        format!(
            "; after {} also {}",
            visible(&escalation.after),
            names(&escalation.to)
        )
    });
    escalate.unwrap_or_default()
}

fn names(principals: &[String]) -> String {
    let principals: Vec<String> = principals.iter().map(|one| principal(one)).collect();
    named(&principals)
}

fn people(step: &ExplainedStep) -> Vec<String> {
    let mut people: Vec<String> = step.people.iter().map(|one| principal(one)).collect();
    if step.others {
        people.push("anybody of a whole domain".into());
    }
    people
}

fn named(people: &[String]) -> String {
    let shown = people
        .iter()
        .take(MOST_NAMES)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match people.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn who_decides(people: &[String], needed: u32) -> String {
    let who = named(people);
    match (people.is_empty(), needed) {
        (true, _) => "nobody can approve it at present".into(),
        (false, 0 | 1) => format!("{who} may approve"),
        (false, needed) => format!("{needed} of {who} must approve"),
    }
}
