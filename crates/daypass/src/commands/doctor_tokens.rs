//! The part of `daypass doctor` that looks at the accounts whose tokens the server mints (`via: broker`): the only
//! standing impersonation there is, and so listed account by account.

use std::collections::BTreeMap;

use daypass_core::email::Email;
use daypass_core::entitlement::{Catalogue, Privilege, Via};
use daypass_engine::error::chain;
use daypass_engine::ports::{Iam as _, IamError};
use daypass_google::Google;

use super::doctor::Finding;
use super::doctor_iam::{MINTING_PERMISSION, account_resource};

/// One finding for each account.
pub(super) async fn examine(google: &Google, catalogue: &Catalogue) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (account, entitlements) in accounts(catalogue) {
        findings.push(finding(google, account, &entitlements.join(", ")).await);
    }
    findings
}

/// The accounts, with the entitlements that name them.
fn accounts(catalogue: &Catalogue) -> BTreeMap<&Email, Vec<&str>> {
    let mut accounts: BTreeMap<&Email, Vec<&str>> = BTreeMap::new();
    for entitlement in catalogue.iter() {
        for privilege in &entitlement.privileges {
            if let Privilege::Impersonation(one) = privilege
                && one.via == Via::Broker
            {
                let named = accounts.entry(&one.service_account).or_default();
                named.push(entitlement.id.as_str());
            }
        }
    }
    accounts
}

async fn finding(google: &Google, account: &Email, entitlements: &str) -> Finding {
    let bad = |detail: String, hint: &str| Finding {
        check: "tokens",
        holds: false,
        detail: format!("{account}: {detail}"),
        hint: Some(hint.into()),
    };
    let Some(resource) = account_resource(account) else {
        return bad(
            "its address tells no project".into(),
            "correct the entitlement",
        );
    };
    let asked = [MINTING_PERMISSION.to_owned()];
    match google.test_permissions(&resource, &asked).await {
        Ok(granted) if granted.is_empty() => bad(
            format!("Daypass lacks {MINTING_PERMISSION}"),
            "'daypass doctor --config FILE --print-iam' prints the role that it needs on that account",
        ),
        Ok(_) => Finding::good(
            "tokens",
            format!("Daypass may mint those of {account} ({entitlements})"),
        ),
        Err(IamError::NotFound { .. }) => bad(
            format!("it does not exist ({entitlements})"),
            "correct the entitlement",
        ),
        Err(error) => bad(chain(&error), "check the network and the broker's role"),
    }
}

#[cfg(all(test, feature = "sandbox"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use daypass_core::entitlement::{Source, load};
    use daypass_google::Options;
    use daypass_sandbox::{Sandbox, environment};
    use serde_json::json;

    use super::*;

    const BROKER: &str = "daypass@acme-access.iam.gserviceaccount.com";
    const ACCOUNTS: &str = "
apiVersion: daypass/v1
entitlements:
  - id: deployer
    requesters: ['user:ann@example.com']
    privileges: [{impersonate: deployer@acme-prod.iam.gserviceaccount.com}]
    approval: none
  - id: deployer-at-night
    requesters: ['user:abe@example.com']
    privileges: [{impersonate: deployer@acme-prod.iam.gserviceaccount.com}]
    approval: none
  - id: gone
    requesters: ['user:ann@example.com']
    privileges: [{impersonate: gone@acme-prod.iam.gserviceaccount.com}]
    approval: none
";

    #[tokio::test(flavor = "multi_thread")]
    async fn each_account_is_looked_at_once() {
        let sandbox = Sandbox::start(daypass_sandbox::Options::default())
            .await
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (url, broker) = (sandbox.base_url(), folder.path().join("broker"));
        let variables = environment(&url, BROKER, &broker).await.unwrap();
        let file = variables
            .iter()
            .find(|(name, _)| name == "GOOGLE_APPLICATION_CREDENTIALS");
        let options = Options {
            credentials_file: file.map(|(_, path)| path.into()),
            sandbox: true,
            sandbox_url: Some(sandbox.base_url()),
            ..Options::default()
        };
        let google = Google::connect(options).await.unwrap();
        let source = Source {
            name: "test.yaml".into(),
            text: ACCOUNTS.into(),
        };
        let catalogue = load(&[source]).unwrap();

        let found = examine(&google, &catalogue).await;
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|one| !one.holds), "{found:?}");
        assert!(found[0].detail.contains(MINTING_PERMISSION), "{found:?}");
        let minter = json!({
            "role": "roles/iam.serviceAccountTokenCreator",
            "members": [format!("serviceAccount:{BROKER}")],
        });
        let account =
            "projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com";
        let cloud = sandbox.cloud();
        cloud
            .put_policy(account, json!({"bindings": [minter]}))
            .unwrap();
        let found = examine(&google, &catalogue).await;
        assert!(found[0].holds && !found[1].holds, "{found:?}");
        assert_eq!(
            found[0].detail,
            "Daypass may mint those of deployer@acme-prod.iam.gserviceaccount.com (deployer, deployer-at-night)"
        );
        sandbox.stop().await;
    }
}
