//! What is given, in words.

use daypass_core::condition::ExtraCondition;
use daypass_core::entitlement::{Entitlement, Impersonation, LONGEST_TOKEN, Privilege, Via};
use daypass_core::grant::Terms;
use daypass_core::role::Role;

/// One thing that is given: `ROLE on RESOURCE`, `act as ACCOUNT`.
pub(crate) struct PrivilegeRow {
    pub(super) role: Option<String>,
    /// The words before the place: `on`, `on all`, `act as`.
    pub(super) link: &'static str,
    pub(super) place: String,
    /// The resource whose policy is written, where it is another.
    pub(super) target: Option<String>,
    pub(super) condition: Option<String>,
    /// What else there is to know.
    pub(super) note: Option<String>,
}

impl PrivilegeRow {
    /// Everything that an entitlement may give.
    pub(super) fn of_entitlement(entitlement: &Entitlement) -> Vec<Self> {
        entitlement
            .privileges
            .iter()
            .flat_map(Self::of_privilege)
            .collect()
    }

    /// Everything that a grant gives.
    pub(super) fn of_terms(terms: &Terms) -> Vec<Self> {
        let roles = terms.privileges.iter().map(|one| Self {
            target: (one.target != one.resource).then(|| one.target.to_string()),
            condition: text(one.condition.as_ref()),
            ..Self::role(&one.role, "on", one.resource.to_string())
        });
        roles
            .chain(terms.impersonations.iter().map(Self::impersonation))
            .collect()
    }

    fn of_privilege(privilege: &Privilege) -> Vec<Self> {
        match privilege {
            Privilege::Resource(one) => one
                .roles
                .iter()
                .map(|role| Self {
                    target: (one.target != one.resource).then(|| one.target.to_string()),
                    condition: text(one.condition.as_ref()),
                    ..Self::role(role, "on", one.resource.to_string())
                })
                .collect(),
            Privilege::Projects(one) => one
                .roles
                .iter()
                .map(|role| Self {
                    condition: text(one.condition.as_ref()),
                    ..Self::role(role, "on all", one.selector.to_string())
                })
                .collect(),
            Privilege::Impersonation(one) => vec![Self::impersonation(one)],
        }
    }

    fn role(role: &Role, link: &'static str, place: String) -> Self {
        Self {
            role: Some(role.to_string()),
            link,
            place,
            target: None,
            condition: None,
            note: None,
        }
    }

    fn impersonation(one: &Impersonation) -> Self {
        let note = match one.via {
            Via::Broker => format!(
                "by tokens of at most {} that end with the grant",
                one.token_max
            ),
            // Whoever mints by a binding is bound by Google only, which knows nothing of the entitlement.
            Via::Binding => format!(
                "a token may outlive the grant by its own lifetime, at most {LONGEST_TOKEN}"
            ),
        };
        Self {
            role: None,
            link: "act as",
            place: one.service_account.to_string(),
            target: None,
            condition: None,
            note: Some(note),
        }
    }
}

fn text(condition: Option<&ExtraCondition>) -> Option<String> {
    condition.map(|condition| condition.as_str().to_owned())
}
