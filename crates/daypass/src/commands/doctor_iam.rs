//! `daypass doctor --print-iam`: the smallest role that Daypass's own service account needs where.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use daypass_core::email::Email;
use daypass_core::entitlement::{Catalogue, Impersonation, Privilege, TOKEN_MINTER_ROLE, Via};
use daypass_core::resource::ResourceName;
use daypass_core::service_account::project_of;

use crate::configuration::Configuration;
use crate::error::Error;
use crate::wiring::read_catalogue;

/// What finding the projects of a selector and writing their policies takes, on the folder.
const SELECTOR_PERMISSIONS: [&str; 5] = [
    "resourcemanager.folders.list",
    "resourcemanager.projects.get",
    "resourcemanager.projects.getIamPolicy",
    "resourcemanager.projects.list",
    "resourcemanager.projects.setIamPolicy",
];

/// What minting a token of an account takes, on that account (IAM Service Account Credentials API v1).
pub(super) const MINTING_PERMISSION: &str = "iam.serviceAccounts.getAccessToken";

/// The smallest custom role for the broker, and Google's own limit on what it can grant with it.
pub(super) fn print(path: &Path) -> Result<String, Error> {
    let configuration = Configuration::load(path)?;
    Ok(needed(&read_catalogue(&configuration)?))
}

/// The account as a resource; none for one that has no project in its address, which no entitlement names.
pub(super) fn account_resource(account: &Email) -> Option<ResourceName> {
    let project = project_of(account)?;
    format!("projects/{project}/serviceAccounts/{account}")
        .parse()
        .ok()
}

/// What the broker needs on one resource.
#[derive(Default)]
struct Needs {
    permissions: BTreeSet<String>,
    /// The roles that it gives there.
    roles: BTreeSet<String>,
}

fn needed(catalogue: &Catalogue) -> String {
    let mut needs: BTreeMap<ResourceName, Needs> = BTreeMap::new();
    let mut minters = BTreeSet::new();
    for privilege in catalogue
        .iter()
        .flat_map(|entitlement| &entitlement.privileges)
    {
        let (resource, permissions) = match privilege {
            Privilege::Resource(one) => {
                (one.target.clone(), one.target.kind().policy_permissions())
            }
            // The projects come and go, so the role stands on the folder above them.
            Privilege::Projects(one) => (
                one.selector.folder.clone(),
                SELECTOR_PERMISSIONS.map(str::to_owned).to_vec(),
            ),
            Privilege::Impersonation(one) => match of_impersonation(one) {
                Some(needed) => needed,
                None => continue,
            },
        };
        let here = needs.entry(resource).or_default();
        here.permissions.extend(permissions);
        here.roles
            .extend(privilege.roles().iter().map(|role| format!("'{role}'")));
        if let Privilege::Impersonation(one) = privilege
            && one.via == Via::Binding
            && let Some(project) = project_of(&one.service_account)
        {
            let role = format!("projects/{project}/roles/{TOKEN_MINTER_ROLE}");
            here.roles.insert(format!("'{role}'"));
            minters.insert(role);
        }
    }
    let mut text = String::from(
        "# The smallest role that Daypass's service account needs on each resource, and the limit on what it may grant there.\n",
    );
    for (resource, needs) in needs {
        section(&mut text, resource.as_str(), &needs.permissions);
        if !needs.roles.is_empty() {
            let quoted: Vec<String> = needs.roles.into_iter().collect();
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "  condition: \"api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([{}])\"",
                quoted.join(", ")
            );
        }
    }
    if !minters.is_empty() {
        text.push_str("\n# The custom roles that 'via: binding' gives. They must exist; never Token Creator, which can sign as well.\n");
    }
    for role in minters {
        section(&mut text, &role, &[MINTING_PERMISSION.to_owned()].into());
    }
    text
}

/// On the account itself: its tokens for `via: broker`, its policy for `via: binding`.
fn of_impersonation(one: &Impersonation) -> Option<(ResourceName, Vec<String>)> {
    let resource = account_resource(&one.service_account)?;
    let permissions = match one.via {
        Via::Broker => vec![MINTING_PERMISSION.to_owned()],
        Via::Binding => resource.kind().policy_permissions(),
    };
    Some((resource, permissions))
}

fn section(text: &mut String, name: &str, permissions: &BTreeSet<String>) {
    // Writing to a String cannot fail.
    let _ = write!(text, "\n{name}:\n  permissions:\n");
    for permission in permissions {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    - {permission}");
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use daypass_core::entitlement::{Source, load};

    use super::*;

    #[test]
    fn minting_needs_one_permission_on_the_account_and_nothing_above_it() {
        let text = "
apiVersion: daypass/v1
entitlements:
  - id: deployer
    requesters: ['user:ann@example.com']
    privileges:
      - {impersonate: deployer@acme-prod.iam.gserviceaccount.com}
      - {impersonate: reader@acme-prod.iam.gserviceaccount.com, via: binding}
      - {resource: projects/acme-prod, roles: [roles/run.developer]}
    approval: none
";
        let source = Source {
            name: "test.yaml".into(),
            text: text.into(),
        };
        insta::assert_snapshot!(needed(&load(&[source]).unwrap()), @r#"
        # The smallest role that Daypass's service account needs on each resource, and the limit on what it may grant there.

        projects/acme-prod:
          permissions:
            - resourcemanager.projects.getIamPolicy
            - resourcemanager.projects.setIamPolicy
          condition: "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/run.developer'])"

        projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com:
          permissions:
            - iam.serviceAccounts.getAccessToken

        projects/acme-prod/serviceAccounts/reader@acme-prod.iam.gserviceaccount.com:
          permissions:
            - iam.serviceAccounts.getIamPolicy
            - iam.serviceAccounts.setIamPolicy
          condition: "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['projects/acme-prod/roles/daypassTokenMinter'])"

        # The custom roles that 'via: binding' gives. They must exist; never Token Creator, which can sign as well.

        projects/acme-prod/roles/daypassTokenMinter:
          permissions:
            - iam.serviceAccounts.getAccessToken
        "#);
    }
}
