//! The example organisation: what the sandbox's people may ask for.

use daypass_sandbox::Cloud;
use daypass_server::SandboxPerson;
use serde_json::json;

use crate::error::Error;

/// The account that `prod-deploy` lets people act as.
pub(super) const DEPLOYER: &str = "deployer@acme-prod.iam.gserviceaccount.com";

/// The people, with what they are good for in a trial.
pub(super) const PEOPLE: [(&str, &str); 7] = [
    ("alice@example.com", "on call (group sre): asks"),
    ("bob@example.com", "on call (group sre): asks"),
    (
        "carol@example.com",
        "lead (group leads): approves and gives",
    ),
    ("dave@example.com", "storage (groups storage, sre): asks"),
    (
        "erin@example.com",
        "security: reads the audit trail, reviews emergencies",
    ),
    (
        "olivia@example.com",
        "lead, and owner of the projects: sees every policy",
    ),
    (
        "mallory@example.com",
        "contractor: in no group, may ask for nothing",
    ),
];

/// The same for the pages.
pub(super) fn people() -> Vec<SandboxPerson> {
    PEOPLE
        .iter()
        .map(|(email, part)| SandboxPerson {
            email: (*email).into(),
            part: (*part).into(),
        })
        .collect()
}

/// Who is in which group: the same as in the sandbox's own directory.
pub(super) const GROUPS: &str = "\
groups:
  sre@example.com: [alice@example.com, bob@example.com, dave@example.com]
  leads@example.com: [carol@example.com, olivia@example.com]
  storage@example.com: [dave@example.com]
  security@example.com: [erin@example.com]
  platform@example.com: [alice@example.com, carol@example.com]
";

/// What may be asked for.
pub(super) const ENTITLEMENTS: &str =
    include_str!("../../../../../examples/entitlements/acme.yaml");

/// Lets Daypass's account mint tokens of the deployer, as whoever sets up `via: broker` does.
pub(super) fn let_mint(cloud: &Cloud, broker: &str) -> Result<(), Error> {
    let account = format!("projects/acme-prod/serviceAccounts/{DEPLOYER}");
    let failed = |why: &dyn std::fmt::Display| Error::Sandbox(format!("{account}: {why}"));
    let mut policy = cloud
        .policy(&account)
        .ok_or_else(|| failed(&"is not there"))?;
    let minter = json!({
        "role": "roles/iam.serviceAccountTokenCreator",
        "members": [format!("serviceAccount:{broker}")],
    });
    let bindings = policy["bindings"].as_array_mut();
    bindings.ok_or_else(|| failed(&"no bindings"))?.push(minter);
    cloud
        .put_policy(&account, policy)
        .map_err(|error| failed(&error))?;
    Ok(())
}
