//! Whether the time is right, and who asks for whom.

use super::Found;
use crate::decide::eligibility::{Concerned, Refusal, has_standing, may_receive};
use crate::decide::{Facts, MAX_CLOCK_SKEW_SECONDS, Rule, is_skewed};
use crate::entitlement::Entitlement;
use crate::person::Person;
use crate::principal::Principal;
use crate::request::{Ask, AskKind};

pub(super) fn clock(facts: &Facts) -> Result<Rule, Rule> {
    match facts.skew {
        None => Err(Rule::broken(
            "clock",
            "Google's clock has not been read yet".into(),
            "try again in a moment; 'daypass doctor' tells whether Google can be reached",
        )),
        Some(skew) if is_skewed(skew) => Err(Rule::broken(
            "clock",
            format!(
                "the server's clock differs from Google's by {:.1} s, more than {MAX_CLOCK_SKEW_SECONDS} s",
                skew.as_secs_f64()
            ),
            "set the server's clock by NTP; nothing is granted until then",
        )),
        Some(skew) => Ok(Rule::kept(
            "clock",
            format!("within {} s of Google's", skew.as_secs().abs()),
        )),
    }
}

/// Whether the requester may ask, or the grantor give.
pub(super) fn standing(
    entitlement: &Entitlement,
    requester: &Person,
    ask: &Ask,
    facts: &Facts,
) -> Result<Rule, Rule> {
    let (name, verb) = if ask.gives() {
        ("grantor", "give")
    } else {
        ("requester", "ask for")
    };
    if has_standing(
        entitlement,
        &requester.principal(),
        &facts.groups,
        ask.gives(),
    ) {
        Ok(Rule::kept(
            name,
            format!("{} may {verb} it", requester.email),
        ))
    } else {
        let hint = "'daypass list' shows what you may ask for; the entitlement's owner can add you";
        Err(Rule::broken(
            name,
            format!("{} may not {verb} it", requester.email),
            hint,
        ))
    }
}

pub(super) fn beneficiary(
    entitlement: &Entitlement,
    requester: &Person,
    ask: &Ask,
    facts: &Facts,
) -> Found<Principal> {
    let own = requester.principal();
    let wanted = match &ask.kind {
        AskKind::Extend(parent) => parent.beneficiary.clone(),
        _ => ask.beneficiary.clone().unwrap_or_else(|| own.clone()),
    };
    let refusal = may_receive(
        entitlement,
        &Concerned {
            requester: &own,
            groups: &facts.groups,
            beneficiary: &wanted,
            beneficiary_groups: &facts.beneficiary_groups,
            gives: ask.gives(),
        },
    );
    let (detail, hint) = match refusal {
        Ok(()) => {
            let rule = Rule::kept("beneficiary", wanted.to_string());
            return Ok((wanted, rule));
        }
        Err(Refusal::OwnGift) => (
            "nobody gives to themselves, nor to a group that they are in".into(),
            "ask for it instead",
        ),
        Err(Refusal::NotNamed) if ask.gives() => (
            format!("{wanted} may not receive it"),
            "only those that the entitlement lists as beneficiaries or requesters may be given it",
        ),
        Err(Refusal::NotNamed) => (
            format!("{wanted} may not receive it"),
            "only those that the entitlement lists as beneficiaries may receive it",
        ),
    };
    Err(Rule::broken("beneficiary", detail, hint))
}

/// Whoever owes an overdue review gets nothing more by their own word alone. The next emergency is never among it.
pub(super) fn debt(
    entitlement: &Entitlement,
    ask: &Ask,
    facts: &Facts,
) -> Option<Result<Rule, Rule>> {
    if facts.debts.is_empty() {
        return None;
    }
    let owed = super::names(facts.debts.iter().map(ToString::to_string));
    if ask.gives() || !entitlement.needs_nobody() {
        let detail = format!("a review is overdue for {owed}; it does not stand in the way here");
        return Some(Ok(Rule::kept("review-debt", detail)));
    }
    Some(Err(Rule::broken(
        "review-debt",
        format!("a review is overdue for {owed}"),
        "have it reviewed first: 'daypass review GRANT', by one of its reviewers",
    )))
}
