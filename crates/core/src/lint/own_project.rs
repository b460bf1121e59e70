//! Power over Daypass itself.

use super::{Found, World};
use crate::entitlement::{Entitlement, Privilege};
use crate::resource::ResourceName;
use crate::service_account::project_of;

pub(super) fn check(one: &Entitlement, world: &World<'_>) -> Vec<Found> {
    let context = world.context;
    let mut found = Vec::new();
    for (index, privilege) in one.privileges.iter().enumerate() {
        let message = match privilege {
            Privilege::Impersonation(privilege) => {
                let account = &privilege.service_account;
                let is_broker = context.brokers.contains(account);
                let project = project_of(account).unwrap_or_default();
                if is_broker {
                    format!(
                        "{account} is the account with which Daypass writes policies: who acts as it can give anybody anything"
                    )
                } else if context.broker_projects.contains(project) {
                    format!("{account} lives in {project}, the project of Daypass itself")
                } else {
                    continue;
                }
            }
            Privilege::Resource(privilege) => {
                let project = [&privilege.resource, &privilege.target]
                    .into_iter()
                    .flat_map(ResourceName::projects)
                    .find(|project| context.broker_projects.contains(*project));
                match project {
                    Some(project) => format!(
                        "{project} is the project of Daypass itself: who has power there can change who gets what"
                    ),
                    None => continue,
                }
            }
            Privilege::Projects(_) => continue,
        };
        found.push(Found::warning(
            format!("privileges[{index}]"),
            message,
            "take it out; administer Daypass with standing access of very few people",
        ));
    }
    found
}
