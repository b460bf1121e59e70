//! Who may decide on a grant that waits, and who may review one. The same functions for every channel.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Rule, is_among};
use crate::approval::{Vote, is_own_gain, is_own_request};
use crate::email::Email;
use crate::grant::{Grant, Review};
use crate::person::Person;
use crate::principal::Principal;

/// Whether the person may say yes at this moment: named for the open step, or escalated to, and neither the requester
/// nor the one who receives it, unless the entitlement says `self: true`.
pub fn may_approve(
    grant: &Grant,
    person: &Person,
    groups: &BTreeSet<Email>,
    now: Timestamp,
) -> Result<(), Rule> {
    if !own_counts(grant) {
        not_their_own(grant, person, groups)?;
    }
    let deciders: Vec<Principal> = grant.deciders(now).into_iter().cloned().collect();
    if is_among(&deciders, &person.principal(), groups) {
        return Ok(());
    }
    let later = grant
        .approval
        .as_ref()
        .is_some_and(|approval| is_one(approval.everybody(), person, groups));
    Err(if later {
        let step = grant.open_step().map_or(0, |(step, _)| step + 1);
        refuse(
            &format!(
                "{} is not among the approvers of step {step}, which is open",
                person.email
            ),
            "wait until your step opens; you may deny it at any time",
        )
    } else {
        refuse(
            &format!("{} is not among the approvers", person.email),
            "'daypass explain' names the people who may approve",
        )
    })
}

/// Whether a yes that was given still counts: who gave it must still be named for the step they gave it in, and not have
/// come to gain by it meanwhile (I5).
pub fn still_counts(grant: &Grant, vote: &Vote, groups: &BTreeSet<Email>) -> bool {
    if !own_counts(grant) && not_their_own(grant, &vote.person, groups).is_err() {
        return false;
    }
    let step = grant
        .approval
        .as_ref()
        .and_then(|approval| approval.steps.get(vote.step));
    step.is_some_and(|step| is_one(step.everybody(), &vote.person, groups))
}

/// Whether the person may say no: one veto of anybody who has a say in any step ends the request.
pub fn may_veto(grant: &Grant, person: &Person, groups: &BTreeSet<Email>) -> Result<(), Rule> {
    not_their_own(grant, person, groups)?;
    let named = grant
        .approval
        .as_ref()
        .is_some_and(|approval| is_one(approval.everybody(), person, groups));
    if named {
        Ok(())
    } else {
        Err(refuse(
            &format!("{} is not among the approvers", person.email),
            "'daypass explain' names the people who may approve",
        ))
    }
}

/// Whether the person may review an emergency: named for it, and neither who asked nor who received it.
pub fn may_review(
    grant: &Grant,
    review: &Review,
    person: &Person,
    groups: &BTreeSet<Email>,
) -> Result<(), Rule> {
    let broken = |detail: String, hint: &str| Err(Rule::broken("reviewer", detail, hint));
    if is_own_request(person, &grant.terms.requester)
        || gains(person, &grant.terms.beneficiary, groups)
    {
        return broken(
            "nobody reviews their own emergency".into(),
            "ask one of the reviewers",
        );
    }
    if !is_among(&review.by, &person.principal(), groups) {
        let by: Vec<String> = review.by.iter().map(ToString::to_string).collect();
        return broken(
            format!("{} is not among the reviewers", person.email),
            &format!("it is reviewed by {}", by.join(", ")),
        );
    }
    Ok(())
}

fn own_counts(grant: &Grant) -> bool {
    let approval = grant.approval.as_ref();
    approval.is_some_and(|approval| approval.self_approval)
}

fn not_their_own(grant: &Grant, person: &Person, groups: &BTreeSet<Email>) -> Result<(), Rule> {
    let hint = "ask one of the other approvers";
    if is_own_request(person, &grant.terms.requester) {
        return Err(refuse("nobody approves their own request", hint));
    }
    if gains(person, &grant.terms.beneficiary, groups) {
        return Err(refuse("nobody approves what they receive themselves", hint));
    }
    Ok(())
}

/// Whether the person would receive it, by themselves or as one of a group.
fn gains(person: &Person, beneficiary: &Principal, groups: &BTreeSet<Email>) -> bool {
    let by_group = matches!(beneficiary, Principal::Group(group) if groups.contains(group));
    is_own_gain(person, beneficiary) || by_group
}

fn refuse(detail: &str, hint: &str) -> Rule {
    Rule::broken("approver", detail.to_owned(), hint)
}

fn is_one<'a>(
    principals: impl Iterator<Item = &'a Principal>,
    person: &Person,
    groups: &BTreeSet<Email>,
) -> bool {
    let principals: Vec<Principal> = principals.cloned().collect();
    is_among(&principals, &person.principal(), groups)
}
