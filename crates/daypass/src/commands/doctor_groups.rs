//! The part of `daypass doctor` that asks whether it can be told who is in which group.

use std::collections::BTreeSet;
use std::sync::Arc;

use daypass_core::email::Email;
use daypass_core::entitlement::{Catalogue, Entitlement};
use daypass_core::principal::Principal;
use daypass_engine::error::chain;
use daypass_engine::ports::IamError;
use daypass_google::{CloudIdentity, Customer, Google};

use super::doctor::Finding;

/// Most groups that are asked for: an examination is no inventory.
const MOST_GROUPS: usize = 50;

/// Most names in one finding.
const MOST_NAMES: usize = 5;

const CHECK: &str = "groups";

/// Asks Cloud Identity what decisions will ask: the members of the groups that entitlements name, and the groups of one
/// of them.
pub(super) async fn examine(
    google: Arc<Google>,
    customer: &Customer,
    catalogue: &Catalogue,
) -> Vec<Finding> {
    let directory = CloudIdentity::new(google, customer.clone());
    let named = named(catalogue);
    let (mut people, mut empty) = (BTreeSet::new(), Vec::new());
    for group in named.iter().take(MOST_GROUPS) {
        match directory.members(group).await {
            Ok(members) if members.is_empty() => empty.push(group.as_str()),
            Ok(members) => people.extend(members),
            Err(error) => {
                return vec![failed(
                    &directory,
                    &format!("the members of {group}"),
                    &error,
                )];
            }
        }
    }
    // Without a group there is nobody to ask about but Daypass itself, which is good enough to see who may ask.
    let someone = people.first().cloned().or_else(|| {
        let account = directory.account()?;
        Email::parse(account).ok()
    });
    if let Some(someone) = someone
        && let Err(error) = directory.groups(&someone).await
    {
        return vec![failed(
            &directory,
            &format!("the groups of {someone}"),
            &error,
        )];
    }
    let mut findings = vec![Finding::good(
        CHECK,
        format!(
            "Cloud Identity answers for {customer}: {} people in {} of the {} groups that entitlements name",
            people.len(),
            named.len().min(MOST_GROUPS) - empty.len(),
            named.len(),
        ),
    )];
    if !empty.is_empty() {
        let more = empty.len().saturating_sub(MOST_NAMES);
        let mut names = empty
            .into_iter()
            .take(MOST_NAMES)
            .collect::<Vec<_>>()
            .join(", ");
        if more > 0 {
            names = format!("{names} and {more} more");
        }
        findings.push(Finding {
            check: CHECK,
            holds: false,
            detail: format!("nobody is in {names}, or there is no such group"),
            hint: Some("correct the address in the entitlement, or add members".into()),
        });
    }
    findings
}

/// The groups that some list of some entitlement names.
fn named(catalogue: &Catalogue) -> BTreeSet<Email> {
    catalogue
        .iter()
        .flat_map(Entitlement::everybody)
        .filter_map(|principal| match principal {
            Principal::Group(group) => Some(group.clone()),
            _ => None,
        })
        .collect()
}

fn failed(directory: &CloudIdentity, what: &str, error: &IamError) -> Finding {
    let account = directory.account().unwrap_or("the credentials' account");
    let hint = match error {
        // Google's words where the API is off in the project that the credentials belong to.
        IamError::Forbidden { message, .. } if message.contains("has not been used in project") => {
            "turn the API on: gcloud services enable cloudidentity.googleapis.com".into()
        }
        IamError::Forbidden { .. } => format!(
            "give {account} the administrator role Groups Reader (Admin console, Account, Admin roles); nested groups \
             also need Cloud Identity Premium or an Enterprise edition of Workspace; and check groups.cloud_identity.customer"
        ),
        IamError::NotFound { .. } | IamError::Refused { .. } => {
            "check groups.cloud_identity.customer; 'gcloud organizations list' shows it as DIRECTORY_CUSTOMER_ID".into()
        }
        _ => "check the network; until it answers, whatever depends on a group is denied".into(),
    };
    Finding {
        check: CHECK,
        holds: false,
        detail: format!("Cloud Identity does not tell {what}: {}", chain(error)),
        hint: Some(hint),
    }
}
