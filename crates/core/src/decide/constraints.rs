//! Constraints on a request and on an approval, asked of the terms that were derived.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Rule;
use crate::constraint::{Constraint, PersonFacts, RequestFacts, ResourceFacts, Variables};
use crate::email::Email;
use crate::entitlement::Entitlement;
use crate::grant::{Grant, Origin, Terms};
use crate::person::Person;

/// Who asks, who approves, and when: what a constraint can ask about beside the terms.
pub(super) struct Circumstances<'a> {
    pub(super) now: Timestamp,
    pub(super) requester_groups: &'a BTreeSet<Email>,
    pub(super) approver: Option<(&'a Person, &'a BTreeSet<Email>)>,
}

/// One rule for each constraint. What cannot be evaluated is broken.
pub(super) fn check(
    constraints: &[Constraint],
    terms: &Terms,
    circumstances: &Circumstances<'_>,
) -> Vec<Rule> {
    if constraints.is_empty() {
        return Vec::new();
    }
    let mut variables = variables(terms, circumstances);
    let resources = resources(terms);
    constraints
        .iter()
        .map(|constraint| {
            if !constraint.uses_resource() {
                return one(constraint, &variables, None);
            }
            // It must hold for each; the first for which it does not is told.
            for resource in &resources {
                variables.resource = Some(resource.clone());
                let rule = one(constraint, &variables, Some(&resource.name));
                if !rule.holds {
                    return rule;
                }
            }
            variables.resource = None;
            Rule::kept(&name(constraint), "holds for every resource".into())
        })
        .collect()
}

/// Whether the entitlement's constraints on the request still hold: they are asked again at each yes.
pub fn constraints_still_hold(
    entitlement: &Entitlement,
    grant: &Grant,
    requester_groups: &BTreeSet<Email>,
    now: Timestamp,
) -> Result<(), Vec<Rule>> {
    let circumstances = Circumstances {
        now,
        requester_groups,
        approver: None,
    };
    let rules = check(&entitlement.constraints, &grant.terms, &circumstances);
    if rules.iter().all(|rule| rule.holds) {
        Ok(())
    } else {
        Err(rules)
    }
}

/// Whether the constraints on the approval let this person approve now.
pub fn constraints_allow(
    grant: &Grant,
    approver: &Person,
    approver_groups: &BTreeSet<Email>,
    requester_groups: &BTreeSet<Email>,
    now: Timestamp,
) -> Result<(), Vec<Rule>> {
    let Some(approval) = &grant.approval else {
        return Ok(());
    };
    let circumstances = Circumstances {
        now,
        requester_groups,
        approver: Some((approver, approver_groups)),
    };
    let rules = check(&approval.constraints, &grant.terms, &circumstances);
    if rules.iter().all(|rule| rule.holds) {
        Ok(())
    } else {
        Err(rules)
    }
}

fn one(constraint: &Constraint, variables: &Variables, resource: Option<&str>) -> Rule {
    let name = name(constraint);
    let place = resource.map_or(String::new(), |resource| format!(" for {resource}"));
    match constraint.holds(variables) {
        Ok(true) => Rule::kept(&name, format!("holds{place}")),
        Ok(false) => Rule::broken(
            &name,
            format!("{}{place}", constraint.message()),
            "the entitlement says so; its owner can tell why",
        ),
        Err(error) => Rule::broken(
            &name,
            format!("it cannot be told whether it holds{place}: {error}"),
            "what cannot be told is denied; ask the entitlement's owner to mend the constraint",
        ),
    }
}

fn name(constraint: &Constraint) -> String {
    format!("constraint {}", constraint.name())
}

fn variables(terms: &Terms, circumstances: &Circumstances<'_>) -> Variables {
    let person = |person: &Person, groups: &BTreeSet<Email>| PersonFacts {
        email: person.email.to_string(),
        groups: groups.iter().map(ToString::to_string).collect(),
    };
    let kind = match terms.origin {
        Origin::Requested => "request",
        Origin::Given => "give",
        Origin::Extension { .. } => "extend",
    };
    let reason = terms.justification.as_ref();
    Variables {
        request: RequestFacts {
            time: circumstances.now,
            // What was to begin earlier begins when the last word is said.
            start: terms
                .start_at
                .map_or(circumstances.now, |start| start.max(circumstances.now)),
            duration: terms.duration.signed(),
            reason: reason.map_or(String::new(), |text| text.as_str().to_owned()),
            beneficiary: terms.beneficiary.to_string(),
            kind: kind.to_owned(),
        },
        requester: person(&terms.requester, circumstances.requester_groups),
        resource: None,
        inputs: terms.inputs.clone(),
        approver: circumstances
            .approver
            .map(|(approver, groups)| person(approver, groups)),
    }
}

/// Each resource once, with the roles that are asked for on it; a service account to act as has none.
fn resources(terms: &Terms) -> Vec<ResourceFacts> {
    let mut roles: BTreeMap<&str, ResourceFacts> = BTreeMap::new();
    for privilege in &terms.privileges {
        let facts = roles
            .entry(privilege.resource.as_str())
            .or_insert_with(|| ResourceFacts {
                name: privilege.resource.to_string(),
                kind: privilege.resource.kind().name.to_owned(),
                roles: Vec::new(),
            });
        facts.roles.push(privilege.role.to_string());
    }
    let accounts = terms.impersonations.iter().map(|one| ResourceFacts {
        name: format!("projects/-/serviceAccounts/{}", one.service_account),
        kind: "service account".into(),
        roles: Vec::new(),
    });
    roles.into_values().chain(accounts).collect()
}
