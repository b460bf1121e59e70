//! What is given: the roles and resources of the entitlement, or the part of them that is asked for.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::Found;
use crate::decide::{Facts, MOST_SELECTED, Rule};
use crate::entitlement::{Entitlement, Impersonation, Privilege, Selector, TOKEN_MINTER_ROLE, Via};
use crate::grant::GrantedPrivilege;
use crate::justification::printable;
use crate::request::{Ask, AskKind, Parent};
use crate::resource::ResourceName;
use crate::service_account::user_managed_project;

/// What a grant gives.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    /// Roles on resources, one by one: each becomes a binding.
    pub(super) roles: Vec<GrantedPrivilege>,
    /// Accounts to act as by tokens that the server mints.
    pub(super) impersonations: Vec<Impersonation>,
}

const HINT: &str = "'daypass explain' lists its roles and resources";

/// The roles, resources and accounts asked for, one by one.
pub(super) fn privileges(entitlement: &Entitlement, ask: &Ask, facts: &Facts) -> Found<Given> {
    if let AskKind::Extend(parent) = &ask.kind {
        return same_as_before(entitlement, parent, facts);
    }
    let all = everything(entitlement, facts)?;
    let chosen = narrow(all, &ask.only)?;
    let detail = match (chosen.roles.len(), chosen.impersonations.len()) {
        (0, accounts) => format!("{accounts} of the entitlement's service accounts"),
        (roles, 0) => format!("{roles} of the entitlement's roles on resources"),
        (roles, accounts) => {
            format!("{roles} of the entitlement's roles on resources, {accounts} service accounts")
        }
    };
    Ok((chosen, Rule::kept("privileges", detail)))
}

/// Everything that the entitlement gives at this moment.
fn everything(entitlement: &Entitlement, facts: &Facts) -> Result<Given, Rule> {
    let mut given = Given::default();
    for privilege in &entitlement.privileges {
        match privilege {
            Privilege::Resource(on) => {
                given
                    .roles
                    .extend(on.roles.iter().map(|role| GrantedPrivilege {
                        resource: on.resource.clone(),
                        target: on.target.clone(),
                        role: role.clone(),
                        condition: on.condition.clone(),
                    }));
            }
            Privilege::Projects(on) => {
                for project in selected(&on.selector, facts)? {
                    given
                        .roles
                        .extend(on.roles.iter().map(|role| GrantedPrivilege {
                            resource: project.clone(),
                            target: project.clone(),
                            role: role.clone(),
                            condition: on.condition.clone(),
                        }));
                }
            }
            Privilege::Impersonation(one) => match one.via {
                Via::Broker => given.impersonations.push(one.clone()),
                Via::Binding => given.roles.push(minting(one)?),
            },
        }
    }
    given.roles = once(given.roles)?;
    Ok(given)
}

/// Each role of a policy once: a selector may find a project that is named, too. On two conditions it cannot be given,
/// since a policy holds a role of one grant in one place.
fn once(all: Vec<GrantedPrivilege>) -> Result<Vec<GrantedPrivilege>, Rule> {
    let mut places = BTreeMap::new();
    let mut roles: Vec<GrantedPrivilege> = Vec::with_capacity(all.len());
    for one in all {
        match places.entry((one.target.clone(), one.role.clone())) {
            Entry::Vacant(place) => {
                place.insert(roles.len());
                roles.push(one);
            }
            Entry::Occupied(place) if roles[*place.get()].condition == one.condition => {}
            Entry::Occupied(_) => {
                return Err(Rule::broken(
                    "privileges",
                    format!(
                        "the entitlement gives {} on {} twice with different conditions",
                        one.role, one.target
                    ),
                    "ask the entitlement's owner to join the conditions, or to make two entitlements of it",
                ));
            }
        }
    }
    Ok(roles)
}

/// The projects of a selector, by name. None, or more than anybody can read, is a refusal.
fn selected<'a>(
    selector: &Selector,
    facts: &'a Facts,
) -> Result<impl Iterator<Item = &'a ResourceName>, Rule> {
    let found = facts.projects.get(selector);
    match found.map_or(0, std::collections::BTreeSet::len) {
        0 => Err(Rule::broken(
            "privileges",
            format!("there are no {selector}"),
            "check the folder and the labels of its projects",
        )),
        count if count > MOST_SELECTED => Err(Rule::broken(
            "privileges",
            format!("there are {count} {selector}, more than {MOST_SELECTED}"),
            "give the projects a label that tells them apart, and name it",
        )),
        _ => Ok(found.into_iter().flatten()),
    }
}

/// The binding that lets somebody mint tokens of a service account, and nothing else.
fn minting(one: &Impersonation) -> Result<GrantedPrivilege, Rule> {
    let account = &one.service_account;
    // The loader takes no others.
    let project = user_managed_project(account).unwrap_or_default();
    let resource = format!("projects/{project}/serviceAccounts/{account}").parse::<ResourceName>();
    let role = format!("projects/{project}/roles/{TOKEN_MINTER_ROLE}").parse();
    match (resource, role) {
        (Ok(resource), Ok(role)) => Ok(GrantedPrivilege {
            target: resource.clone(),
            resource,
            role,
            condition: None,
        }),
        _ => Err(Rule::broken(
            "privileges",
            format!("{account} has no project of its own"),
            "write via: broker",
        )),
    }
}

/// An extension gives what the parent gave, as long as the entitlement still names all of it.
fn same_as_before(entitlement: &Entitlement, parent: &Parent, facts: &Facts) -> Found<Given> {
    let all = everything(entitlement, facts)?;
    let gone = parent
        .privileges
        .iter()
        .find(|privilege| !all.roles.contains(privilege))
        .map(|gone| format!("{} on {}", gone.role, gone.resource))
        .or_else(|| {
            let mut accounts = parent.impersonations.iter();
            accounts
                .find(|account| !all.impersonations.contains(account))
                .map(|gone| gone.service_account.to_string())
        });
    match gone {
        None => Ok((
            Given {
                roles: parent.privileges.clone(),
                impersonations: parent.impersonations.clone(),
            },
            Rule::kept("privileges", "the same as before".into()),
        )),
        Some(gone) => Err(Rule::broken(
            "privileges",
            format!("the entitlement no longer gives {gone}"),
            "ask for the entitlement anew",
        )),
    }
}

/// The part that is asked for. A role narrows the roles, a resource the resources; naming both takes the pairs. A
/// service account takes that account.
fn narrow(all: Given, only: &[String]) -> Result<Given, Rule> {
    if only.is_empty() {
        return Ok(all);
    }
    let is_role = |only: &str| all.roles.iter().any(|one| one.role.as_str() == only);
    let is_resource = |only: &str| all.roles.iter().any(|one| is_on(one, only));
    let is_account = |only: &str| {
        all.impersonations
            .iter()
            .any(|one| one.service_account.as_str().eq_ignore_ascii_case(only))
    };
    if let Some(unknown) = only
        .iter()
        .find(|only| !is_role(only) && !is_resource(only) && !is_account(only))
    {
        let detail = format!("the entitlement has no '{}'", printable(unknown, 80));
        return Err(Rule::broken("privileges", detail, HINT));
    }
    let roles: Vec<&String> = only.iter().filter(|only| is_role(only)).collect();
    let resources: Vec<&String> = only.iter().filter(|only| is_resource(only)).collect();
    let takes_roles = !roles.is_empty() || !resources.is_empty();
    let chosen = Given {
        roles: all
            .roles
            .iter()
            .filter(|one| {
                takes_roles
                    && (roles.is_empty() || roles.iter().any(|role| one.role.as_str() == **role))
                    && (resources.is_empty() || resources.iter().any(|only| is_on(one, only)))
            })
            .cloned()
            .collect(),
        impersonations: all
            .impersonations
            .iter()
            .filter(|one| {
                only.iter()
                    .any(|only| one.service_account.as_str().eq_ignore_ascii_case(only))
            })
            .cloned()
            .collect(),
    };
    if chosen.roles.is_empty() && chosen.impersonations.is_empty() {
        let detail = "the entitlement has no such role on that resource";
        return Err(Rule::broken("privileges", detail.into(), HINT));
    }
    Ok(chosen)
}

fn is_on(privilege: &GrantedPrivilege, only: &str) -> bool {
    privilege.resource.as_str() == only
        || crate::console_url::project_or_resource(only).ok().as_ref() == Some(&privilege.resource)
}
