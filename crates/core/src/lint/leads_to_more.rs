//! Roles with which their holder can take more, or keep what they were lent.

use super::power::{self, Power, PowerKind, ROLES_THAT_RUN_CODE};
use super::{Found, World, names};
use crate::entitlement::{Entitlement, Privilege};
use crate::role::Role;

const ATTACHES_ACCOUNTS: &str = "roles/iam.serviceAccountUser";

pub(super) fn more(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    let runs_code: Vec<&str> = one
        .privileges
        .iter()
        .flat_map(Privilege::roles)
        .map(Role::as_str)
        .filter(|role| ROLES_THAT_RUN_CODE.contains(role))
        .collect();
    of_kind(one, PowerKind::More)
        .map(|(path, privilege, power)| {
            let together = if power.role == ATTACHES_ACCOUNTS && !runs_code.is_empty() {
                format!(
                    "; {} in the same entitlement lets them do so at once",
                    names(&runs_code)
                )
            } else {
                String::new()
            };
            Found::warning(
                path,
                format!(
                    "{} leads to more: on {} its holder can {}{together}",
                    power.role,
                    place(privilege),
                    power.can
                ),
                "give a narrower role or resource, or let a second person approve",
            )
        })
        .collect()
}

pub(super) fn lasting(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    of_kind(one, PowerKind::Lasting)
        .map(|(path, privilege, power)| {
            Found::warning(
                path,
                format!(
                    "{} can outlive the grant: on {} its holder can {}, themselves included, for good",
                    power.role,
                    place(privilege),
                    power.can
                ),
                format!(
                    "give {} if that is enough",
                    power.instead
                ),
            )
        })
        .collect()
}

pub(super) fn unknown(one: &Entitlement, world: &World<'_>) -> Vec<Found> {
    if !world.context.verbose {
        return Vec::new();
    }
    roles(one)
        .filter(|(_, _, role)| !role.as_str().starts_with("roles/"))
        .map(|(path, _, role)| {
            Found::warning(
                path,
                format!("{role} is a custom role: whether it leads to more is not known here"),
                format!(
                    "look at its permissions: gcloud iam roles describe {}",
                    describe(role)
                ),
            )
        })
        .collect()
}

/// The arguments with which gcloud shows a custom role.
fn describe(role: &Role) -> String {
    match role.as_str().split('/').collect::<Vec<_>>()[..] {
        ["projects", project, _, name] => format!("{name} --project={project}"),
        ["organizations", organization, _, name] => {
            format!("{name} --organization={organization}")
        }
        _ => role.to_string(),
    }
}

fn of_kind(
    one: &Entitlement,
    kind: PowerKind,
) -> impl Iterator<Item = (String, &Privilege, &'static Power)> {
    roles(one).filter_map(move |(path, privilege, role)| {
        let power = power::of(role.as_str()).filter(|power| power.kind == kind)?;
        Some((path, privilege, power))
    })
}

/// All roles that it gives, each with its place.
pub(super) fn roles(one: &Entitlement) -> impl Iterator<Item = (String, &Privilege, &Role)> {
    let privileges = one.privileges.iter().enumerate();
    privileges.flat_map(|(index, privilege)| {
        let roles = privilege.roles().iter().enumerate();
        roles.map(move |(position, role)| {
            (
                format!("privileges[{index}].roles[{position}]"),
                privilege,
                role,
            )
        })
    })
}

fn place(privilege: &Privilege) -> String {
    match privilege {
        Privilege::Resource(privilege) => privilege.target.to_string(),
        Privilege::Projects(privilege) => privilege.selector.to_string(),
        Privilege::Impersonation(privilege) => privilege.service_account.to_string(),
    }
}
