//! The example organisation: what the sandbox's people may ask for.

use daypass_server::SandboxPerson;

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
