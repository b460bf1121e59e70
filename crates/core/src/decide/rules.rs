//! The rules, one function each, in the order in which they are told.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Decision, Facts, MAX_CLOCK_SKEW_SECONDS, Outcome, Rule, is_among, is_skewed};
use crate::duration::Duration;
use crate::email::Email;
use crate::entitlement::Entitlement;
use crate::grant::{GrantedPrivilege, Origin, Terms};
use crate::justification::{Justification, printable};
use crate::person::Person;
use crate::principal::Principal;
use crate::request::{Ask, AskKind};

/// A rule's finding: the value that it yields, or the broken rule.
type Found<T> = Result<(T, Rule), Rule>;

pub(super) fn decide(
    entitlement: &Entitlement,
    requester: &Person,
    ask: &Ask,
    facts: &Facts,
) -> Decision {
    let mut rules = Vec::new();
    let mut note = |found: Result<Rule, Rule>| rules.push(found.unwrap_or_else(|broken| broken));
    let beneficiary = beneficiary(entitlement, requester, ask, facts);
    note(clock(facts));
    note(standing(entitlement, requester, ask, facts));
    note(split(&beneficiary));
    let privileges = privileges(entitlement, ask);
    note(split(&privileges));
    let times = times(entitlement, ask, facts.now);
    note(split(&times));
    let justification = justification(entitlement, ask);
    note(split(&justification));

    let approval = if ask.gives() {
        None
    } else {
        entitlement.approval.clone()
    };
    let mut approvers = approval
        .as_ref()
        .map(|approval| named(&approval.approvers, requester, facts))
        .unwrap_or_default();
    if let Ok((Principal::User(email) | Principal::ServiceAccount(email), _)) = &beneficiary {
        approvers.remove(email);
    }
    if let Some(approval) = &approval {
        note(reachable(approval.needed, &approvers));
    }
    let terms = match (beneficiary, privileges, times, justification) {
        (Ok((beneficiary, _)), Ok((privileges, _)), Ok((times, _)), Ok((justification, _))) => {
            Some(Terms {
                entitlement: entitlement.id.clone(),
                title: entitlement.title.clone(),
                entitlement_hash: entitlement.hash(),
                origin: times.origin,
                requester: requester.clone(),
                beneficiary,
                privileges,
                duration: times.duration,
                start_at: times.start_at,
                justification,
                notify: ask.notify.clone(),
            })
        }
        _ => None,
    };
    let outcome = match approval {
        _ if terms.is_none() || rules.iter().any(|rule| !rule.holds) => Outcome::Denied,
        Some(approval) => Outcome::NeedsApproval(approval),
        None => Outcome::Granted,
    };
    Decision {
        outcome,
        rules,
        terms,
        approvers,
    }
}

fn split<T>(found: &Found<T>) -> Result<Rule, Rule> {
    match found {
        Ok((_, rule)) => Ok(rule.clone()),
        Err(rule) => Err(rule.clone()),
    }
}

fn clock(facts: &Facts) -> Result<Rule, Rule> {
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
fn standing(
    entitlement: &Entitlement,
    requester: &Person,
    ask: &Ask,
    facts: &Facts,
) -> Result<Rule, Rule> {
    let (name, list, verb) = if ask.gives() {
        ("grantor", &entitlement.grantors, "give")
    } else {
        ("requester", &entitlement.requesters, "ask for")
    };
    if is_among(list, &requester.principal(), &facts.groups) {
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

fn beneficiary(
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
    let kept = |wanted: Principal| {
        let rule = Rule::kept("beneficiary", wanted.to_string());
        Ok((wanted, rule))
    };
    if wanted == own && (entitlement.beneficiaries.is_empty() || !ask.gives()) {
        return kept(wanted);
    }
    let allowed = if ask.gives() && entitlement.beneficiaries.is_empty() {
        // A grantor gives to somebody else; the list narrows it where the entitlement has one.
        matches!(
            wanted,
            Principal::User(_) | Principal::Group(_) | Principal::ServiceAccount(_)
        )
    } else {
        is_among(
            &entitlement.beneficiaries,
            &wanted,
            &facts.beneficiary_groups,
        )
    };
    if allowed {
        return kept(wanted);
    }
    let hint = "only those that the entitlement lists as beneficiaries may receive it";
    Err(Rule::broken(
        "beneficiary",
        format!("{wanted} may not receive it"),
        hint,
    ))
}

/// The roles and resources asked for, one by one.
fn privileges(entitlement: &Entitlement, ask: &Ask) -> Found<Vec<GrantedPrivilege>> {
    let all: Vec<GrantedPrivilege> = entitlement
        .privileges
        .iter()
        .flat_map(|privilege| {
            privilege.roles.iter().map(|role| GrantedPrivilege {
                resource: privilege.resource.clone(),
                target: privilege.target.clone(),
                role: role.clone(),
                condition: privilege.condition.clone(),
            })
        })
        .collect();
    if let AskKind::Extend(parent) = &ask.kind {
        // An extension gives what the parent gave, as long as the entitlement still names all of it.
        return match parent
            .privileges
            .iter()
            .find(|privilege| !all.contains(privilege))
        {
            None => Ok((
                parent.privileges.clone(),
                Rule::kept("privileges", "the same as before".into()),
            )),
            Some(gone) => Err(Rule::broken(
                "privileges",
                format!(
                    "the entitlement no longer gives {} on {}",
                    gone.role, gone.resource
                ),
                "ask for the entitlement anew",
            )),
        };
    }
    let matches = |privilege: &GrantedPrivilege, only: &str| {
        let resource = crate::console_url::project_or_resource(only).ok();
        privilege.role.as_str() == only
            || privilege.resource.as_str() == only
            || resource.as_ref() == Some(&privilege.resource)
    };
    if let Some(unknown) = ask
        .only
        .iter()
        .find(|only| !all.iter().any(|privilege| matches(privilege, only)))
    {
        let hint = "'daypass explain' lists its roles and resources";
        return Err(Rule::broken(
            "privileges",
            format!("the entitlement has no '{}'", printable(unknown, 80)),
            hint,
        ));
    }
    // A role narrows the roles, a resource the resources; naming both takes the pairs.
    let (roles, resources): (Vec<&String>, Vec<&String>) = ask.only.iter().partition(|only| {
        all.iter()
            .any(|privilege| privilege.role.as_str() == only.as_str())
    });
    let chosen: Vec<GrantedPrivilege> = all
        .into_iter()
        .filter(|privilege| {
            roles.is_empty()
                || roles
                    .iter()
                    .any(|role| privilege.role.as_str() == role.as_str())
        })
        .filter(|privilege| {
            resources.is_empty() || resources.iter().any(|only| matches(privilege, only))
        })
        .collect();
    if chosen.is_empty() {
        let hint = "'daypass explain' lists its roles and resources";
        return Err(Rule::broken(
            "privileges",
            "the entitlement has no such role on that resource".into(),
            hint,
        ));
    }
    let count = chosen.len();
    Ok((
        chosen,
        Rule::kept(
            "privileges",
            format!("{count} of the entitlement's roles on resources"),
        ),
    ))
}

struct Times {
    origin: Origin,
    duration: Duration,
    start_at: Option<Timestamp>,
}

/// How long, and from when.
fn times(entitlement: &Entitlement, ask: &Ask, now: Timestamp) -> Found<Times> {
    let rule = &entitlement.duration;
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

fn justification(entitlement: &Entitlement, ask: &Ask) -> Found<Option<Justification>> {
    let rule = &entitlement.justification;
    let hint = rule
        .hint
        .as_deref()
        .unwrap_or("write one or two lines: the ticket, then why");
    let broken = |detail: String| Rule::broken("justification", detail, hint);
    let text = ask
        .justification
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let Some(text) = text else {
        return if rule.required {
            Err(broken("a justification is required".into()))
        } else {
            Ok((None, Rule::kept("justification", "none is required".into())))
        };
    };
    let parsed = Justification::parse(text).map_err(|error| broken(error.to_string()))?;
    if let Some(pattern) = &rule.pattern {
        // The loader compiled it; one that does not compile denies.
        let found = regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(parsed.as_str()));
        if !found {
            return Err(broken(format!(
                "the justification does not match {pattern}"
            )));
        }
    }
    Ok((Some(parsed), Rule::kept("justification", "given".into())))
}

/// The people who may approve, by address, without the requester.
fn named(approvers: &[Principal], requester: &Person, facts: &Facts) -> BTreeSet<Email> {
    let mut people: BTreeSet<Email> = BTreeSet::new();
    for principal in approvers {
        match principal {
            Principal::Group(group) => {
                people.extend(facts.members.get(group).into_iter().flatten().cloned());
            }
            Principal::User(email) | Principal::ServiceAccount(email) => {
                people.insert(email.clone());
            }
            Principal::Domain(_) | Principal::Federated(_) | Principal::FederatedSet(_) => {}
        }
    }
    people.remove(&requester.email);
    people
}

fn reachable(needed: u32, approvers: &BTreeSet<Email>) -> Result<Rule, Rule> {
    let names = approvers
        .iter()
        .take(5)
        .map(Email::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if approvers.len() < needed as usize {
        let detail = format!(
            "{needed} must approve, but only {} can: {names}",
            approvers.len()
        );
        return Err(Rule::broken(
            "approval",
            detail,
            "ask the entitlement's owner to name more approvers",
        ));
    }
    let more = approvers.len().saturating_sub(5);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Ok(Rule::kept("approval", format!("{needed} of {names}{more}")))
}
